"""One API request on its way through a handler: who asks, with which parameters, about which group or project."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from simulators.gitlab.errors import Moved, Problem, error, forbidden, not_found, unauthorized
from simulators.gitlab.models import Group, Project, User
from simulators.gitlab.params import Field, accept
from simulators.system import Call

if TYPE_CHECKING:
    from simulators.gitlab.responses import GitLab

Handler = Callable[["Ask"], Any] | Callable[["Ask"], Awaitable[Any]]


@dataclass
class Ask:
    """Handlers take one of these and give JSON, a Page or a Response; the status follows from the method."""

    lab: GitLab
    call: Call
    path: dict[str, str]
    user: User | None
    data: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.data = {**self.call.query, **body_of(self.call)}

    @property
    def me(self) -> User:
        """The user who asks; 401 for nobody."""
        if self.user is None:
            raise unauthorized()
        return self.user

    def administrator(self) -> User:
        if not self.me.admin:
            raise forbidden()
        return self.me

    def fields(self, *declared: Field) -> dict[str, Any]:
        return accept(self.data, declared)

    def group(self, level: int = 0) -> Group:
        """The group of the path; 404 when the caller may not see it, 403 when its level there is too low."""
        found = self.lab.store.group(self.path["id"])
        if found is None or not self.lab.store.visible(self.user, found):
            raise not_found("Group")
        self._require(found, level)
        return found

    def project(self, level: int = 0, key: str = "id") -> Project:
        """The project of the path, brought up to date; redirects when it is asked for by a path it had before."""
        store = self.lab.store
        found = store.project(self.path[key])
        if found is None and (moved := store.moved(self.path[key])) and moved in store.projects:
            raise Moved(moved)
        found = self.lab.current(found) if found else None
        if found is None or found.destroy_at is not None or not store.visible(self.user, found):
            raise not_found("Project")
        self._require(found, level)
        return found

    def _require(self, holder: Group | Project, level: int) -> None:
        if level == 0:
            return
        if self.lab.store.access(self.me, holder) < level:
            raise forbidden()


def body_of(call: Call) -> dict[str, Any]:
    """The body's parameters: JSON, or a form; anything else is refused as GitLab refuses it."""
    if not call.content:
        return {}
    kind = call.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return form_of(call)
    if kind != "application/json":
        raise error(415, f"The provided content-type '{kind}' is not supported.")
    try:
        found = call.json()
    except ValueError as problem:
        raise Problem(400, {"error": "message body does not match declared format"}) from problem
    return found if isinstance(found, dict) else {}


def form_of(call: Call) -> dict[str, Any]:
    """`scopes[]=a&scopes[]=b` becomes a list."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(call.content.decode(), keep_blank_values=True):
        if name.endswith("[]"):
            found.setdefault(name[:-2], []).append(value)
        else:
            found[name] = value
    return found
