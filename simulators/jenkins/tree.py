"""Stapler's exported beans: what `depth` and `tree` leave of a document."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

TOKEN = re.compile(r"[\w$.*-]+|[\[\]{},]")


@dataclass(frozen=True, slots=True)
class Bean:
    """`brief` is what stands wherever the bean is mentioned; `more` adds what its own page has."""

    brief: dict[str, Any]
    more: Callable[[], dict[str, Any]] = dict

    def full(self) -> dict[str, Any]:
        return self.brief | self.more()


def render(value: Any, depth: int = 0) -> Any:
    """Everything at this level; beans below are brief until `depth` is used up."""
    if isinstance(value, Bean):
        return {name: nested(item, depth) for name, item in value.full().items()}
    return value


def nested(value: Any, depth: int) -> Any:
    if isinstance(value, list):
        return [nested(item, depth) for item in value]
    if isinstance(value, dict):
        return {name: nested(item, depth) for name, item in value.items()}
    if not isinstance(value, Bean):
        return value
    if depth > 0:
        return render(value, depth - 1)
    return {name: nested(item, 0) for name, item in value.brief.items()}


@dataclass(frozen=True)
class Part:
    """One name of a tree, what is wanted below it, and which stretch of a list."""

    name: str
    below: tuple[Part, ...]
    start: int = 0
    stop: int | None = None


@lru_cache(maxsize=256)
def parse(tree: str) -> tuple[Part, ...]:
    """`builds[number,url]{0,20},name` as parts; ValueError when the brackets do not match."""
    tokens = TOKEN.findall(tree)
    parts, rest = _parts(tokens)
    if rest:
        raise ValueError(f"unbalanced tree {tree}")
    return parts


def _parts(tokens: list[str]) -> tuple[tuple[Part, ...], list[str]]:
    parts: list[Part] = []
    while tokens and tokens[0] != "]":
        if tokens[0] == ",":
            tokens = tokens[1:]
            continue
        name, tokens = tokens[0], tokens[1:]
        below: tuple[Part, ...] = ()
        if tokens[:1] == ["["]:
            below, tokens = _parts(tokens[1:])
            if tokens[:1] != ["]"]:
                raise ValueError("unbalanced tree")
            tokens = tokens[1:]
        start, stop, tokens = _range(tokens)
        parts.append(Part(name, below, start, stop))
    return tuple(parts), tokens


def _range(tokens: list[str]) -> tuple[int, int | None, list[str]]:
    """`{3}` is one element, `{M,N}` from M to before N, either may be left out."""
    if tokens[:1] != ["{"]:
        return 0, None, tokens
    end = tokens.index("}")
    first, comma, last = "".join(tokens[1:end]).partition(",")
    if not comma:
        return int(first), int(first) + 1, tokens[end + 1 :]
    return int(first or 0), int(last) if last else None, tokens[end + 1 :]


def select(value: Any, parts: tuple[Part, ...]) -> Any:
    """The named fields, at any depth; `_class` comes along always, an unknown name never hurts."""
    if isinstance(value, list):
        return [select(item, parts) for item in value]
    if isinstance(value, Bean):
        value = value.full()
    if not isinstance(value, dict):
        return value
    if any(part.name == "*" for part in parts):
        parts = (*parts, *(Part(name, ()) for name in value))
    chosen = {"_class": value["_class"]} if "_class" in value else {}
    for part in parts:
        if part.name in value:
            item = value[part.name]
            chosen[part.name] = select(item[part.start : part.stop] if isinstance(item, list) else item, part.below)
    return chosen
