"""Checks parameters the way GitLab's API layer does, before anything else: `{"error": "name is missing"}`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from simulators.gitlab.errors import error

TRUE = {"true", "1", "t", "on", "yes"}
FALSE = {"false", "0", "f", "off", "no", ""}


class Invalid(Exception):
    """A value that its type does not allow."""


@dataclass(frozen=True)
class Field:
    """A declared parameter. Undeclared ones are ignored without a word, as GitLab does."""

    name: str
    required: bool = False
    values: tuple[Any, ...] = ()

    def convert(self, value: Any) -> Any:
        raise NotImplementedError


class Text(Field):
    def convert(self, value: Any) -> str:
        if isinstance(value, dict | list):
            raise Invalid
        return value if isinstance(value, str) else str(value)


class Number(Field):
    def convert(self, value: Any) -> int:
        try:
            return int(value)
        except (TypeError, ValueError) as problem:
            raise Invalid from problem


class Flag(Field):
    def convert(self, value: Any) -> bool:
        word = str(value).lower()
        if word not in TRUE | FALSE:
            raise Invalid
        return word in TRUE


class Texts(Field):
    """A list; a string with commas is taken apart."""

    def convert(self, value: Any) -> list[str]:
        return [str(item) for item in value] if isinstance(value, list) else str(value).split(",")


class Records(Field):
    """A list of objects."""

    def convert(self, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise Invalid
        return value


class Record(Field):
    def convert(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Invalid
        return value


def accept(data: dict[str, Any], declared: Iterable[Field]) -> dict[str, Any]:
    """The declared parameters that were given, converted; 400 with all failures joined. A null counts as not given."""
    given, failures = {}, []
    for field in declared:
        value = data.get(field.name)
        if value is None:
            if field.required:
                failures.append(f"{field.name} is missing")
            continue
        try:
            given[field.name] = convert(field, value)
        except Invalid as problem:
            failures.append(f"{field.name} {str(problem) or 'is invalid'}")
    if failures:
        raise error(400, ", ".join(failures))
    return given


def convert(field: Field, value: Any) -> Any:
    if field.required and value in ("", []):
        raise Invalid("is empty")
    result = field.convert(value)
    items = result if isinstance(result, list) else [result]
    if field.values and not all(item in field.values for item in items):
        raise Invalid("does not have a valid value")
    return result


def at_least_one(data: dict[str, Any], *names: str) -> None:
    if all(data.get(name) is None for name in names):
        raise error(400, f"{', '.join(names)} are missing, at least one parameter must be provided")
