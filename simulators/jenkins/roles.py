"""The role strategy plugin: roles, who has them, what they permit. Its writes say 200 even when nothing happened."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

GLOBAL, PROJECT, AGENT = "globalRoles", "projectRoles", "slaveRoles"
ADMINISTER = "hudson.model.Hudson.Administer"
READ = "hudson.model.Hudson.Read"

GROUPS = {
    "hudson.model.Hudson": ("Overall", ("Administer", "Manage", "Read", "SystemRead")),
    "hudson.model.Item": (
        "Job",
        ("Build", "Cancel", "Configure", "Create", "Delete", "Discover", "ExtendedRead", "Move", "Read", "Workspace"),
    ),
    "hudson.model.Run": ("Run", ("Artifacts", "Delete", "Replay", "Update")),
    "hudson.model.View": ("View", ("Configure", "Create", "Delete", "Read")),
    "hudson.model.Computer": (
        "Agent",
        ("Build", "Configure", "Connect", "Create", "Delete", "Disconnect", "Provision"),
    ),
    "hudson.scm.SCM": ("SCM", ("Tag",)),
    "com.cloudbees.plugins.credentials.CredentialsProvider": (
        "Credentials",
        ("Create", "Delete", "ManageDomains", "Update", "View"),
    ),
}
PERMISSIONS = {f"{group}.{name}": f"{title}/{name}" for group, (title, names) in GROUPS.items() for name in names}
IMPLIED = {"hudson.model.Item.Discover": ("hudson.model.Item.Read",), READ: ("hudson.model.Hudson.Manage",)}


def implied_by(permission: str) -> tuple[str, ...]:
    """The permissions that include this one, itself first."""
    return (permission, *IMPLIED.get(permission, ()), ADMINISTER)


@dataclass
class Role:
    """A named set of permissions; `sids` holds (type, sid), type being USER, GROUP or EITHER."""

    name: str
    permissions: list[str]
    pattern: str = ""
    template: str = ""
    sids: set[tuple[str, str]] = field(default_factory=set)

    def entries(self) -> list[dict[str, str]]:
        return [{"type": kind, "sid": sid} for kind, sid in sorted(self.sids)]

    def has(self, user: str) -> bool:
        names = {sid.lower() for kind, sid in self.sids if kind in ("USER", "EITHER")}
        return user.lower() in names or ("GROUP", "authenticated") in self.sids


class Roles:
    """All roles by type and name. Unknown types raise KeyError, which the server turns into a 500."""

    def __init__(self) -> None:
        self.by_type: dict[str, dict[str, Role]] = {GLOBAL: {}, PROJECT: {}, AGENT: {}}
        admin = Role("admin", [ADMINISTER])
        admin.sids.add(("USER", "admin"))
        self.by_type[GLOBAL]["admin"] = admin

    def add(self, kind: str, name: str, permissions: str, overwrite: bool, pattern: str = "") -> None:
        """Unknown permission ids are left out silently; overwriting drops every assignment of the role."""
        known = [one for one in permissions.split(",") if one.strip() in PERMISSIONS]
        if overwrite or name not in self.by_type[kind]:
            self.by_type[kind][name] = Role(name, [one.strip() for one in known], pattern or ".*")

    def remove(self, kind: str, names: str) -> None:
        for name in names.split(","):
            self.by_type[kind].pop(name, None)

    def assign(self, kind: str, name: str, sid_type: str, sid: str) -> None:
        """Nothing happens when the role is unknown; the sid is never checked."""
        if role := self.by_type[kind].get(name):
            role.sids.add((sid_type, sid))

    def unassign(self, kind: str, name: str, sid_type: str, sid: str) -> None:
        if role := self.by_type[kind].get(name):
            role.sids.discard((sid_type, sid))

    def forget(self, kind: str, sid_type: str, sid: str) -> None:
        """deleteUser, deleteGroup, deleteSid: only entries of exactly that type go."""
        for role in self.by_type[kind].values():
            role.sids.discard((sid_type, sid))

    def document(self, kind: str, name: str) -> dict[str, Any]:
        """What getRole answers; an unknown role is an empty object with status 200."""
        role = self.by_type[kind].get(name)
        if role is None:
            return {}
        seen: dict[str, Any] = {"permissionIds": dict.fromkeys(role.permissions, True), "sids": role.entries()}
        return seen | ({"pattern": role.pattern, "template": role.template} if kind == PROJECT else {})

    def all(self, kind: str) -> dict[str, list[dict[str, str]]]:
        return {name: role.entries() for name, role in self.by_type[kind].items()}

    def assignments(self, kind: str) -> list[dict[str, Any]]:
        """Sids with the roles they have, for getRoleAssignments."""
        found: dict[tuple[str, str], list[str]] = {}
        for role in self.by_type[kind].values():
            for entry in sorted(role.sids):
                found.setdefault(entry, []).append(role.name)
        return [{"name": sid, "type": sid_type, "roles": names} for (sid_type, sid), names in found.items()]

    def permit(self, user: str, permission: str, full_name: str | None) -> bool:
        """Whether a global role gives the permission, or a project role whose pattern matches the WHOLE full name."""
        enough = set(implied_by(permission))
        given = [role for role in self.by_type[GLOBAL].values() if role.has(user)]
        if full_name:
            mine = (role for role in self.by_type[PROJECT].values() if role.has(user))
            given += [role for role in mine if re.fullmatch(role.pattern, full_name)]
        return any(enough.intersection(role.permissions) for role in given)

    def state(self) -> dict[str, Any]:
        return {kind: {name: self.document(kind, name) for name in roles} for kind, roles in self.by_type.items()}
