"""Repositories and clusters over HTTP."""

from __future__ import annotations

from typing import Any

from simulators.argocd.asked import Asked, Body
from simulators.argocd.errors import denied
from simulators.argocd.repositories import Record


def target(record: Record) -> str:
    """What RBAC calls a repository: a scoped one has its project in front."""
    return f"{record['project']}/{record['repo']}" if record.get("project") else str(record["repo"])


def existing(asked: Asked, action: str) -> Record:
    record = asked.server.repositories.find(asked.params["repo"], asked.one("appProject"))
    if not asked.subject.may("repositories", action, target(record)):
        raise denied()
    return record


async def create(asked: Asked) -> Body:
    asked.need("repositories", "create", target(asked.body))
    upsert = asked.flag("upsert", False)
    if upsert:
        asked.need("repositories", "update", target(asked.body))
    return await asked.server.repositories.create(asked.body, upsert)


async def read(asked: Asked) -> Body:
    record = existing(asked, "get")
    return await asked.server.repositories.public(record, asked.flag("forceRefresh", False))


async def read_all(asked: Asked) -> Body:
    may = asked.subject.may
    records = asked.server.repositories.records.values()
    seen = [record for record in records if may("repositories", "get", target(record))]
    return {"metadata": {}, "items": await asked.server.repositories.all(seen)}


async def update(asked: Asked) -> Body:
    asked.need("repositories", "update", target({"repo": asked.params["repo"]} | asked.body))
    return asked.server.repositories.update(asked.params["repo"], asked.body)


async def delete(asked: Asked) -> Body:
    """A second delete is 403, like everything that is not there."""
    asked.server.repositories.delete(existing(asked, "delete"))
    return {}


async def validate(asked: Asked) -> Body:
    """Tests credentials, which it takes from the query, and stores nothing."""
    asked.need("repositories", "create", asked.params["repo"])
    names = ("username", "password", "type", "project")
    query = {name: asked.one(name) or "" for name in names}
    await asked.server.repositories.test({"repo": asked.params["repo"], **query})
    return {}


def cluster_document(asked: Asked, name: str, server: str) -> Body:
    state: dict[str, Any] = {"status": "Successful", "message": "", "attemptedAt": asked.server.versions.now()}
    apps = asked.server.applications.by_name.values()
    count = sum(app.spec["destination"].get("server") == server for app in apps)
    if not count:
        state |= {"status": "Unknown", "message": "Cluster has no applications and is not being monitored."}
    info = {"connectionState": state, "cacheInfo": {}, "applicationsCount": count}
    config = {"tlsClientConfig": {"insecure": False}}
    return {"server": server, "name": name, "config": config, "connectionState": state, "info": info}


async def clusters(asked: Asked) -> Body:
    known = asked.server.clusters.items()
    seen = [(name, server) for name, server in known if asked.subject.may("clusters", "get", server)]
    return {"metadata": {}, "items": [cluster_document(asked, name, server) for name, server in seen]}


async def cluster(asked: Asked) -> Body:
    """By server, or by name with `?id.type=name`; what is missing is 403."""
    by_name = asked.one("id.type") == "name"
    for name, server in asked.server.clusters.items():
        if asked.params["id"] == (name if by_name else server) and asked.subject.may("clusters", "get", server):
            return cluster_document(asked, name, server)
    raise denied()
