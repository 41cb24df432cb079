"""A Swagger 2.0 document as JSON schemas that refuse unknown properties."""

import re
from functools import cache
from typing import Any

from jsonschema import Draft7Validator

from tests.contracts.known import read

DOCUMENT = read("argocd/swagger.trimmed.json")


def strict(schema: Any) -> Any:
    """The same schema for a JSON validator: nullable where the document says so, closed where properties are named."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: strict(item) for name, item in schema.items() if name not in ("format", "title", "description")}
    if isinstance(schema.get("properties"), dict):
        found["properties"] = {name: strict(item) for name, item in schema["properties"].items()}
        found.setdefault("additionalProperties", False)
    if schema.get("x-nullable") and isinstance(schema.get("type"), str):
        found["type"] = [schema["type"], "null"]
    return found


@cache
def definitions() -> Any:
    return {name: strict(schema) for name, schema in DOCUMENT["definitions"].items()}


def operation(method: str, path: str) -> Any:
    """The operation of a request's path; AssertionError when the document has none."""
    bare = path.partition("?")[0]
    for pattern, methods in sorted(DOCUMENT["paths"].items(), key=lambda item: item[0].count("{")):
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", pattern), bare) and method.lower() in methods:
            return methods[method.lower()]
    raise AssertionError(f"{method} {bare} is not in the document")


def violations(schema: Any, value: Any) -> list[str]:
    validator = Draft7Validator({**strict(schema), "definitions": definitions()})
    return [f"{'.'.join(map(str, error.path))}: {error.message[:200]}" for error in validator.iter_errors(value)]
