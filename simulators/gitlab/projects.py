"""Projects: found (with the traps of their search), made, changed, moved, archived."""

from __future__ import annotations

from typing import Any

from simulators.gitlab.ask import Ask
from simulators.gitlab.changes import after_write, refresh
from simulators.gitlab.entities import FEATURES, MERGING
from simulators.gitlab.errors import STILL_DELETED, TAKEN, error, forbidden, message, not_found
from simulators.gitlab.imports import look
from simulators.gitlab.models import DEVELOPER, MAINTAINER, OWNER, VISIBILITIES, Namespace, Project, User
from simulators.gitlab.names import BAD_NAME, BAD_PATH, good_name, good_path, path_from
from simulators.gitlab.paging import Page
from simulators.gitlab.params import Field, Flag, Number, Text, Texts, at_least_one
from simulators.gitlab.repository import FILE, Author, Entry
from simulators.gitlab.search import fuzzy

README = Flag("initialize_with_readme")
ORDERS = ("id", "name", "path", "created_at", "updated_at", "last_activity_at")
SHARED_FIELDS: tuple[Field, ...] = (
    Text("description"),
    Text("visibility", values=VISIBILITIES),
    Text("default_branch"),
    Texts("topics"),
    Texts("tag_list"),
)


def get_project(ask: Ask) -> dict[str, Any]:
    """Looking counts: a fork that is to be ready after n looks was seen once more."""
    project = ask.project()
    look(project)
    return ask.lab.entities.project_for(project, ask.lab.store.access(ask.user, project))


def list_projects(ask: Ask) -> Page:
    return list_of(ask, list(ask.lab.store.projects.values()))


def list_of(ask: Ask, projects: list[Project]) -> Page:
    """Those of the projects that the caller sees and the query asks for, newest first unless it says otherwise."""
    given = ask.fields(
        Text("order_by", values=ORDERS),
        Text("sort", values=("asc", "desc")),
        Text("search"),
        Flag("search_namespaces"),
        Flag("simple"),
        Flag("archived"),
        Flag("owned"),
        Flag("membership"),
        Text("visibility", values=VISIBILITIES),
    )
    found = [project for project in map(ask.lab.current, projects) if project and _wanted(ask, given, project)]
    order = given.get("order_by", "created_at")
    keyset = ask.data.get("pagination") == "keyset"
    if keyset and order != "id":
        raise error(405, "Keyset pagination is not yet available for this type of request")
    found.sort(key=lambda project: _order_key(project, order), reverse=given.get("sort", "desc") == "desc")
    entities = ask.lab.entities
    return Page(found, entities.project_basic if given.get("simple") else entities.project, keyset=keyset)


def _order_key(project: Project, order: str) -> Any:
    if order in ("name", "path"):
        return getattr(project, order).lower()
    return (project.updated_at, project.id) if order in ("updated_at", "last_activity_at") else project.id


def _wanted(ask: Ask, given: dict[str, Any], project: Project) -> bool:
    store = ask.lab.store
    if project.destroy_at is not None or not store.visible(ask.user, project):
        return False
    if "archived" in given and project.archived != given["archived"]:
        return False
    if given.get("visibility", project.visibility) != project.visibility:
        return False
    if (given.get("owned") or given.get("membership")) and not _mine(ask, project, OWNER if given.get("owned") else 1):
        return False
    if not given.get("search"):
        return True
    if given.get("search_namespaces"):
        return fuzzy(given["search"], project.full_path, project.full_name, project.description)
    return fuzzy(given["search"], project.path, project.name, project.description)


def _mine(ask: Ask, project: Project, level: int) -> bool:
    """Member by right of a membership, not of being administrator."""
    if project.namespace.id == ask.me.namespace_id:
        return True
    return any(member.access_level >= level for _, member in ask.lab.store.memberships(project, ask.me.id))


def target_namespace(ask: Ask, key: str, lacking: str = "Namespace") -> Namespace:
    """Where a project is to go: 404 when the namespace is missing, hidden, or (as `lacking` says) not allowed."""
    store = ask.lab.store
    found = store.namespace(key)
    if found is None or not store.visible(ask.me, found):
        raise not_found("Namespace")
    if store.access(ask.me, found) < DEVELOPER:
        raise forbidden() if lacking == "Namespace" else not_found(lacking)
    return found


def name_problems(name: str, path: str) -> dict[str, list[str]]:
    found = {}
    if not good_name(name):
        found["name"] = [BAD_NAME]
    if not good_path(path):
        found["path"] = [BAD_PATH]
    return found


