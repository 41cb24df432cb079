"""What GitLab's answers say to us, and nothing more of them. Building one from another shape raises; see `shaped`."""

import base64
from dataclasses import dataclass, field
from typing import Any

from provisioning.systems.errors import Invalid

Raw = dict[str, Any]


@dataclass(frozen=True)
class User:
    """Whose token it is."""

    id: int
    username: str
    admin: bool

    @classmethod
    def of(cls, raw: Raw) -> "User":
        """From GET /user; only administrators see is_admin."""
        return cls(int(raw["id"]), str(raw["username"]), raw.get("is_admin") is True)


@dataclass(frozen=True)
class Group:
    """A group; `path` is the full one."""

    id: int
    path: str
    name: str
    web_url: str
    deleting: bool

    @classmethod
    def of(cls, raw: Raw) -> "Group":
        """From GET /groups/:id or POST /groups."""
        return cls(
            int(raw["id"]), raw["full_path"], raw["name"], raw["web_url"], bool(raw.get("marked_for_deletion_on"))
        )


@dataclass(frozen=True)
class Project:
    """A project; `path` is the full one. Usable once `import_status` is finished or none, and it is not empty."""

    id: int
    path: str
    name: str
    web_url: str
    http_url: str
    default_branch: str
    import_status: str
    import_error: str
    empty: bool
    archived: bool
    deleting: bool
    description: str
    forked_from_id: int | None

    @classmethod
    def of(cls, raw: Raw) -> "Project":
        """From GET /projects/:id, POST /projects or the answer to a fork."""
        origin = raw.get("forked_from_project") or {}
        return cls(
            id=int(raw["id"]),
            path=raw["path_with_namespace"],
            name=raw["name"],
            web_url=raw["web_url"],
            http_url=raw["http_url_to_repo"],
            default_branch=raw.get("default_branch") or "",
            import_status=raw.get("import_status") or "none",
            import_error=raw.get("import_error") or "",
            empty=bool(raw.get("empty_repo")),
            archived=bool(raw.get("archived")),
            deleting=bool(raw.get("marked_for_deletion_on") or raw.get("marked_for_deletion_at")),
            description=raw.get("description") or "",
            forked_from_id=origin.get("id"),
        )


@dataclass(frozen=True)
class Protection:
    """Who may push to a branch and merge into it: access levels of roles. Single users and groups (EE) are left out."""

    push_levels: tuple[int, ...]
    merge_levels: tuple[int, ...]

    @classmethod
    def of(cls, raw: Raw) -> "Protection":
        """From GET or POST protected_branches."""
        return cls(roles(raw["push_access_levels"]), roles(raw["merge_access_levels"]))

    def allows(self, push: int, merge: int) -> bool:
        """Whether these are the lowest roles that may: a level means that role and every higher one."""
        return self.push_levels[:1] == (push,) and self.merge_levels[:1] == (merge,)


def roles(levels: list[Raw]) -> tuple[int, ...]:
    """The levels that name a role, the lowest first."""
    single = ("user_id", "group_id", "deploy_key_id")
    return tuple(sorted(level["access_level"] for level in levels if not any(level.get(key) for key in single)))


@dataclass(frozen=True)
class File:
    """A text file. `last_commit_id` is the last commit that touched it, `commit_id` the head of the branch."""

    text: str
    last_commit_id: str
    commit_id: str

    @classmethod
    def of(cls, raw: Raw) -> "File":
        """From GET repository/files. Raises Invalid for a file that is no text, ValueError for a part of one."""
        content = base64.b64decode("".join(raw["content"].split()), validate=True)
        if len(content) != raw.get("size", len(content)):
            raise ValueError(f"{len(content)} bytes of {raw['size']}")
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            hint = "Put a text file in its place, then retry."
            raise Invalid("gitlab", f"The file {raw['file_path']} is not UTF-8 text.", hint=hint) from None
        return cls(text, raw["last_commit_id"], raw["commit_id"])


@dataclass(frozen=True)
class Action:
    """One change of a commit: create, update or delete `path`; with `last_commit_id` only if nobody was faster."""

    action: str
    path: str
    content: str | None = None
    last_commit_id: str | None = None

    def raw(self) -> Raw:
        """As the commits API takes it. GitLab does not look at last_commit_id for a create."""
        wire = {"action": self.action, "file_path": self.path}
        if self.content is not None:
            wire["content"] = self.content
        if self.last_commit_id is not None:
            wire["last_commit_id"] = self.last_commit_id
        return wire


@dataclass(frozen=True)
class Commit:
    """A commit that was made."""

    sha: str
    url: str

    @classmethod
    def of(cls, raw: Raw) -> "Commit":
        """From POST repository/commits."""
        return cls(raw["id"], raw.get("web_url") or "")


@dataclass(frozen=True)
class Hook:
    """A project's webhook. Its secret is never shown; name and description are empty before GitLab 17."""

    id: int
    url: str
    name: str
    description: str
    push_events: bool
    branch_filter: str
    alert_status: str

    @classmethod
    def of(cls, raw: Raw) -> "Hook":
        """From the hooks of a project."""
        return cls(
            id=int(raw["id"]),
            url=raw["url"],
            name=raw.get("name") or "",
            description=raw.get("description") or "",
            push_events=bool(raw.get("push_events")),
            branch_filter=raw.get("push_events_branch_filter") or "",
            alert_status=raw.get("alert_status") or "executable",
        )


@dataclass(frozen=True)
class DeployToken:
    """A project's deploy token. `token` is there in the answer to its creation only, and never printed."""

    id: int
    name: str
    username: str
    token: str = field(default="", repr=False)

    @classmethod
    def of(cls, raw: Raw) -> "DeployToken":
        """From the deploy tokens of a project."""
        return cls(int(raw["id"]), raw["name"], raw["username"], raw.get("token") or "")
