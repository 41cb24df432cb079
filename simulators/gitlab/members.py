"""Members of groups and projects: direct ones can conflict, inherited ones cannot."""

from __future__ import annotations

from typing import Any

from simulators.gitlab.ask import Ask
from simulators.gitlab.errors import error, message, no_record, not_found
from simulators.gitlab.models import LEVEL_NAMES, MAINTAINER, MEMBER_LEVELS, OWNER, Group, Member, Project, User
from simulators.gitlab.paging import Page
from simulators.gitlab.params import Number, Text, at_least_one

Holder = Group | Project


def _holder(ask: Ask, level: int = 0) -> Holder:
    """The group or project that the address names; changing a group's members takes its owner."""
    if ask.call.path.startswith("/api/v4/groups/"):
        return ask.group(OWNER if level else 0)
    return ask.project(MAINTAINER if level else 0)


def _effective(ask: Ask, holder: Holder) -> dict[int, Member]:
    """Direct and inherited members, each with the highest level."""
    found: dict[int, Member] = {}
    for user_id in ask.lab.store.users:
        rows = ask.lab.store.memberships(holder, user_id)
        if rows:
            found[user_id] = max((member for _, member in rows), key=lambda member: member.access_level)
    return found


def _page(ask: Ask, members: dict[int, Member]) -> Page:
    wanted, users = str(ask.data.get("query", "")).lower(), ask.lab.store.users
    found = [one for key, one in members.items() if wanted in f"{users[key].name} {users[key].username}".lower()]
    return Page(found, ask.lab.entities.member)


def list_members(ask: Ask) -> Page:
    return _page(ask, _holder(ask).members)


def list_all_members(ask: Ask) -> Page:
    return _page(ask, _effective(ask, _holder(ask)))


def _row(ask: Ask, members: dict[int, Member]) -> Member:
    key = ask.path["user_id"]
    member = members.get(int(key)) if key.isdigit() else None
    if member is None:
        raise no_record()
    return member


def get_member(ask: Ask) -> dict[str, Any]:
    return ask.lab.entities.member(_row(ask, _holder(ask).members))


def get_any_member(ask: Ask) -> dict[str, Any]:
    return ask.lab.entities.member(_row(ask, _effective(ask, _holder(ask))))


def add_member(ask: Ask) -> dict[str, Any]:
    """201; with a list of ids 201 even when some of them failed, and the body says so."""
    holder = _holder(ask, OWNER)
    at_least_one(ask.data, "user_id", "username")
    given = ask.fields(Number("access_level", True), Text("user_id"), Text("username"), Text("expires_at"))
    wanted = given.get("user_id") or given["username"]
    if "," in wanted:
        return _add_several(ask, holder, wanted, given)
    user = _user(ask, wanted)
    if user is None:
        raise not_found("User")
    if user.id in holder.members:
        raise message(409, "Member already exists")
    if problem := _level_problem(ask, holder, user, given["access_level"]):
        raise message(400, {"access_level": [problem]})
    return ask.lab.entities.member(_add(ask, holder, user, given))


def _user(ask: Ask, wanted: str) -> User | None:
    return ask.lab.store.users.get(int(wanted)) if wanted.isdigit() else ask.lab.store.user_named(wanted)


def _add(ask: Ask, holder: Holder, user: User, given: dict[str, Any]) -> Member:
    member = Member(user.id, given["access_level"], ask.lab.clock.now(), ask.me.id, given.get("expires_at"))
    holder.members[user.id] = member
    return member


def _add_several(ask: Ask, holder: Holder, wanted: str, given: dict[str, Any]) -> dict[str, Any]:
    failures = {}
    for key in wanted.split(","):
        user = _user(ask, key.strip())
        if user is None:
            failures[key.strip()] = "404 User Not Found"
        elif user.id in holder.members:
            failures[user.username] = "Member already exists"
        elif problem := _level_problem(ask, holder, user, given["access_level"]):
            failures[user.username] = f"Access level {problem}"
        else:
            _add(ask, holder, user, given)
    return {"status": "error", "message": failures} if failures else {"status": "success"}


def _level_problem(ask: Ask, holder: Holder, user: User, level: int) -> str | None:
    """A level that does not exist, or one below what a group above gives already."""
    if level not in MEMBER_LEVELS:
        return "is not included in the list"
    above = [(one, member) for one, member in ask.lab.store.memberships(holder, user.id) if one is not holder]
    for group, member in above:
        if member.access_level > level:
            role = LEVEL_NAMES[member.access_level]
            return f"should be greater than or equal to {role} inherited membership from group {group.name}"
    return None


def update_member(ask: Ask) -> dict[str, Any]:
    holder = _holder(ask, OWNER)
    member = _row(ask, holder.members)
    given = ask.fields(Number("access_level", True), Text("expires_at"))
    if problem := _level_problem(ask, holder, ask.lab.store.users[member.user_id], given["access_level"]):
        raise message(400, {"access_level": [problem]})
    member.access_level = given["access_level"]
    member.expires_at = given.get("expires_at", member.expires_at)
    return ask.lab.entities.member(member)


def remove_member(ask: Ask) -> None:
    holder = _holder(ask, OWNER)
    member = _row(ask, holder.members)
    owners = [one for one in holder.members.values() if one.access_level == OWNER]
    if isinstance(holder, Group) and holder.parent is None and owners == [member]:
        raise error(403, "403 Forbidden")
    del holder.members[member.user_id]