def conflicts(ask: Ask, space: Namespace, name: str, path: str, own: int = 0) -> dict[str, list[str]]:
    """What stands in the way of a name and a path, in the form of `POST /projects`; a fork puts it into sentences."""
    store, found = ask.lab.store, {}
    if namesake := store.projects.get(store.named(space, name) or 0):
        ask.lab.current(namesake)
    taken = store.taken(f"{space.full_path}/{path}")
    if isinstance(taken, Project):
        taken = ask.lab.current(taken)
    if isinstance(taken, Project) and taken.destroy_at is not None:
        return {"project_namespace.name": [TAKEN], "base": [STILL_DELETED]}
    if store.named(space, name) not in (None, own):
        found = {"project_namespace.name": [TAKEN], "name": [TAKEN]}
    if taken is not None and getattr(taken, "id", 0) != own:
        found["path"] = [TAKEN]
    return found


def create_project(ask: Ask) -> dict[str, Any]:
    user = ask.me
    at_least_one(ask.data, "name", "path")
    given = ask.fields(Text("name"), Text("path"), Number("namespace_id"), README, *SHARED_FIELDS)
    name = given.get("name") or given["path"]
    path = given.get("path") or path_from(name)
    space = target_namespace(ask, str(given.get("namespace_id", user.namespace_id)))
    if problems := name_problems(name, path) or conflicts(ask, space, name, path):
        raise message(400, problems)
    project = new_project(ask, space, name, path, given.get("default_branch") or "main")
    assign(ask, project, given)
    ask.lab.store.add_project(project)
    if given.get("initialize_with_readme"):
        _write_readme(ask, project, user)
    return ask.lab.entities.project_for(project, ask.lab.store.access(user, project))


def new_project(ask: Ask, space: Namespace, name: str, path: str, branch: str) -> Project:
    """A project with an empty repository that nobody sees yet."""
    store, now = ask.lab.store, ask.lab.clock.now()
    number = store.next_id("project")
    repository = store.new_repository(number, branch)
    return Project(number, name, path, space, repository, now, ask.me.id, default_branch=branch, updated_at=now)


def _write_readme(ask: Ask, project: Project, user: User) -> None:
    author = Author(user.name, user.email, ask.lab.clock.now())
    blob = project.repository.add_file(f"# {project.name}\n".encode())
    sha = project.repository.write_commit([], {"README.md": Entry(FILE, blob)}, "Initial commit", author, author)
    branch = project.default_branch or "main"
    project.repository.move(f"refs/heads/{branch}", None, sha)
    after_write(ask.lab, project, user, {f"refs/heads/{branch}": (None, sha)})


def assign(ask: Ask, project: Project, given: dict[str, Any]) -> None:
    project.description = given.get("description", project.description)
    project.visibility = given.get("visibility", project.visibility)
    project.topics = given.get("topics", given.get("tag_list", project.topics))
    project.extra |= {key: value for key, value in ask.data.items() if key in FEATURES | MERGING}


def update_project(ask: Ask) -> dict[str, Any]:
    project = ask.project(MAINTAINER)
    if not set(ask.data):
        raise error(400, "name, path, description, visibility are missing, at least one parameter must be provided")
    given = ask.fields(Text("name"), Text("path"), *SHARED_FIELDS)
    name, path = given.get("name", project.name), given.get("path", project.path)
    if (name, path) != (project.name, project.path):
        _rename(ask, project, name, path)
    if branch := given.get("default_branch"):
        _set_default_branch(project, branch)
    assign(ask, project, given)
    project.updated_at = ask.lab.clock.now()
    refresh(project)
    return ask.lab.entities.project_for(project, ask.lab.store.access(ask.me, project))


def _rename(ask: Ask, project: Project, name: str, path: str) -> None:
    if problems := name_problems(name, path) or conflicts(ask, project.namespace, name, path, project.id):
        raise message(400, problems)
    ask.lab.store.move_project(project, project.namespace, name, path)


def _set_default_branch(project: Project, branch: str) -> None:
    if not project.empty and project.repository.branch(branch) is None:
        raise message(400, {"base": ["Could not set the default branch"]})
    project.default_branch = branch
    project.repository.set_head(branch)


def archive(ask: Ask) -> dict[str, Any]:
    return _archived(ask, True)


def unarchive(ask: Ask) -> dict[str, Any]:
    return _archived(ask, False)


def _archived(ask: Ask, archived: bool) -> dict[str, Any]:
    project = ask.project(OWNER)
    project.archived = archived
    return ask.lab.entities.project_for(project, ask.lab.store.access(ask.me, project))


def transfer(ask: Ask) -> dict[str, Any]:
    project = ask.project(OWNER)
    space = target_namespace(ask, ask.fields(Text("namespace", True))["namespace"])
    if conflicts(ask, space, project.name, project.path, project.id):
        text = "Project with same name or path in target namespace already exists"
        raise message(400, f'Failed to transfer project {{:new_namespace=>["{text}"]}}')
    ask.lab.store.move_project(project, space, project.name, project.path)
    return ask.lab.entities.project_for(project, ask.lab.store.access(ask.me, project))
