"""What `_sim` steers in every system: faults to come, the log of what was asked, the delay of each answer."""

from __future__ import annotations

import itertools
import json
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from simulators.system import Call

SECRET = re.compile(r"(?i)password|token|secret|authorization|private.?key|cookie|crumb")
SECRET_ELEMENT = re.compile(r"(?is)<([\w.:-]*(?:password|token|secret)[\w.:-]*)>[^<]+</")
REDACTED = "[redacted]"
BODY_LIMIT = 100_000


@dataclass
class Fault:
    """The next `times` (None: all) matching calls answer so. `path` is searched in the raw path below the root.

    `delay_ms` passes before the effect unless `delay` is "after"; a client that left gets none, unless `late`.
    `status` and `garbage` replace the effect; with `effect` it happens all the same and only its answer is lost.
    `cut` drops the connection without a status line, before or after the effect.
    """

    path: str = ""
    method: str | None = None
    times: int | None = 1
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_ms: float = 0
    delay: Literal["before", "after"] = "before"
    late: bool = False
    cut: Literal["before", "after"] | None = None
    garbage: bool = False
    effect: bool = False
    id: int = 0
    hits: int = 0

    def matches(self, call: Call) -> bool:
        if self.times is not None and self.hits >= self.times:
            return False
        return (self.method or call.method).upper() == call.method and re.search(self.path, call.path) is not None

    @property
    def replaces(self) -> bool:
        return self.status is not None or self.garbage


class Faults:
    """The faults of one system, oldest first; the first that matches is used up by one."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)

    def add(self, wanted: Mapping[str, Any]) -> Fault:
        """A new fault from JSON; ValueError says what is wrong with it."""
        known = {item.name for item in fields(Fault)} - {"id", "hits"}
        if unknown := set(wanted) - known:
            raise ValueError(f"unknown fields {sorted(unknown)}; known: {sorted(known)}")
        fault = Fault(**wanted)
        if fault.cut not in (None, "before", "after") or fault.delay not in ("before", "after"):
            raise ValueError('cut and delay are "before" or "after"')
        if not isinstance(fault.times, int | None) or not isinstance(fault.status, int | None):
            raise ValueError("times and status are numbers")
        try:
            re.compile(fault.path)
        except re.error as error:
            raise ValueError(f"path is no regular expression: {error}") from error
        fault.id = next(self._ids)
        self._faults.append(fault)
        return fault

    def take(self, call: Call) -> Fault | None:
        for fault in self._faults:
            if fault.matches(call):
                fault.hits += 1
                return fault
        return None

    def clear(self) -> None:
        self._faults.clear()

    def list(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]


@dataclass
class Entry:
    """One line of the request log. The call is kept as it came and redacted when somebody reads it: cheap to log."""

    id: int
    time: float
    call: Call
    status: int | None = None
    note: str | None = None
    fault: int | None = None
    size: int | None = None

    def finish(self, status: int | None) -> None:
        """The call is over; what is too long to be shown is not kept either."""
        self.status = status
        if len(self.call.content) > BODY_LIMIT:
            self.size, self.call.content = len(self.call.content), b""

    def public(self) -> dict[str, Any]:
        call = self.call
        return {
            "id": self.id,
            "time": self.time,
            "method": call.method,
            "path": call.path,
            "query": redact_pairs(call.query_string),
            "headers": {name: REDACTED if SECRET.search(name) else text for name, text in call.headers.items()},
            "body": f"{self.size} bytes" if self.size else redact_body(call),
            "status": self.status,
            "note": self.note,
            "fault": self.fault,
        }


class RequestLog:
    """What was asked of one system, in order of arrival; ids never start again. Holds the last 50,000."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=50_000)
        self._ids = itertools.count(1)

    def add(self, call: Call, time: float) -> Entry:
        entry = Entry(next(self._ids), time, call)
        self._entries.append(entry)
        return entry

    def since(self, last: int) -> list[dict[str, Any]]:
        """Entries with a greater id than `last`; status is null while a call is under way and when it was cut."""
        return [entry.public() for entry in self._entries if entry.id > last]

    def clear(self) -> None:
        self._entries.clear()


def redact(value: Any) -> Any:
    """The same JSON without what sits under a name like password, token or secret."""
    if isinstance(value, dict):
        return {key: REDACTED if SECRET.search(key) and item else redact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [redact(item) for item in value]
    return value


def redact_pairs(text: str) -> str:
    pairs = parse_qsl(text, keep_blank_values=True)
    if not any(SECRET.search(name) for name, _ in pairs):
        return text
    return urlencode([(name, REDACTED if SECRET.search(name) else value) for name, value in pairs])


def redact_body(call: Call) -> Any:
    """JSON and forms are redacted by name, XML by element, anything else is only measured."""
    kind = call.headers.get("content-type", "")
    if not call.content:
        return None
    text = call.content.decode("utf-8", "replace")
    if "json" in kind:
        try:
            return redact(json.loads(text))
        except ValueError:
            return f"{len(call.content)} bytes that are no JSON"
    if "x-www-form-urlencoded" in kind:
        return redact_pairs(text)
    if "xml" in kind:
        return SECRET_ELEMENT.sub(rf"<\1>{REDACTED}</", text)
    return f"{len(call.content)} bytes of {kind or 'something'}"
