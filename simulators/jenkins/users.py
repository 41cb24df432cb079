"""Who calls: accounts, API tokens, sessions and the crumb that belongs to a session."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
import uuid
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

from simulators.jenkins.errors import bad_credentials
from simulators.system import Call

ADMIN, ADMIN_TOKEN, ADMIN_PASSWORD = "admin", "jenkins-sim-token", "jenkins-sim-password"
RESERVED = ("anonymous", "system", "unknown")
USER_NAME = re.compile(r"[\w-]+", re.ASCII)


@dataclass
class User:
    """`password` is None for somebody known only from commits: no log-in, and the name is not "taken"."""

    id: str
    full_name: str
    email: str = ""
    password: str | None = None
    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)

    def state(self) -> dict[str, Any]:
        return {
            "full_name": self.full_name,
            "email": self.email,
            "has_password": self.password is not None,
            "tokens": [name for name, _ in self.tokens.values()],
        }


@dataclass(frozen=True)
class Caller:
    """The one who sent a request; `user` is None for anonymous, `session` is what its crumb hangs on."""

    user: User | None
    by_token: bool = False
    session: str | None = None

    @property
    def name(self) -> str:
        return self.user.id if self.user else "anonymous"


class Users:
    """Accounts by lower-case id (ids ignore letter case), and the sessions of this start of the server."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._salt = secrets.token_hex(16)
        self.sessions: set[str] = set()
        self.cookie = f"JSESSIONID.{secrets.token_hex(4)}"
        self.add(User(ADMIN, ADMIN, password=ADMIN_PASSWORD, tokens={str(uuid.uuid4()): ("simulator", ADMIN_TOKEN)}))

    def add(self, user: User) -> None:
        self._users[user.id.lower()] = user

    def get(self, user_id: str) -> User | None:
        return self._users.get(user_id.lower())

    def remove(self, user: User) -> None:
        self._users.pop(user.id.lower(), None)

    def generate_token(self, user: User, name: str) -> dict[str, Any]:
        """A new API token; its value is shown here and never again. Names need not be unique."""
        token_id, value = str(uuid.uuid4()), "11" + secrets.token_hex(16)
        user.tokens[token_id] = (name, value)
        made = {"tokenName": name, "tokenUuid": token_id, "tokenValue": value}
        return made | {"aboutToExpire": False, "expirationDate": "never"}

    def identify(self, call: Call) -> Caller:
        """Basic with API token or password; raises the 401 for anything wrong."""
        session = self._session(call)
        scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return Caller(None, session=session)
        name, password = _decode(encoded)
        user = self.get(name)
        if user and any(password == value for _, value in user.tokens.values()):
            return Caller(user, by_token=True, session=session)
        if user and user.password is not None and password == user.password:
            return Caller(user, session=session)
        raise bad_credentials(name)

    def _session(self, call: Call) -> str | None:
        cookie = call.headers.get("cookie")
        if not cookie or self.cookie not in cookie:
            return None
        morsel = SimpleCookie(cookie).get(self.cookie)
        return morsel.value if morsel and morsel.value in self.sessions else None

    def open_session(self) -> str:
        session = f"node0{secrets.token_hex(12)}"
        self.sessions.add(session)
        return session

    def crumb(self, caller: Caller, session: str) -> str:
        """64 hex digits over user name and session id: another session or user makes it invalid."""
        return hashlib.sha256(f"{caller.name};{session};{self._salt}".encode()).hexdigest()

    def restart(self) -> None:
        """A restarted server knows its users and no session."""
        self.sessions.clear()

    def state(self) -> dict[str, Any]:
        return {user.id: user.state() for user in self._users.values()}


def _decode(encoded: str) -> tuple[str, str]:
    try:
        name, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise bad_credentials("") from None
    return name, password
