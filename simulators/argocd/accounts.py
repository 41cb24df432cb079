"""Tokens and what they permit: accounts, log-in sessions and the roles of projects."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from http.cookies import SimpleCookie
from typing import Any

import jwt

from simulators.argocd.errors import DENIED, INVALID, UNAUTHENTICATED, Refusal
from simulators.clock import Clock
from simulators.system import Call

KEY = "simulators/argocd: a signing key that protects nothing"
ADMIN, PASSWORD = "admin", "argocd-sim-password"
EPOCH = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
SESSION_SECONDS = 24 * 3600
FAILURES, FAILURE_WINDOW = 5, 300.0


def sign(subject: str, issued: int, token_id: str, expires: int | None = None) -> str:
    claims: dict[str, Any] = {"iss": "argocd", "sub": subject, "nbf": issued, "iat": issued, "jti": token_id}
    return jwt.encode(claims | ({"exp": expires} if expires else {}), KEY, "HS256")


ADMIN_TOKEN = sign("provisioner:apiKey", EPOCH, "simulator")
VIEWER_TOKEN = sign("viewer:apiKey", EPOCH, "simulator")
ADMINISTRATORS = ("admin", "provisioner")


@dataclass(frozen=True)
class Subject:
    """Who a token stands for: an account, or a role of a project with the policies it has now."""

    name: str
    issued: int
    policies: tuple[str, ...] | None = None

    def may(self, resource: str, action: str, target: str) -> bool:
        """Administrators may all, the viewer may look, a project role what its policies say; deny wins."""
        if self.policies is None:
            return self.name in ADMINISTRATORS or action == "get"
        effects = {effect for effect in (judge(policy, resource, action, target) for policy in self.policies) if effect}
        return effects == {"allow"}

    def need(self, resource: str, action: str, target: str) -> None:
        if not self.may(resource, action, target):
            when = datetime.fromtimestamp(self.issued, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            raise Refusal(DENIED, f"permission denied: {resource}, {action}, {target}, sub: {self.name}, iat: {when}")


def judge(policy: str, resource: str, action: str, target: str) -> str | None:
    """`allow`, `deny`, or None when the policy is about something else."""
    parts = [part.strip() for part in policy.split(",")]
    if len(parts) != 6:
        return None
    _, _, on, what, which, effect = parts
    hit = fnmatchcase(resource, on) and fnmatchcase(action, what) and fnmatchcase(target, which)
    return effect if hit else None


@dataclass
class Accounts:
    """Log-in and the judgement of tokens; `projects` gives the policies of a project's role, or None."""

    clock: Clock
    failures: dict[str, list[float]] = field(default_factory=dict)

    def log_in(self, name: str, password: str) -> str:
        """A session token of 24 hours. Five failures within 300 s lock the account, with the same words."""
        if not name or not password:
            raise Refusal(UNAUTHENTICATED, "no credentials supplied")
        if len(name.encode()) > 32:
            raise Refusal(INVALID, "Username is too long (32 bytes max)")
        now = self.clock.now()
        recent = [at for at in self.failures.get(name, []) if at > now - FAILURE_WINDOW]
        if len(recent) >= FAILURES or (name, password) != (ADMIN, PASSWORD):
            self.failures[name] = [*recent, now]
            raise Refusal(UNAUTHENTICATED, "Invalid username or password")
        self.failures.pop(name, None)
        return sign(f"{name}:login", int(now), str(uuid.uuid4()), int(now) + SESSION_SECONDS)

    def claims(self, call: Call) -> dict[str, Any]:
        """The claims of the call's token. Not looking like a JWT is the same as no token at all."""
        token = bearer(call) or cookie(call)
        if not token:
            raise Refusal(UNAUTHENTICATED, "no session information")
        options: jwt.types.Options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
        try:
            claims: dict[str, Any] = jwt.decode(token, KEY, ["HS256"], options=options, issuer="argocd")
        except jwt.InvalidSignatureError:
            raise invalid("token signature is invalid: signature is invalid") from None
        except jwt.InvalidTokenError as error:
            raise invalid(f"token is malformed: {error}") from error
        if claims.get("exp", self.clock.now() + 1) <= self.clock.now():
            raise invalid("token has invalid claims: token is expired")
        return claims


def invalid(why: str) -> Refusal:
    return Refusal(UNAUTHENTICATED, f"invalid session: {why}")


def looks_like_jwt(text: str) -> bool:
    return text.count(".") == 2


def bearer(call: Call) -> str | None:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme == "Bearer" and looks_like_jwt(token.strip()) else None


def cookie(call: Call) -> str | None:
    found = SimpleCookie(call.headers.get("cookie", "")).get("argocd.token")
    return found.value if found and looks_like_jwt(found.value) else None
