"""Users: made by an administrator, found by their exact username, blocked with answers that differ from each other."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import JSONResponse

from simulators.gitlab.ask import Ask
from simulators.gitlab.errors import TAKEN, forbidden, message, not_found, unauthorized
from simulators.gitlab.models import OWNER, User, fingerprint
from simulators.gitlab.paging import Page
from simulators.gitlab.params import Flag, Number, Text, at_least_one
from simulators.gitlab.search import fuzzy

SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 128
WEAK_UNTIL, WEAK_PART = 64, 4
FORBIDDEN_WORDS = {"gitlab", "devops"}
BREACHED = {"password", "12345678", "123456789", "qwertyuiop", "iloveyou", "password1", "11111111"}
WEAK = "must not contain commonly used combinations of words and letters"
GOOD_USERNAME = re.compile(r"[a-zA-Z0-9_.][a-zA-Z0-9_.-]*(?<![.])")
EXTRAS = (
    Flag("can_create_group"),
    Number("projects_limit"),
    Flag("external"),
    Flag("private_profile"),
    Text("note"),
)


def current_user(ask: Ask) -> dict[str, Any]:
    return ask.lab.entities.user_admin_view(ask.me)


def list_users(ask: Ask) -> Page:
    """`username` is exact in any letter case; `search` is fuzzy over name and username, and exact for an e-mail."""
    wanted, search = ask.data.get("username"), str(ask.data.get("search", ""))
    if ask.user is None and not wanted:
        raise unauthorized()
    users = list(ask.lab.store.users.values())
    if wanted is not None:
        users = [user for user in users if user.username.lower() == str(wanted).lower()]
    if search:
        users = [one for one in users if search.lower() == one.email.lower() or fuzzy(search, one.name, one.username)]
    users.sort(key=lambda user: -user.id)
    return Page(users, lambda user: _view(ask, user))


def _view(ask: Ask, user: User) -> dict[str, Any]:
    full = ask.user is not None and (ask.user.admin or ask.user.id == user.id)
    return ask.lab.entities.user_admin_view(user) if full else ask.lab.entities.user_basic(user)


def _found(ask: Ask) -> User:
    key = ask.path["id"]
    user = ask.lab.store.users.get(int(key)) if key.isdigit() else None
    if user is None:
        raise not_found("User")
    return user


def create_user(ask: Ask) -> dict[str, Any]:
    """The e-mail is checked before the username; both conflicts are 409 with a sentence."""
    ask.administrator()
    given = ask.fields(
        Text("email", True),
        Text("name", True),
        Text("username", True),
        Text("password"),
        Flag("skip_confirmation"),
        Flag("admin"),
        Text("extern_uid"),
        Text("provider"),
        *EXTRAS,
    )
    at_least_one(ask.data, "password", "reset_password", "force_random_password")
    _check_conflicts(ask, given)
    if problems := _problems(given):
        raise message(400, problems)
    extra = {field.name: given[field.name] for field in EXTRAS if field.name in given}
    if given.get("provider") and given.get("extern_uid"):
        extra["identities"] = [{"provider": given["provider"], "extern_uid": given["extern_uid"]}]
    user = ask.lab.store.add_user(
        given["username"],
        given["name"],
        given["email"],
        admin=given.get("admin", False),
        confirmed=given.get("skip_confirmation", False),
        password_sha=fingerprint(given.get("password")),
        extra=extra,
    )
    return ask.lab.entities.user_admin_view(user)


def _check_conflicts(ask: Ask, given: dict[str, Any]) -> None:
    store = ask.lab.store
    if any(user.email.lower() == given["email"].lower() for user in store.users.values()):
        raise message(409, "Email has already been taken")
    if store.user_named(given["username"]):
        raise message(409, "Username has already been taken")
    if store.taken(given["username"]) is not None:
        raise message(400, {"username": [TAKEN]})


def _problems(given: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", given["email"]):
        found["email"] = ["is invalid"]
    if not GOOD_USERNAME.fullmatch(given["username"]):
        found["username"] = ["can contain only letters, digits, '_', '-' and '.'."]
    if given.get("password") and (text := _password_problem(given)):
        found["password"] = [text]
    return found


def _password_problem(given: dict[str, Any]) -> str | None:
    """Length first; then breached words, the name of the product, and parts of the person's own names."""
    password = given["password"]
    if len(password) < SHORTEST_PASSWORD:
        return f"is too short (minimum is {SHORTEST_PASSWORD} characters)"
    if len(password) > LONGEST_PASSWORD:
        return f"is too long (maximum is {LONGEST_PASSWORD} characters)"
    if len(password) >= WEAK_UNTIL:
        return None
    own = re.split(r"[\s@._+-]+", f"{given['name']} {given['username']} {given['email']}".lower())
    words = FORBIDDEN_WORDS | {part for part in own if len(part) >= WEAK_PART}
    weak = password.lower() in BREACHED or any(word in password.lower() for word in words)
    return WEAK if weak else None


def block(ask: Ask) -> JSONResponse:
    """`true`, and `null` when there was nothing to do."""
    ask.administrator()
    user = _found(ask)
    if user.id == ask.me.id:
        raise forbidden("The API initiating user cannot be blocked by the API")
    changed, user.state = user.state != "blocked", "blocked"
    return JSONResponse(True if changed else None, 201)


def unblock(ask: Ask) -> JSONResponse:
    """`true`, and `false` when there was nothing to do."""
    ask.administrator()
    user = _found(ask)
    changed, user.state = user.state == "blocked", "active"
    return JSONResponse(changed, 201)


def delete_user(ask: Ask) -> None:
    ask.administrator()
    user = _found(ask)
    if any(_sole_owner(group.members, user) for group in ask.lab.store.groups()):
        raise message(409, "User cannot be removed while is the sole-owner of a group")
    ask.lab.store.remove_user(user)


def _sole_owner(members: dict[int, Any], user: User) -> bool:
    return [one.user_id for one in members.values() if one.access_level == OWNER] == [user.id]
