"""What this GitLab holds: users, groups, projects and what hangs on them. Rules live beside, one file per noun."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from typing import Any

from simulators.gitlab.repository import Repository

ADMIN_TOKEN = "glpat-sim-admin"
NO_ACCESS, GUEST, REPORTER, DEVELOPER, MAINTAINER, OWNER, ADMIN = 0, 10, 20, 30, 40, 50, 60
LEVEL_NAMES = {
    5: "Minimal Access",
    10: "Guest",
    15: "Planner",
    20: "Reporter",
    30: "Developer",
    40: "Maintainer",
    50: "Owner",
}
MEMBER_LEVELS = tuple(LEVEL_NAMES)
VISIBILITIES = ("private", "internal", "public")


@dataclass
class User:
    """A person. `password_sha` is kept only to be able to say that there is one."""

    id: int
    username: str
    name: str
    email: str
    created_at: float
    admin: bool = False
    state: str = "active"
    confirmed: bool = True
    password_sha: str | None = None
    namespace_id: int = 0
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class Credential:
    """A personal access token, by whose value it is found. `state`: active, revoked, expired."""

    user_id: int
    scopes: tuple[str, ...] = ("api",)
    state: str = "active"


@dataclass
class Member:
    user_id: int
    access_level: int
    created_at: float
    created_by: int
    expires_at: str | None = None


@dataclass
class DeployToken:
    id: int
    name: str
    username: str
    scopes: tuple[str, ...]
    secret: str
    expires_at: str | None = None

    def expired(self, today: str) -> bool:
        return self.expires_at is not None and self.expires_at[:10] <= today


@dataclass
class Namespace:
    """A group or a person's own space; both share one sequence of ids and one space of paths."""

    id: int
    name: str
    path: str
    parent: Namespace | None = None

    kind = "user"

    @property
    def full_path(self) -> str:
        return f"{self.parent.full_path}/{self.path}" if self.parent else self.path

    @property
    def full_name(self) -> str:
        return f"{self.parent.full_name} / {self.name}" if self.parent else self.name

    def chain(self) -> list[Namespace]:
        """This namespace, its parent, and so on up."""
        return [self, *(self.parent.chain() if self.parent else [])]


@dataclass
class Group(Namespace):
    created_at: float = 0.0
    description: str = ""
    visibility: str = "private"
    protection: dict[str, Any] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    deploy_tokens: dict[int, DeployToken] = field(default_factory=dict)
    marked_at: float | None = None
    name_before: tuple[str, str] | None = None

    kind = "group"


@dataclass
class AccessRule:
    """One row of a protected branch's push or merge levels."""

    id: int
    access_level: int


@dataclass
class ProtectedBranch:
    id: int
    name: str
    push: list[AccessRule]
    merge: list[AccessRule]
    unprotect: list[AccessRule] = field(default_factory=list)
    allow_force_push: bool = False
    code_owner_approval_required: bool = False


@dataclass
class Import:
    """The background copy of a fork. `looks_left`: how many looks still see it so; `error`: what it will say."""

    scheduled_at: float
    seconds: float
    looks_left: int
    error: str | None = None
    status: str = "scheduled"
    ended_at: float | None = None
    looks: int = 0


@dataclass
class Hook:
    """A project's webhook. `flags` are the event switches; the token is never given away again."""

    id: int
    url: str
    created_at: float
    uuid: str
    flags: dict[str, bool]
    token: str | None = None
    name: str | None = None
    description: str | None = None
    branch_filter: str | None = None
    filter_strategy: str = "wildcard"
    ssl: bool = True
    template: str | None = None
    header_names: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    variables: list[str] = field(default_factory=list)
    failures: int = 0
    disabled_until: float | None = None
    tests: list[float] = field(default_factory=list)


@dataclass
class Project:
    """A project. What it says about its repository (`refs`, `empty`, `readme`) is refreshed after every write."""

    id: int
    name: str
    path: str
    namespace: Namespace
    repository: Repository
    created_at: float
    creator_id: int
    description: str | None = None
    visibility: str = "private"
    default_branch: str | None = None
    topics: list[str] = field(default_factory=list)
    archived: bool = False
    forked_from: int | None = None
    fork_import: Import | None = None
    protect_at: float | None = None
    protect_looks: int = 0
    protected: dict[str, ProtectedBranch] = field(default_factory=dict)
    hooks: dict[int, Hook] = field(default_factory=dict)
    deploy_tokens: dict[int, DeployToken] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    marked_at: float | None = None
    name_before: tuple[str, str] | None = None
    destroy_at: float | None = None
    updated_at: float = 0.0
    refs: dict[str, str] = field(default_factory=dict)
    empty: bool = True
    readme: str | None = None
    early_commit: bool = False
    only_branch: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def full_path(self) -> str:
        return f"{self.namespace.full_path}/{self.path}"

    @property
    def full_name(self) -> str:
        return f"{self.namespace.full_name} / {self.name}"

    @property
    def import_status(self) -> str:
        return self.fork_import.status if self.fork_import else "none"

    @property
    def importing(self) -> bool:
        return self.import_status in ("scheduled", "started")


def fingerprint(secret: str | None) -> str | None:
    """How a secret shows in `_sim/state`: enough to compare, not to use."""
    return hashlib.sha256(secret.encode()).hexdigest()[:12] if secret else None
