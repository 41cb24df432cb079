"""/role-strategy/strategy/...: every write answers an empty 200, whatever became of it."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import JSONResponse, Response

from simulators.jenkins.asked import Asked, done
from simulators.jenkins.errors import container_page, not_found, oops
from simulators.jenkins.roles import ADMINISTER, GLOBAL, Roles


def add_role(asked: Asked, roles: Roles, kind: str) -> None:
    if template := asked.get("template"):
        raise container_page(400, f"A template with name {template} doesn't exist", asked.call.path)
    overwrite = asked.need("overwrite").lower() == "true"
    roles.add(kind, asked.need("roleName"), asked.need("permissionIds"), overwrite, asked.get("pattern") or "")


def remove_roles(asked: Asked, roles: Roles, kind: str) -> None:
    roles.remove(kind, asked.need("roleNames"))


def assigning(field: str, sid_type: str) -> Callable[[Asked, Roles, str], None]:
    def act(asked: Asked, roles: Roles, kind: str) -> None:
        roles.assign(kind, asked.need("roleName"), sid_type, asked.need(field))

    return act


def unassigning(field: str, sid_type: str) -> Callable[[Asked, Roles, str], None]:
    def act(asked: Asked, roles: Roles, kind: str) -> None:
        roles.unassign(kind, asked.need("roleName"), sid_type, asked.need(field))

    return act


def forgetting(field: str, sid_type: str) -> Callable[[Asked, Roles, str], None]:
    def act(asked: Asked, roles: Roles, kind: str) -> None:
        roles.forget(kind, sid_type, asked.need(field))

    return act


WRITES: dict[str, Callable[[Asked, Roles, str], None]] = {
    "addRole": add_role,
    "removeRoles": remove_roles,
    "assignUserRole": assigning("user", "USER"),
    "assignGroupRole": assigning("group", "GROUP"),
    "assignRole": assigning("sid", "EITHER"),
    "unassignUserRole": unassigning("user", "USER"),
    "unassignGroupRole": unassigning("group", "GROUP"),
    "unassignRole": unassigning("sid", "EITHER"),
    "deleteUser": forgetting("user", "USER"),
    "deleteGroup": forgetting("group", "GROUP"),
    "deleteSid": forgetting("sid", "EITHER"),
}


def allowed(asked: Asked) -> Roles:
    """404 when the authorization strategy is another one, 403 unless the caller administers."""
    if not asked.jenkins.settings.role_strategy:
        raise not_found(asked.call.path)
    asked.require(ADMINISTER)
    return asked.jenkins.roles


def write(asked: Asked) -> Response:
    roles = allowed(asked)
    action = WRITES[asked.call.segments[-1]]
    kind = asked.need("type")
    if kind not in roles.by_type:
        raise oops(f"unknown role type {kind}")
    action(asked, roles, kind)
    return done()


def read(asked: Asked) -> Response:
    roles = allowed(asked)
    kind = asked.get("type") or GLOBAL
    if kind not in roles.by_type:
        raise oops(f"unknown role type {kind}")
    question = asked.call.segments[-1]
    if question == "getRole":
        return JSONResponse(roles.document(kind, asked.need("roleName")))
    return JSONResponse(roles.all(kind) if question == "getAllRoles" else roles.assignments(kind))
