"""Groups: found by id or full path, made, renamed, deleted in two phases."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse

from simulators.gitlab import deletion
from simulators.gitlab.ask import Ask
from simulators.gitlab.errors import TAKEN, Problem, error, forbidden, message, not_found
from simulators.gitlab.models import MAINTAINER, OWNER, VISIBILITIES, Group, Member, Namespace
from simulators.gitlab.names import BAD_PATH, good_path
from simulators.gitlab.paging import Page
from simulators.gitlab.params import Flag, Number, Record, Text
from simulators.gitlab.projects import list_of
from simulators.gitlab.search import fuzzy

FIELDS = (
    Text("description"),
    Text("visibility", values=VISIBILITIES),
    Record("default_branch_protection_defaults"),
    Number("default_branch_protection", values=(0, 1, 2, 3, 4)),
)


def ruby_hash(problems: dict[str, list[str]]) -> str:
    """A Ruby hash printed as text, which is what a client gets for a conflict."""
    inside = ", ".join(f':{name}=>["{texts[0]}"]' for name, texts in problems.items())
    return "{" + inside + "}"


def refused(problems: dict[str, list[str]]) -> Problem:
    return message(400, f"Failed to save group {ruby_hash(problems)}")


def list_groups(ask: Ask) -> Page:
    return _page(ask, ask.lab.store.groups())


def subgroups(ask: Ask) -> Page:
    group = ask.group()
    return _page(ask, [one for one in ask.lab.store.groups() if one.parent is group])


def _page(ask: Ask, groups: list[Group]) -> Page:
    wanted, store = str(ask.data.get("search", "")), ask.lab.store
    top_only = ask.fields(Flag("top_level_only")).get("top_level_only", False)
    found = [
        group
        for group in groups
        if store.visible(ask.user, group)
        and (not wanted or fuzzy(wanted, group.name, group.path))
        and not (top_only and group.parent)
    ]
    return Page(sorted(found, key=lambda group: group.name.lower()), ask.lab.entities.group)


def get_group(ask: Ask) -> dict[str, Any]:
    with_projects = ask.fields(Flag("with_projects")).get("with_projects", True)
    return ask.lab.entities.group_detail(ask.group(), with_projects)


def create_group(ask: Ask) -> dict[str, Any]:
    given = ask.fields(Text("name", True), Text("path", True), Number("parent_id"), *FIELDS)
    parent = _parent(ask, given)
    check(ask, parent, given["name"], given["path"])
    store, now = ask.lab.store, ask.lab.clock.now()
    group = Group(store.next_id("namespace"), given["name"], given["path"], parent, now)
    _assign(group, given)
    if parent is None:
        group.members[ask.me.id] = Member(ask.me.id, OWNER, now, ask.me.id)
    store.add_namespace(group)
    return ask.lab.entities.group(group)


def _parent(ask: Ask, given: dict[str, Any]) -> Group | None:
    if "parent_id" not in given:
        return None
    parent = ask.lab.store.group(str(given["parent_id"]))
    if parent is None or not ask.lab.store.visible(ask.me, parent):
        raise not_found("Group")
    if ask.lab.store.access(ask.me, parent) < MAINTAINER:
        raise forbidden()
    return parent


def check(ask: Ask, parent: Namespace | None, name: str, path: str, own: Group | None = None) -> None:
    """Refuse a path that no group may have or that a group, person or project has already."""
    if not good_path(path):
        raise refused({"path": [BAD_PATH]})
    store = ask.lab.store
    taken = store.taken(f"{parent.full_path}/{path}" if parent else path)
    if taken is not None and taken is not own:
        raise refused({"path": [TAKEN]})
    if parent and any(one.parent is parent and one.name == name and one is not own for one in store.groups()):
        raise refused({"name": [TAKEN]})


def _assign(group: Group, given: dict[str, Any]) -> None:
    group.description = given.get("description", group.description)
    group.visibility = given.get("visibility", group.visibility)
    if level := PROTECTION_LEVELS.get(given.get("default_branch_protection", -1)):
        group.protection = level
    group.protection = given.get("default_branch_protection_defaults", group.protection)


def _levels(push: int, merge: int, force: bool) -> dict[str, Any]:
    return {
        "allowed_to_push": [{"access_level": push}],
        "allow_force_push": force,
        "allowed_to_merge": [{"access_level": merge}],
        "developer_can_initial_push": False,
    }


PROTECTION_LEVELS = {
    0: _levels(30, 30, True),
    1: _levels(30, 40, False),
    2: _levels(40, 40, False),
    3: _levels(40, 30, False),
    4: {**_levels(40, 40, False), "developer_can_initial_push": True},
}


def update_group(ask: Ask) -> dict[str, Any]:
    group = ask.group(OWNER)
    given = ask.fields(Text("name"), Text("path"), *FIELDS)
    name, path = given.get("name", group.name), given.get("path", group.path)
    check(ask, group.parent, name, path, group)
    if (name, path) != (group.name, group.path):
        ask.lab.store.rename_namespace(group, name, path)
    _assign(group, given)
    return ask.lab.entities.group(group)


def group_projects(ask: Ask) -> Page:
    group, store = ask.group(), ask.lab.store
    deep = ask.fields(Flag("include_subgroups")).get("include_subgroups", False)
    spaces = store.below(group) if deep else [group]
    return list_of(ask, [project for space in spaces for project in store.projects_in(space)])


def delete_group(ask: Ask) -> JSONResponse:
    group = ask.group(OWNER)
    given = ask.fields(Flag("permanently_remove"), Text("full_path"))
    lab = ask.lab
    if given.get("permanently_remove"):
        _check_permanent(group, given)
        deletion.destroy_group(lab, group)
    elif lab.rules.version < 18:
        deletion.destroy_group(lab, group)
    elif group.marked_at is not None:
        raise message(400, "Group has been already marked for deletion")
    else:
        deletion.mark_group(lab, group)
    return JSONResponse({"message": "202 Accepted"}, 202)


def _check_permanent(group: Group, given: dict[str, Any]) -> None:
    if group.parent is None:
        raise error(400, "`permanently_remove` option is only available for subgroups.")
    if group.marked_at is None:
        raise message(400, "Group must be marked for deletion first.")
    if given.get("full_path") != group.full_path:
        raise message(400, "`full_path` is incorrect. You must enter the complete path for the subgroup.")


def restore_group(ask: Ask) -> dict[str, Any]:
    group = ask.group(OWNER)
    if group.marked_at is None or group.name_before is None:
        raise not_found()
    name, path = group.name_before
    check(ask, group.parent, name, path, group)
    ask.lab.store.rename_namespace(group, name, path)
    group.marked_at = group.name_before = None
    return ask.lab.entities.group(group)
