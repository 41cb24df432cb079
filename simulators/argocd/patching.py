"""JSON patches (RFC 6902), merge patches (RFC 7396), and `?fields=`."""

from __future__ import annotations

import copy
import json
from typing import Any

from simulators.argocd.errors import INVALID, UNKNOWN, Refusal


def apply(body: dict[str, Any], patch: str, kind: str) -> dict[str, Any]:
    """A changed copy; 400 for another kind of patch or one that does not fit."""
    if kind not in ("json", "merge"):
        raise Refusal(INVALID, f"Patch type '{kind}' is not supported")
    try:
        parsed = json.loads(patch)
        changed = merged(body, parsed) if kind == "merge" else patched(copy.deepcopy(body), parsed)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise Refusal(UNKNOWN, f"error applying patch: {type(error).__name__}: {error}") from error
    if not isinstance(changed, dict):
        raise Refusal(UNKNOWN, "error applying patch: the result is no object")
    return changed


def merged(target: Any, patch: Any) -> Any:
    """null takes away, objects are merged, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def patched(document: Any, operations: list[dict[str, Any]]) -> Any:
    for operation in operations:
        verb, path = operation["op"], operation["path"]
        if verb == "test":
            if find(document, pointer(path)) != operation.get("value"):
                raise ValueError(f"testing value {path} failed")
        elif verb in ("copy", "move"):
            value = copy.deepcopy(find(document, pointer(operation["from"])))
            if verb == "move":
                remove(document, pointer(operation["from"]))
            add(document, pointer(path), value)
        elif verb == "remove":
            remove(document, pointer(path))
        elif verb in ("add", "replace"):
            if verb == "replace":
                find(document, pointer(path))
                remove(document, pointer(path))
            add(document, pointer(path), operation["value"])
        else:
            raise ValueError(f"unexpected kind: {verb}")
    return document


def pointer(path: str) -> list[str]:
    if not path.startswith("/"):
        raise ValueError(f"unsupported path {path!r}")
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def find(document: Any, parts: list[str]) -> Any:
    for part in parts:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def add(document: Any, parts: list[str], value: Any) -> None:
    holder, last = find(document, parts[:-1]), parts[-1]
    if isinstance(holder, list):
        holder.insert(len(holder) if last == "-" else int(last), value)
    else:
        holder[last] = value


def remove(document: Any, parts: list[str]) -> None:
    holder, last = find(document, parts[:-1]), parts[-1]
    del holder[int(last) if isinstance(holder, list) else last]


def pick(item: dict[str, Any], fields: str) -> dict[str, Any]:
    """`items.metadata.name,items.status.sync`: only these paths of a list's item."""
    result: dict[str, Any] = {}
    for field in fields.split(","):
        parts = field.strip().removeprefix("items.").split(".")
        value: Any = item
        for part in parts:
            value = value.get(part) if isinstance(value, dict) else None
        if value is None:
            continue
        holder = result
        for part in parts[:-1]:
            holder = holder.setdefault(part, {})
        holder[parts[-1]] = value
    return result
