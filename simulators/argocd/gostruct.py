"""How a Go server reads JSON: unknown fields vanish, zero values are absent, null is nothing.

And an empty list that was sent is not the absent list that is stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Union

from simulators.argocd.errors import INVALID, Refusal


@dataclass(frozen=True)
class Struct:
    """A struct's name, its fields, and whether it is a pointer: an empty one is then kept."""

    name: str
    fields: dict[str, Kind]


@dataclass(frozen=True)
class Many:
    """A slice of one kind of element."""

    of: Kind


@dataclass(frozen=True)
class Table:
    """A map from string to string."""


@dataclass(frozen=True)
class Scalar:
    """`keep` is for fields without omitempty and for pointers: their zero value stays."""

    go: str
    python: tuple[type, ...]
    keep: bool = False


@dataclass(frozen=True)
class Free:
    """Anything, kept as it came."""


Kind = Union[Struct, Many, Table, Scalar, Free]  # noqa: UP007 - a forward reference inside dataclasses
TEXT, NUMBER, FLAG = Scalar("string", (str,)), Scalar("int64", (int,)), Scalar("bool", (bool,))
NEEDED, MAYBE = Scalar("string", (str,), keep=True), Scalar("bool", (bool,), keep=True)
TEXTS, MAP, ANY = Many(TEXT), Table(), Free()
JSON_NAMES = {str: "string", int: "number", float: "number", bool: "bool", list: "array", dict: "object"}


def loads(content: bytes) -> Any:
    """The body's JSON; nothing at all is an empty request."""
    if not content.strip():
        return {}
    try:
        return json.loads(content)
    except ValueError as error:
        raise Refusal(INVALID, f"invalid character looking for beginning of value: {error}") from error


def decode(value: Any, kind: Kind, where: str = "") -> Any:
    """The value as Go would hold it; 400 code 3 for another JSON type than the field's."""
    if isinstance(kind, Struct):
        expect(value, dict, kind.name, where)
        return dict(_fields(value, kind))
    if isinstance(kind, Many):
        expect(value, list, "[]", where)
        return [decode(item, kind.of, where) for item in value]
    if isinstance(kind, Table):
        expect(value, dict, "map[string]string", where)
        return {key: decode(item, TEXT, where) for key, item in value.items()}
    if isinstance(kind, Scalar) and (
        not isinstance(value, kind.python) or (kind is NUMBER and isinstance(value, bool))
    ):
        raise mismatch(value, kind.go, where)
    return value


def _fields(value: dict[str, Any], struct: Struct) -> Iterator[tuple[str, Any]]:
    for name, kind in struct.fields.items():
        given = value.get(name)
        if given is None:
            if kind is NEEDED:
                yield name, ""
            continue
        decoded = decode(given, kind, f"{struct.name}.{name}")
        if not isinstance(kind, Scalar) or kind.keep or decoded:
            yield name, decoded


def expect(value: Any, python: type, go: str, where: str) -> None:
    if not isinstance(value, python):
        raise mismatch(value, go, where)


def mismatch(value: Any, go: str, where: str) -> Refusal:
    name = JSON_NAMES.get(type(value), "null")
    return Refusal(INVALID, f"json: cannot unmarshal {name} into Go struct field {where or go} of type {go}")


def stored(value: Any, kind: Kind) -> Any:
    """What comes back from storage: empty lists and maps are gone, empty structs stay."""
    if isinstance(kind, Many):
        return [stored(item, kind.of) for item in value]
    if not isinstance(kind, Struct):
        return value
    kept = {name: stored(item, kind.fields[name]) for name, item in value.items()}
    return {name: item for name, item in kept.items() if item or not isinstance(kind.fields[name], Many | Table)}


def differences(old: Any, new: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Go names of the keys on the way to every difference, for the text of "spec is different"."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            yield from differences(old.get(name), new.get(name), (*path, go_name(name)))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            one, other = old[index : index + 1], new[index : index + 1]
            yield from differences(one[0] if one else None, other[0] if other else None, (*path, str(index)))
    elif old != new:
        yield from path


def go_name(name: str) -> str:
    special = {"repoURL": "RepoURL", "sshPrivateKey": "SSHPrivateKey", "enableLfs": "EnableLFS"}
    return special.get(name, name[:1].upper() + name[1:])


def different(entity: str, old: Any, new: Any) -> Refusal:
    """400: the existing project or repository is not what was sent."""
    keys = ",".join(differences(old, new))
    text = f"existing {entity} spec is different; use upsert flag to force update"
    return Refusal(INVALID, f'{text}; difference in keys "{keys}"' if keys else text)
