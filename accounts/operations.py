"""What people do with their own account: log in, log out, change the profile."""

from dataclasses import dataclass
from uuid import uuid4

from django.contrib import auth
from django.http import HttpRequest

from accounts import throttle, tokens
from accounts.models import User
from accounts.tokens import SID, Pair
from config.errors import Unauthenticated


@dataclass(frozen=True)
class Session:
    """A log-in: who, and the tokens for programs. The browser's session is in the request."""

    user: User
    tokens: Pair


def log_in(*, request: HttpRequest, username: str, password: str) -> Session:
    """Begin a session. Unknown names, wrong passwords and deactivated people take equally long and read the same."""
    name, address = username.strip().lower(), throttle.address_of(request)
    throttle.admit(name, address)
    # Django hashes once for an unknown name, too.
    user = auth.authenticate(request, username=name, password=password)
    if not isinstance(user, User):
        raise Unauthenticated("invalid_credentials", "Invalid credentials")
    throttle.forgive(name, address)
    auth.login(request, user)
    request.session[SID] = sid = uuid4().hex
    return Session(user, tokens.issue(user, sid))


def log_out(*, request: HttpRequest, user: User, sid: str | None) -> None:
    """End the browser's session and revoke the refresh tokens of the log-in."""
    for each in {sid, request.session.get(SID)} - {None}:
        tokens.revoke(user, str(each))
    auth.logout(request)


def change_profile(*, user: User, display_name: str) -> User:
    """What a person may change about oneself."""
    user.display_name = display_name
    user.save(update_fields=["display_name"])
    return user
