"""Kubernetes' side of every object: uid, resourceVersion, generation, names."""

from __future__ import annotations

import itertools
import re
import uuid
from typing import Any

from simulators.argocd.errors import ABORTED, INVALID, Refusal
from simulators.clock import Clock

NAMESPACE = "argocd"
LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = re.compile(rf"{LABEL}(\.{LABEL})*")


class Versions:
    """Hands out metadata; resource versions grow over all objects."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._numbers = itertools.count(40_001)

    def now(self, at: float | None = None) -> str:
        """Times have whole seconds here."""
        return self.clock.date(at).strftime("%Y-%m-%dT%H:%M:%SZ")

    def fresh(self, given: dict[str, Any]) -> dict[str, Any]:
        kept = {name: given[name] for name in ("labels", "annotations", "finalizers") if given.get(name)}
        return {
            "name": given["name"],
            "namespace": NAMESPACE,
            "uid": str(uuid.uuid4()),
            "resourceVersion": str(next(self._numbers)),
            "generation": 1,
            "creationTimestamp": self.now(),
            **kept,
        }

    def touch(self, metadata: dict[str, Any]) -> None:
        metadata["resourceVersion"] = str(next(self._numbers))
        metadata["generation"] += 1

    def latest(self) -> str:
        """The number that a list carries; it is used up by asking."""
        return str(next(self._numbers))


def good_name(kind: str, name: str, prefix: str = "") -> None:
    """400 as the API server words a name that is no RFC 1123 subdomain."""
    if SUBDOMAIN.fullmatch(name) and len(name) <= 253:
        return
    rule = (
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
        "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    )
    text = f'{kind}.argoproj.io "{name}" is invalid: metadata.name: Invalid value: "{name}": {rule}'
    raise Refusal(INVALID, prefix + text)


def check_version(resource: str, kind: str, current: dict[str, Any], given: dict[str, Any]) -> None:
    """An update must say which version it changes: missing is 400, stale is 409."""
    version = given.get("resourceVersion", "")
    if not version:
        text = "metadata.resourceVersion: Invalid value: 0x0: must be specified for an update"
        raise Refusal(INVALID, f'{kind}.argoproj.io "{current["name"]}" is invalid: {text}')
    if version != current["resourceVersion"]:
        text = "the object has been modified; please apply your changes to the latest version and try again"
        raise Refusal(ABORTED, f'Operation cannot be fulfilled on {resource}.argoproj.io "{current["name"]}": {text}')
