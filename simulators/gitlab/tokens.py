"""Deploy tokens of projects and groups: the secret is in the first answer only, and names are not unique."""

from __future__ import annotations

import secrets
from typing import Any

from simulators.gitlab.ask import Ask
from simulators.gitlab.errors import error, no_record
from simulators.gitlab.models import MAINTAINER, OWNER, DeployToken, Group, Project
from simulators.gitlab.paging import Page
from simulators.gitlab.params import Flag, Text, Texts

SCOPES = (
    "read_repository",
    "read_registry",
    "write_registry",
    "read_package_registry",
    "write_package_registry",
    "read_virtual_registry",
    "write_virtual_registry",
)


def _holder(ask: Ask) -> Group | Project:
    if ask.call.path.startswith("/api/v4/groups/"):
        return ask.group(OWNER)
    return ask.project(MAINTAINER)


def list_tokens(ask: Ask) -> Page:
    holder = _holder(ask)
    active = ask.fields(Flag("active")).get("active")
    today = ask.lab.clock.date().date().isoformat()
    found = [one for one in holder.deploy_tokens.values() if active is None or one.expired(today) != active]
    return Page(found, ask.lab.entities.deploy_token)


def _found(ask: Ask) -> tuple[Group | Project, DeployToken]:
    holder, key = _holder(ask), ask.path["token_id"]
    token = holder.deploy_tokens.get(int(key)) if key.isdigit() else None
    if token is None:
        raise no_record()
    return holder, token


def get_token(ask: Ask) -> dict[str, Any]:
    return ask.lab.entities.deploy_token(_found(ask)[1])


def create_token(ask: Ask) -> dict[str, Any]:
    holder = _holder(ask)
    given = ask.fields(Text("name", True), Texts("scopes", True, SCOPES), Text("expires_at"), Text("username"))
    number = ask.lab.store.next_id("deploy_token")
    username = given.get("username") or f"gitlab+deploy-token-{number}"
    expires_at = expiry(given.get("expires_at"))
    secret = "gldt-" + secrets.token_urlsafe(15)
    token = DeployToken(number, given["name"], username, tuple(given["scopes"]), secret, expires_at)
    holder.deploy_tokens[token.id] = token
    return {**ask.lab.entities.deploy_token(token), "token": secret}


def expiry(text: str | None) -> str | None:
    """A date is printed as the midnight it begins with."""
    if not text:
        return None
    if len(text) < 10 or not text[:4].isdigit():
        raise error(400, "expires_at is invalid")
    return text if "T" in text else f"{text}T00:00:00.000Z"


def delete_token(ask: Ask) -> None:
    holder, token = _found(ask)
    del holder.deploy_tokens[token.id]
