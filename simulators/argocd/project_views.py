"""Projects over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

from simulators.argocd.accounts import sign
from simulators.argocd.asked import Asked, Body
from simulators.argocd.errors import INVALID, Refusal


def given(asked: Asked) -> Body:
    project: Body | None = asked.body.get("project")
    if project is None:
        raise Refusal(INVALID, "missing payload 'project' in request")
    project.setdefault("metadata", {}).setdefault("name", "")
    project.setdefault("spec", {})
    return project


async def create(asked: Asked) -> Body:
    project = given(asked)
    name = project["metadata"]["name"]
    asked.need("projects", "create", name)

    def may_update() -> None:
        asked.need("projects", "update", name)

    return asked.server.projects.create(project, asked.body.get("upsert", False), may_update)


async def read(asked: Asked) -> Body:
    asked.need("projects", "get", asked.params["name"])
    return asked.server.projects.get(asked.params["name"])


async def read_all(asked: Asked) -> Body:
    may = asked.subject.may
    items = [one for name, one in sorted(asked.server.projects.by_name.items()) if may("projects", "get", name)]
    return {"metadata": {"resourceVersion": asked.server.versions.latest()}, "items": items}


async def update(asked: Asked) -> Body:
    """The name of the path wins."""
    project = given(asked)
    asked.need("projects", "update", asked.params["name"])
    return asked.server.projects.update(asked.params["name"], project)


async def delete(asked: Asked) -> Body:
    asked.need("projects", "delete", asked.params["name"])
    asked.server.projects.delete(asked.params["name"])
    return {}


async def create_token(asked: Asked) -> Body:
    """Shown once; `expiresIn` 0 never expires."""
    project, role = asked.params["project"], asked.params["role"]
    asked.need("projects", "update", project)
    asked.server.projects.role(project, role)
    issued, lifetime = int(asked.server.clock.now()), asked.body.get("expiresIn", 0)
    token: dict[str, Any] = {"iat": issued, "id": asked.body.get("id") or str(uuid.uuid4())}
    expires = issued + lifetime if lifetime else None
    asked.server.projects.remember_token(project, role, token | ({"exp": expires} if expires else {}))
    return {"token": sign(f"proj:{project}:{role}", issued, token["id"], expires)}


async def delete_token(asked: Asked) -> Body:
    """200 {} also for a token that is not there."""
    project, role = asked.params["project"], asked.params["role"]
    asked.need("projects", "update", project)
    found = asked.server.projects.role(project, role)
    found["jwtTokens"] = [one for one in found.get("jwtTokens", []) if str(one["iat"]) != asked.params["iat"]]
    return {}
