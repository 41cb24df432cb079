"""The one place that takes secrets out of texts, by value: whoever gets a secret registers it here, once.

What is registered is hidden in every error of systems/errors.py and in every log line, in the forms in which it
travels: plain, URL-quoted, base64 (alone or inside `user:password`), escaped for JSON and for HTML.
"""

import base64
import html
import json
import logging
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, quote_plus

HIDDEN = "[redacted]"
SHORTEST = 6  # Characters. A shorter value would hide half of the language.
CREDENTIALS_IN_URL = re.compile(r"(?<=://)[^/\s@\"'<>]+(?=@)")
# What every log record has, and what of it can hold a secret.
STANDARD = frozenset(logging.makeLogRecord({}).__dict__) - {"msg", "exc_text", "stack_info"}


class Registry:
    """The secrets of this process.

    They are counted: one that was registered twice is hidden until both have let it go. They are found by their first
    characters, so that the cost of hiding does not grow with their number.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.by_start: dict[str, tuple[str, ...]] = {}
        self.lock = threading.Lock()

    def add(self, value: str) -> None:
        """Hide `value` from now on."""
        with self.lock:
            self.counts[value] += 1
            if self.counts[value] == 1:
                self.index(forms(value), frozenset())

    def remove(self, value: str) -> None:
        """Undo one `add`."""
        with self.lock:
            self.counts[value] -= 1
            if self.counts[value] <= 0:
                del self.counts[value]
                self.index(frozenset(), forms(value))

    def index(self, new: frozenset[str], old: frozenset[str]) -> None:
        """Note the new forms and forget the old. Tuples are replaced, never changed: `hide` reads without the lock."""
        for start in {form[:SHORTEST] for form in new | old}:
            kept = {form for form in {*self.by_start.get(start, ()), *new} - old if form.startswith(start)}
            if kept:
                self.by_start[start] = tuple(sorted(kept, key=len, reverse=True))
            else:
                self.by_start.pop(start, None)

    def hide(self, text: str) -> str:
        """`text` without the secrets; where two begin at one place, the longer is hidden."""
        pieces, done, place, last = [], 0, 0, len(text) - SHORTEST
        while place <= last:
            length = self.length_at(text, place)
            if length:
                pieces += [text[done:place], HIDDEN]
                done = place + length
            place += length or 1
        return "".join([*pieces, text[done:]]) if done else text

    def length_at(self, text: str, place: int) -> int:
        """How long the secret is that stands there; 0 when there is none."""
        for form in self.by_start.get(text[place : place + SHORTEST], ()):
            if text.startswith(form, place):
                return len(form)
        return 0


registry = Registry()


def register(value: str) -> None:
    """Hide `value` for the life of this process. Registering it again costs nothing."""
    if len(value) >= SHORTEST and value not in registry.counts:
        registry.add(value)


@contextmanager
def secret(value: str) -> Iterator[str]:
    """Hide a short-lived secret, such as a deploy token on its way to Argo CD, while the block runs."""
    if len(value) < SHORTEST:
        yield value
        return
    registry.add(value)
    try:
        yield value
    finally:
        registry.remove(value)


def redact(text: str) -> str:
    """`text` with every registered secret hidden, and with the credentials of every URL in it."""
    if registry.by_start:
        text = registry.hide(text)
    return CREDENTIALS_IN_URL.sub(HIDDEN, text) if "@" in text else text


class RedactSecrets(logging.Filter):
    """Takes secrets out of a log record: its text, its traceback, and what was passed as `extra`."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record. The traceback becomes text, because another handler could print it unredacted."""
        record.msg, record.args = said(record), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.exc_info = None
        for name, value in record.__dict__.items():
            if isinstance(value, str) and name not in STANDARD:
                record.__dict__[name] = redact(value)
        return True


def said(record: logging.LogRecord) -> str:
    """The record's text, even when its arguments do not fit: a slip in a log call must not end what it reports on."""
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return f"{record.msg} {record.args!r}"


def forms(value: str) -> frozenset[str]:
    """The forms in which `value` may stand in a text."""
    found = {value, quote(value), quote(value, safe=""), quote_plus(value), html.escape(value), json.dumps(value)[1:-1]}
    for encoded in base64_forms(value.encode()):
        found |= {encoded, encoded.replace("+", "-").replace("/", "_"), quote(encoded, safe="")}
    return frozenset(found)


def base64_forms(value: bytes) -> Iterator[str]:
    """What stays the same of `value` in base64, at each of the three places where it can begin in a longer text.

    Three bytes make four characters; the characters that it shares with a neighbour are left out.
    """
    yield base64.b64encode(value).decode()
    for before, shared in ((0, 0), (1, 2), (2, 3)):
        encoded = base64.b64encode(b"\0" * before + value).decode()
        incomplete = (before + len(value)) % 3
        yield encoded[shared : len(encoded) - (0, 3, 2)[incomplete]]
