"""Protected branches, with the PATCH that answers 200 and changes nothing."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from simulators.gitlab.ask import Ask
from simulators.gitlab.errors import message, no_record
from simulators.gitlab.models import (
    ADMIN,
    DEVELOPER,
    MAINTAINER,
    NO_ACCESS,
    AccessRule,
    Group,
    Project,
    ProtectedBranch,
    User,
)
from simulators.gitlab.paging import Page
from simulators.gitlab.params import Flag, Number, Records, Text

if TYPE_CHECKING:
    from simulators.gitlab.responses import GitLab

LEVELS = (NO_ACCESS, DEVELOPER, MAINTAINER, ADMIN)
DESCRIPTIONS = {0: "No one", 30: "Developers + Maintainers", 40: "Maintainers", 60: "Administrators"}
EE_FIELDS = (
    Records("allowed_to_push"),
    Records("allowed_to_merge"),
    Records("allowed_to_unprotect"),
    Flag("code_owner_approval_required"),
    Number("unprotect_access_level", values=LEVELS[1:]),
)


def render(lab: GitLab, branch: ProtectedBranch) -> dict[str, Any]:
    found = {
        "id": branch.id,
        "name": branch.name,
        "push_access_levels": [{**_rule(lab, rule, True)} for rule in branch.push],
        "merge_access_levels": [_rule(lab, rule, False) for rule in branch.merge],
        "allow_force_push": branch.allow_force_push,
    }
    if lab.rules.enterprise:
        found["unprotect_access_levels"] = [_rule(lab, rule, False) for rule in branch.unprotect]
        found["code_owner_approval_required"] = branch.code_owner_approval_required
        found["inherited"] = False
    return found


def _rule(lab: GitLab, rule: AccessRule, push: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": rule.id,
        "access_level": rule.access_level,
        "access_level_description": DESCRIPTIONS[rule.access_level],
    }
    if push:
        found["deploy_key_id"] = None
    return found | ({"user_id": None, "group_id": None} if lab.rules.enterprise else {})


def _look(ask: Ask, level: int) -> Project:
    """The project of the path. Each look brings the server's own protection nearer, when that is set to count looks."""
    project = ask.project(level)
    if project.protect_looks > 0:
        project.protect_looks -= 1
    return project


def list_protected(ask: Ask) -> Page:
    project = _look(ask, DEVELOPER)
    wanted = str(ask.data.get("search", "")).lower()
    found = [branch for name, branch in sorted(project.protected.items()) if wanted in name.lower()]
    return Page(found, lambda branch: render(ask.lab, branch))


def get_protected(ask: Ask) -> dict[str, Any]:
    return render(ask.lab, _found(ask, _look(ask, DEVELOPER)))


def _found(ask: Ask, project: Project) -> ProtectedBranch:
    branch = project.protected.get(ask.path["name"])
    if branch is None:
        raise no_record()
    return branch


def protect(ask: Ask) -> dict[str, Any]:
    """The branch need not exist. 409 when a rule of that name does."""
    project = ask.project(MAINTAINER)
    given = ask.fields(
        Text("name", True),
        Number("push_access_level", values=LEVELS),
        Number("merge_access_level", values=LEVELS),
        Flag("allow_force_push"),
        *(EE_FIELDS if ask.lab.rules.enterprise else ()),
    )
    if given["name"] in project.protected:
        raise message(409, f"Protected branch '{given['name']}' already exists")
    branch = new_rule(
        ask.lab,
        given["name"],
        _wanted(given, "push_access_level", "allowed_to_push"),
        _wanted(given, "merge_access_level", "allowed_to_merge"),
        given.get("allow_force_push", False),
    )
    project.protected[branch.name] = branch
    return render(ask.lab, branch)


def _wanted(given: dict[str, Any], one: str, several: str) -> list[int]:
    listed = [item["access_level"] for item in given.get(several, []) if "access_level" in item]
    return listed or [given.get(one, MAINTAINER)]


