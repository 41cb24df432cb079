"""Finds the handler of a method and a raw path, so that an encoded slash stays inside its segment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote

H = TypeVar("H")


@dataclass
class _Node(Generic[H]):
    literal: dict[str, _Node[H]] = field(default_factory=dict)
    any: _Node[H] | None = None
    handlers: dict[str, tuple[H, list[str]]] = field(default_factory=dict)


Found = tuple[H, dict[str, str]] | None


class Router(Generic[H]):
    """`add("GET", "/projects/{id}/hooks", handler)`, then `find`. A literal segment beats a `{name}`."""

    def __init__(self) -> None:
        self._root: _Node[H] = _Node()
        self.routes: list[tuple[str, str]] = []

    def add(self, method: str, pattern: str, handler: H) -> None:
        node, names = self._root, []
        for part in pattern.split("/")[1:]:
            if part.startswith("{"):
                names.append(part[1:-1])
                node.any = node.any or _Node()
                node = node.any
            else:
                node = node.literal.setdefault(part, _Node())
        node.handlers[method] = (handler, names)
        self.routes.append((method, pattern))

    def find(self, method: str, path: str) -> Found[H]:
        """The handler and the decoded path parameters; None when the path or its method is unknown."""
        return self._walk(self._root, path.split("/")[1:], [], method)

    def _walk(self, node: _Node[H], parts: list[str], values: list[str], method: str) -> Found[H]:
        if not parts:
            found = node.handlers.get(method)
            return (found[0], dict(zip(found[1], values, strict=True))) if found else None
        head, rest = parts[0], parts[1:]
        if (child := node.literal.get(head)) and (below := self._walk(child, rest, values, method)):
            return below
        if node.any is not None and head:
            return self._walk(node.any, rest, [*values, unquote(head)], method)
        return None
