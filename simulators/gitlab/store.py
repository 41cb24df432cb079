"""Everything that one GitLab holds, and how it is found: by id, by path in any letter case, by an old path."""

from __future__ import annotations

import itertools
from collections import deque
from pathlib import Path
from typing import Any

from simulators.clock import Clock
from simulators.gitlab.models import (
    ADMIN,
    ADMIN_TOKEN,
    OWNER,
    Credential,
    Group,
    Member,
    Namespace,
    Project,
    User,
)
from simulators.gitlab.repository import Repository


class Store:
    """Routes are one space: no group, person and project have the same full path, whatever its letter case."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self.clock = clock
        self.users: dict[int, User] = {}
        self.namespaces: dict[int, Namespace] = {}
        self.projects: dict[int, Project] = {}
        self.credentials: dict[str, Credential] = {}
        self.redirects: dict[str, int] = {}
        self.deliveries: deque[dict[str, Any]] = deque(maxlen=5_000)
        self._routes: dict[str, Namespace | Project] = {}
        self._names: dict[tuple[int, str], int] = {}
        self._children: dict[int, dict[int, Project]] = {}
        self._sequences: dict[str, itertools.count[int]] = {}
        root = self.add_user("root", "Administrator", "admin@example.com", admin=True)
        self.credentials[ADMIN_TOKEN] = Credential(root.id)

    def next_id(self, kind: str) -> int:
        return next(self._sequences.setdefault(kind, itertools.count(1)))

    # users

    def add_user(self, username: str, name: str, email: str, **more: Any) -> User:
        user = User(self.next_id("user"), username, name, email, self.clock.now(), **more)
        space = Namespace(self.next_id("namespace"), name, username)
        user.namespace_id = space.id
        self.users[user.id] = user
        self.add_namespace(space)
        return user

    def remove_user(self, user: User) -> None:
        """With all that is only theirs: memberships, tokens and the projects of their own space."""
        space = self.namespaces[user.namespace_id]
        for project in self.projects_in(space):
            self.remove_project(project)
        holders: list[Group | Project] = [*self.groups(), *self.projects.values()]
        for holder in holders:
            holder.members.pop(user.id, None)
        self.credentials = {key: one for key, one in self.credentials.items() if one.user_id != user.id}
        self.remove_namespace(space)
        del self.users[user.id]

    def user_named(self, username: str) -> User | None:
        wanted = username.lower()
        return next((user for user in self.users.values() if user.username.lower() == wanted), None)

    # namespaces

    def add_namespace(self, space: Namespace) -> None:
        self.namespaces[space.id] = space
        self._routes[space.full_path.lower()] = space

    def remove_namespace(self, space: Namespace) -> None:
        del self.namespaces[space.id]
        del self._routes[space.full_path.lower()]

    def groups(self) -> list[Group]:
        return [space for space in self.namespaces.values() if isinstance(space, Group)]

    def namespace(self, key: str) -> Namespace | None:
        """By id or full path."""
        if key.isdigit():
            return self.namespaces.get(int(key))
        found = self._routes.get(key.lower())
        return found if isinstance(found, Namespace) else None

    def group(self, key: str) -> Group | None:
        found = self.namespace(key)
        return found if isinstance(found, Group) else None

    def below(self, group: Namespace) -> list[Namespace]:
        """The namespace itself and all its subgroups."""
        return [space for space in self.namespaces.values() if group in space.chain()]

    def rename_namespace(self, space: Namespace, name: str, path: str) -> None:
        """Also moves what lies below it; old paths of its projects redirect."""
        spaces = self.below(space)
        projects = [project for one in spaces for project in self.projects_in(one)]
        before = {project.id: project.full_path.lower() for project in projects}
        things: list[Namespace | Project] = [*spaces, *projects]
        for thing in things:
            self._routes.pop(thing.full_path.lower(), None)
        space.name, space.path = name, path
        for thing in things:
            self._routes[thing.full_path.lower()] = thing
        for project in projects:
            if before[project.id] != project.full_path.lower():
                self.redirects[before[project.id]] = project.id

    # projects

    def taken(self, full_path: str) -> Namespace | Project | None:
        return self._routes.get(full_path.lower())

    def named(self, namespace: Namespace, name: str) -> int | None:
        """Id of the project of that name in a namespace."""
        return self._names.get((namespace.id, name))

    def new_repository(self, project_id: int, default_branch: str) -> Repository:
        return Repository.create(self.folder / f"{project_id}.git", default_branch)

    def add_project(self, project: Project) -> None:
        """A new project at a path ends the redirect that an old one had left there."""
        self.projects[project.id] = project
        self._link(project)

    def remove_project(self, project: Project) -> None:
        """The repository stays on disk: forks share its objects."""
        self._unlink(project)
        del self.projects[project.id]
        self.redirects = {path: owner for path, owner in self.redirects.items() if owner != project.id}

    def move_project(self, project: Project, namespace: Namespace, name: str, path: str) -> None:
        """Rename or transfer; the old path redirects from now on."""
        before = project.full_path.lower()
        self._unlink(project)
        project.namespace, project.name, project.path = namespace, name, path
        self._link(project)
        if before != project.full_path.lower():
            self.redirects[before] = project.id

    def _link(self, project: Project) -> None:
        self._routes[project.full_path.lower()] = project
        self._names[project.namespace.id, project.name] = project.id
        self._children.setdefault(project.namespace.id, {})[project.id] = project
        self.redirects.pop(project.full_path.lower(), None)

    def _unlink(self, project: Project) -> None:
        del self._routes[project.full_path.lower()]
        self._names.pop((project.namespace.id, project.name), None)
        del self._children[project.namespace.id][project.id]

    def projects_in(self, namespace: Namespace) -> list[Project]:
        return list(self._children.get(namespace.id, {}).values())

    def project(self, key: str) -> Project | None:
        """By id or by a full path with at least one slash; a bare name never matches."""
        if key.isdigit():
            return self.projects.get(int(key))
        found = self._routes.get(key.lower()) if "/" in key else None
        return found if isinstance(found, Project) else None

    def moved(self, key: str) -> int | None:
        """Id of the project that once had this path."""
        return self.redirects.get(key.lower())

    def forks_of(self, project: Project) -> list[Project]:
        return [one for one in self.projects.values() if one.forked_from == project.id]

    # access

    def memberships(self, holder: Group | Project, user_id: int) -> list[tuple[Group | Project, Member]]:
        """Direct membership first, then those inherited from the groups above."""
        chain = [holder, *holder.namespace.chain()] if isinstance(holder, Project) else holder.chain()
        groups = [one for one in chain if isinstance(one, Group | Project)]
        return [(one, one.members[user_id]) for one in groups if user_id in one.members]

    def access(self, user: User | None, holder: Namespace | Project) -> int:
        """The highest level that a user has; administrators have all."""
        if user is None:
            return 0
        if user.admin:
            return ADMIN
        top = holder.namespace if isinstance(holder, Project) else holder
        if top.id == user.namespace_id:
            return OWNER
        if not isinstance(holder, Group | Project):
            return 0
        return max((member.access_level for _, member in self.memberships(holder, user.id)), default=0)

    def visible(self, user: User | None, holder: Namespace | Project) -> bool:
        open_to = ("public", "internal") if user else ("public",)
        if isinstance(holder, Group | Project) and holder.visibility in open_to:
            return True
        return self.access(user, holder) > 0