def new_rule(lab: GitLab, name: str, push: list[int], merge: list[int], force: bool) -> ProtectedBranch:
    store = lab.store
    return ProtectedBranch(
        store.next_id("protected_branch"),
        name,
        [AccessRule(store.next_id("push_level"), level) for level in push],
        [AccessRule(store.next_id("merge_level"), level) for level in merge],
        allow_force_push=force,
    )


def change(ask: Ask) -> dict[str, Any]:
    """PATCH. CE knows only `allow_force_push`; a POST's levels are ignored everywhere, and the answer is still 200."""
    branch = _found(ask, ask.project(MAINTAINER))
    given = ask.fields(Flag("allow_force_push"), *(EE_FIELDS if ask.lab.rules.enterprise else ()))
    edited = {
        name: _edited(ask.lab, getattr(branch, name), given.get(field, []), title)
        for name, field, title in (
            ("push", "allowed_to_push", "Push"),
            ("merge", "allowed_to_merge", "Merge"),
            ("unprotect", "allowed_to_unprotect", "Unprotect"),
        )
    }
    for name, rules in edited.items():
        setattr(branch, name, rules)
    branch.allow_force_push = given.get("allow_force_push", branch.allow_force_push)
    branch.code_owner_approval_required = given.get("code_owner_approval_required", branch.code_owner_approval_required)
    return render(ask.lab, branch)


def _edited(lab: GitLab, rules: list[AccessRule], items: list[dict[str, Any]], title: str) -> list[AccessRule]:
    """EE's arrays add (no id), change (id) or remove (id and _destroy); they never replace the stored set."""
    found = {rule.id: rule.access_level for rule in rules}
    for item in items:
        number = int(item.get("id") or lab.store.next_id(f"{title.lower()}_level"))
        if item.get("id") and number not in found:
            raise no_record()
        if item.get("_destroy"):
            del found[number]
        elif "access_level" in item:
            found[number] = int(item["access_level"])
    levels = list(found.values())
    if len(set(levels)) < len(levels):
        raise message(422, [f"{title} access levels access level has already been taken"])
    return [AccessRule(number, level) for number, level in found.items()]


def unprotect(ask: Ask) -> None:
    project = ask.project(MAINTAINER)
    del project.protected[_found(ask, project).name]


def advance(lab: GitLab, project: Project) -> None:
    """The server's own write after an import or a first push, unless somebody protected the branch before."""
    if project.protect_at is None or project.protect_looks > 0 or lab.clock.now() < project.protect_at:
        return
    project.protect_at = None
    if project.default_branch and project.default_branch not in project.protected:
        protect_by_default(lab, project)


def protect_by_default(lab: GitLab, project: Project) -> None:
    """As the group wants it: fully, unless its settings say otherwise."""
    assert project.default_branch
    settings = project.namespace.protection if isinstance(project.namespace, Group) else {}
    push = [item["access_level"] for item in settings.get("allowed_to_push", [{"access_level": MAINTAINER}])]
    merge = [item["access_level"] for item in settings.get("allowed_to_merge", [{"access_level": MAINTAINER}])]
    force = bool(settings.get("allow_force_push", False))
    if force and push == [DEVELOPER] == merge:
        return
    project.protected[project.default_branch] = new_rule(lab, project.default_branch, push, merge, force)


def rules_for(project: Project, branch: str) -> list[ProtectedBranch]:
    """Every rule whose name, perhaps with wildcards, covers the branch."""
    return [rule for name, rule in project.protected.items() if covers(name, branch)]


def covers(name: str, branch: str) -> bool:
    return name == branch or ("*" in name and fnmatchcase(branch, name))


def may_push(lab: GitLab, user: User, project: Project, branch: str) -> bool:
    """Level 0 keeps out even administrators; any other level lets them through."""
    level = lab.store.access(user, project)
    rules = rules_for(project, branch)
    if project.archived or level < DEVELOPER:
        return False
    if not rules:
        return True
    allowed = [rule.access_level for one in rules for rule in one.push if rule.access_level != NO_ACCESS]
    return any(level >= needed for needed in allowed)
