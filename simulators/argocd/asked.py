"""One request on its way through the server."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import Response

from simulators.argocd.accounts import Subject
from simulators.argocd.errors import INVALID, Refusal
from simulators.argocd.models import Server
from simulators.system import Call

Body = dict[str, Any]
FLAGS = {"true": True, "1": True, "t": True, "false": False, "0": False, "f": False}


@dataclass
class Asked:
    """`body` is decoded by the route's struct; `subject` is None only where no token is needed."""

    call: Call
    server: Server
    params: dict[str, str]
    body: Body = field(default_factory=dict)
    caller: Subject | None = None

    @property
    def subject(self) -> Subject:
        return self.caller or self.server.subject(self.call)

    def need(self, resource: str, action: str, target: str) -> None:
        self.subject.need(resource, action, target)

    def all(self, name: str) -> list[str]:
        """Every value of a query parameter; empty ones count as absent."""
        return [value for key, value in parse_qsl(self.call.query_string) if key == name]

    def one(self, name: str) -> str | None:
        """The only value; 400 when it was given twice."""
        values = self.all(name)
        if len(values) > 1:
            raise Refusal(INVALID, f"too many values for field {name!r}: {values}")
        return values[0] if values else None

    def flag(self, name: str, default: bool) -> bool:
        value = self.one(name)
        if value is None:
            return default
        if value.lower() not in FLAGS:
            raise Refusal(INVALID, f'parsing field "{name}": strconv.ParseBool: parsing "{value}": invalid syntax')
        return FLAGS[value.lower()]

    @property
    def project(self) -> str | None:
        """The project that the caller names; two of them are refused."""
        named = self.all("project") + self.all("projects")
        if len(named) > 1:
            raise Refusal(INVALID, "multiple projects are not supported")
        return named[0] if named else None


Handler = Callable[[Asked], Coroutine[Any, Any, Body | Response]]
