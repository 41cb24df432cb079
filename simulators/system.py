"""What a simulated system is made of: a Call comes in, a Response goes out, and a World lies around it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote

import httpx
from starlette.responses import Response

from simulators.clock import Clock

log = logging.getLogger(__name__)


@dataclass
class Call:
    """One request to a simulated system, its body already read.

    `path` is the *raw* path below the system's root, so `%2F` is still there; `headers` has lower-case names.
    """

    method: str
    path: str
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""

    @cached_property
    def segments(self) -> list[str]:
        """The path cut at its slashes, then each part decoded: `/projects/a%2Fb` -> ["projects", "a/b"]."""
        return [unquote(part) for part in self.path.split("/")[1:]]

    @cached_property
    def query(self) -> dict[str, str]:
        """Query parameters, the last of a name wins."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @cached_property
    def form(self) -> list[tuple[str, str]]:
        """The urlencoded body, in order, doubles kept (Jenkins minds them)."""
        return parse_qsl(self.content.decode("latin-1"), keep_blank_values=True, encoding="utf-8")

    def json(self) -> Any:
        """The decoded JSON body; ValueError when it is none."""
        return json.loads(self.content)


class Background:
    """Work that goes on after the answer (a delivered hook, a running build). Errors are logged, never lost."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("background work failed", exc_info=error)

    async def stop(self) -> None:
        """Cancel what still runs and wait until it has ended."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass
class World:
    """What all systems share. `url` is where this process is reached from outside, without a slash at the end."""

    url: str
    data: Path
    clock: Clock = field(default_factory=Clock)
    background: Background = field(default_factory=Background)
    http: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=10, trust_env=False))


class System:
    """Base of every simulated system; see `simulators.server` for how one plugs in.

    Handlers run on one event loop: what happens between two awaits is atomic, so change state without awaiting.
    """

    name: ClassVar[str]
    tokens: ClassVar[dict[str, str]] = {}

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = f"{world.url}/{self.name}"

    async def handle(self, call: Call) -> Response:
        """Answer one request; anything raised becomes a bare 500."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """Everything the system holds, as JSON; secrets only as a flag or a hash."""
        raise NotImplementedError

    def reset(self) -> None:
        """Forget everything and go back to default settings."""
        raise NotImplementedError

    def settings(self) -> dict[str, Any]:
        """The system's own settings as they are now."""
        raise NotImplementedError

    def apply_settings(self, wanted: dict[str, Any]) -> None:
        """Change some settings; ValueError names what is wrong, and then nothing has changed."""
        raise NotImplementedError


def change_settings(holder: Any, wanted: Mapping[str, Any]) -> None:
    """Set fields of a dataclass from JSON, all or none; ValueError for an unknown name or another type than now."""
    known = {item.name: getattr(type(holder), item.name) for item in fields(holder)}
    for name, value in wanted.items():
        if name not in known:
            raise ValueError(f"unknown setting {name}; known: {', '.join(sorted(known))}")
        expected = (int, float) if type(known[name]) is float else type(known[name])
        if not isinstance(value, expected) or (isinstance(value, bool) and type(known[name]) is not bool):
            raise ValueError(f"{name} must look like {known[name]!r}")
    for name, value in wanted.items():
        setattr(holder, name, value)
