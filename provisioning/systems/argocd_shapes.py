"""What Argo CD's answers say to us. Members that are empty may be absent or null in them (omitempty)."""

from dataclasses import dataclass, field
from typing import Any

Raw = dict[str, Any]


@dataclass(frozen=True)
class User:
    """Whose token it is."""

    username: str
    issuer: str

    @classmethod
    def of(cls, raw: Raw) -> "User":
        """From session/userinfo, for somebody who is logged in."""
        return cls(raw["username"], raw.get("iss") or "")


@dataclass(frozen=True)
class Project:
    """An AppProject: which repositories, destinations and kinds its applications may use. Empty permits nothing.

    `resource_version` makes an update fail if somebody else was faster.
    """

    name: str
    spec: Raw
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    resource_version: str = ""

    @classmethod
    def of(cls, raw: Raw) -> "Project":
        """From GET, POST or PUT projects."""
        metadata = raw["metadata"]
        return cls(
            name=metadata["name"],
            spec=raw["spec"] or {},
            labels=metadata.get("labels") or {},
            annotations=metadata.get("annotations") or {},
            resource_version=metadata["resourceVersion"],
        )

    def raw(self) -> Raw:
        """As Argo CD takes it. Empty members are left out: it compares after storing, and they would be gone."""
        found = {
            "name": self.name,
            "labels": self.labels,
            "annotations": self.annotations,
            "resourceVersion": self.resource_version,
        }
        return {"metadata": {key: value for key, value in found.items() if value}, "spec": self.spec}


@dataclass(frozen=True)
class Repository:
    """A repository that Argo CD may read. `connection` is Successful, Failed, or empty when nothing has looked yet."""

    url: str
    name: str
    project: str
    connection: str
    message: str

    @classmethod
    def of(cls, raw: Raw) -> "Repository":
        """From the repositories. A password that an answer may echo is not taken over."""
        state = raw.get("connectionState") or {}
        return cls(
            url=raw["repo"],
            name=raw.get("name") or "",
            project=raw.get("project") or "",
            connection=state.get("status") or "",
            message=state.get("message") or "",
        )


@dataclass(frozen=True)
class Application:
    """An Application. While `deleting` it has its name; a fresh one has an empty status: nothing has looked yet."""

    name: str
    project: str
    uid: str
    deleting: bool
    labels: dict[str, str]
    spec: Raw
    status: Raw = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, raw: Raw) -> "Application":
        """From the applications."""
        metadata, spec = raw["metadata"], raw["spec"]
        return cls(
            name=metadata["name"],
            project=spec.get("project") or "default",
            uid=metadata.get("uid") or "",
            deleting=bool(metadata.get("deletionTimestamp")),
            labels=metadata.get("labels") or {},
            spec=spec,
            status=raw.get("status") or {},
        )


def same_url(one: str, other: str) -> bool:
    """Whether Argo CD takes them for one repository: letter case, .git, user and ssh's two ways of writing aside."""
    return plain(one) == plain(other)


def plain(url: str) -> str:
    """host/path of a git URL, as Argo CD compares it."""
    text = url.strip().casefold().removesuffix("/").removesuffix(".git")
    scheme, found, rest = text.partition("://")
    if not found:  # git@host:path
        return text.partition("@")[2].replace(":", "/", 1) if "@" in text else text
    host, _, path = rest.partition("/")
    return f"{'' if scheme == 'ssh' else scheme}{host.rpartition('@')[2]}/{path}"
