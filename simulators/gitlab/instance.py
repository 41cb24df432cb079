"""What the instance says about itself, and namespaces."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from simulators.gitlab.ask import Ask
from simulators.gitlab.errors import not_found, unknown_route
from simulators.gitlab.models import Namespace
from simulators.gitlab.paging import Page
from simulators.gitlab.params import Number
from simulators.gitlab.search import fuzzy

REVISION = "5f1d4c0ab12"


def version(ask: Ask) -> dict[str, Any]:
    assert ask.me
    return {"version": ask.lab.rules.release, "revision": REVISION}


def metadata(ask: Ask) -> dict[str, Any]:
    kas = {"enabled": False, "externalUrl": None, "externalK8sProxyUrl": None, "version": None}
    return {**version(ask), "kas": kas, "enterprise": ask.lab.rules.enterprise}


def health(path: str, allowed: bool) -> Response:
    """The three addresses that need no token, and answer 404 to whom the instance does not list."""
    if allowed and path == "/-/health":
        return PlainTextResponse("GitLab OK")
    if allowed and path == "/-/liveness":
        return JSONResponse({"status": "ok"})
    if allowed and path == "/-/readiness":
        return JSONResponse({"status": "ok", "master_check": [{"status": "ok"}]})
    return unknown_route().response()


def list_namespaces(ask: Ask) -> Page:
    user, store = ask.me, ask.lab.store
    wanted = str(ask.data.get("search", ""))
    found = [
        space
        for space in store.namespaces.values()
        if store.access(user, space) and (not wanted or fuzzy(wanted, space.name, space.path, space.full_path))
    ]
    return Page(found, ask.lab.entities.namespace)


def get_namespace(ask: Ask) -> dict[str, Any]:
    found = ask.lab.store.namespace(ask.path["id"])
    if found is None or not ask.lab.store.access(ask.me, found):
        raise not_found("Namespace")
    return ask.lab.entities.namespace(found)


def namespace_exists(ask: Ask) -> dict[str, Any]:
    """Is a path taken by a group or a person? With a free one to suggest."""
    assert ask.me
    given = ask.fields(Number("parent_id"))
    store, wanted = ask.lab.store, ask.path["id"]
    parent = store.namespaces.get(given.get("parent_id", 0))
    prefix = f"{parent.full_path}/" if parent else ""
    taken = isinstance(store.taken(prefix + wanted), Namespace)
    free = next(name for n in range(1, 1_000_000) if store.taken(prefix + (name := f"{wanted}{n}")) is None)
    return {"exists": taken, "suggests": [free] if taken else []}
