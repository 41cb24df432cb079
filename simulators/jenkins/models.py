"""The controller: all that this Jenkins holds, and who may do what with it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from simulators.clock import Clock
from simulators.jenkins.config import FOLDER, Config, Vault, empty
from simulators.jenkins.documents import Documents
from simulators.jenkins.errors import Refusal, container_page, failure, not_found
from simulators.jenkins.items import Folder, Item, Job, good_name, taken
from simulators.jenkins.queue import Pace, Queue
from simulators.jenkins.roles import PERMISSIONS, READ, Roles, implied_by
from simulators.jenkins.users import Caller, Users
from simulators.system import change_settings

VERSION = "2.528.3"
ITEM = "hudson.model.Item."


@dataclass
class Settings(Pace):
    """How this server is set up; `starting` answers 503 to everything and, taken back, is a restart."""

    crumbs: bool = True
    starting: bool = False
    role_strategy: bool = True
    anonymous_read: bool = False
    mailer: bool = True
    endpoint_authentication: bool = True


class Controller:
    """Items, queue, users and roles. `url` is the configured root URL, without a slash at its end."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url, self.clock = url, clock
        self.settings = Settings()
        self.session = secrets.token_hex(4)
        self.vault, self.users, self.roles = Vault(), Users(), Roles()
        self.root = Folder("", None, empty(FOLDER, self.vault))
        self.queue = Queue(self.settings)
        self.documents = Documents(f"{url}/", self.queue, clock)

    def apply(self, wanted: dict[str, Any]) -> None:
        was_starting = self.settings.starting
        change_settings(self.settings, wanted)
        if was_starting and not self.settings.starting:
            self.session = secrets.token_hex(4)
            self.users.restart()
            self.queue.restart()

    def permits(self, caller: Caller, permission: str, item: Item | None = None) -> bool:
        if caller.user is None:
            readable = permission in (READ, f"{ITEM}Read", f"{ITEM}Discover")
            return self.settings.anonymous_read and readable
        if not self.settings.role_strategy:
            return True
        return self.roles.permit(caller.name, permission, item.full_name if item else None)

    def require(self, caller: Caller, permission: str, item: Item | None = None, path: str = "") -> None:
        """403 with the diagnostic headers of AccessDeniedException3."""
        if not self.permits(caller, permission, item):
            raise forbidden(caller, permission, path)

    def locate(self, caller: Caller, parts: list[str], path: str) -> tuple[Item, int]:
        """Walk `job/a/job/b/...` and say how many parts were names; what may not be read is not there."""
        item: Item = self.root
        used = 0
        while len(parts) >= used + 2 and parts[used] == "job":
            found = item.get(parts[used + 1]) if isinstance(item, Folder) else None
            if found is None:
                raise not_found(path)
            self._visible(caller, found, path)
            item, used = found, used + 2
        return item, used

    def _visible(self, caller: Caller, item: Item, path: str) -> None:
        if self.permits(caller, f"{ITEM}Read", item):
            return
        if self.permits(caller, f"{ITEM}Discover", item):
            raise forbidden(caller, f"{ITEM}Read", path)
        raise not_found(path)

    def readable(self, caller: Caller, items: Iterable[Item]) -> list[Item]:
        return [item for item in items if self.permits(caller, f"{ITEM}Read", item)]

    def check_new(self, caller: Caller, parent: Folder, name: str) -> str:
        """The trimmed name, if it is good and free; a hidden item gives an empty X-Error."""
        name = good_name(name)
        existing = parent.get(name)
        if existing is None:
            return name
        if self.permits(caller, f"{ITEM}Read", existing):
            raise taken(name)
        if self.permits(caller, f"{ITEM}Discover", existing):
            raise forbidden(caller, f"{ITEM}Read", "")
        raise failure("")

    def create(self, parent: Folder, name: str, config: Config) -> Item:
        item = Folder(name, parent, config) if config.item_class == FOLDER else Job(name, parent, config)
        parent.put(item)
        return item

    def delete(self, item: Item) -> None:
        """Children first, then the item; waiting builds are cancelled and running ones interrupted."""
        for child in item.items() if isinstance(item, Folder) else []:
            self.delete(child)
        if isinstance(item, Job):
            self.queue.forget(item, self.clock.now())
        if item.parent:
            item.parent.remove(item)

    def state(self) -> dict[str, Any]:
        self.queue.tick(self.clock.now())
        return {
            "items": {item.full_name: item.state() for item in self.root.walk()},
            "queue": [{"id": one.id, "job": one.job.full_name, "state": one.state} for one in self.queue.active],
            "users": self.users.state(),
            "roles": self.roles.state(),
            "settings": asdict(self.settings),
        }


def forbidden(caller: Caller, permission: str, path: str) -> Refusal:
    """403 in both cases: anonymous gets a page that sends a browser to the log-in, others learn what is missing."""
    headers = {
        "X-You-Are-Authenticated-As": caller.name,
        "X-Required-Permission": permission,
        "X-Permission-Implied-By": ", ".join(implied_by(permission)[1:]),
    }
    if caller.user is None:
        page = (
            f"<html><head><meta http-equiv='refresh' content='1;url=/login?from={escape(path)}'/></head>"
            "<body style='background-color:white; color:white;'>\nAuthentication required\n<!--\n-->\n\n</body></html>"
        )
        return Refusal(403, page, headers)
    headers["X-You-Are-In-Group-Disabled"] = (
        "JENKINS-39402: use -Dhudson.security.AccessDeniedException2.REPORT_GROUP_HEADERS=true"
    )
    return container_page(403, f"{caller.name} is missing the {PERMISSIONS[permission]} permission", path, headers)
