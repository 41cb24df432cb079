"""Tokens: a short one for access, and one to get the next pair with, which works once.

Both of a log-in carry its session's id (`sid`), so that logging out revokes without the caller naming the token. The
database keeps a refresh token's id, never the token itself.
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import datetime_from_epoch

from accounts.models import User
from config.errors import Unauthenticated

SID = "sid"


@dataclass(frozen=True)
class Pair:
    """What a caller gets: `access` for the Authorization header, `refresh` for the next pair."""

    access: str
    refresh: str


def issue(user: User, sid: str) -> Pair:
    """A new pair of one log-in."""
    refresh = RefreshToken()
    refresh["sub"], refresh[SID], refresh["jti"] = str(user.pk), sid, f"{sid}.{uuid4().hex}"
    OutstandingToken.objects.create(
        user=user, jti=refresh["jti"], token="", created_at=refresh.current_time, expires_at=expiry(refresh)
    )
    return Pair(access=str(refresh.access_token), refresh=str(refresh))


def expiry(token: RefreshToken) -> Any:
    """When the token ends by itself."""
    return datetime_from_epoch(token["exp"])


def rotate(text: str) -> Pair:
    """The next pair for a refresh token, which is spent by this. Sent twice at once, one wins."""
    with transaction.atomic():
        spent = spend(text)
        user = spent.user
        if not isinstance(user, User) or not user.is_active:
            raise refused()
        return issue(user, spent.jti.partition(".")[0])


def spend(text: str) -> OutstandingToken:
    """Mark the refresh token as used. Raises Unauthenticated for one that is unknown, expired or used already."""
    try:
        found = OutstandingToken.objects.select_related("user").get(jti=RefreshToken(text)["jti"])  # type: ignore[arg-type]
        with transaction.atomic():
            BlacklistedToken.objects.create(token=found)
    except (TokenError, OutstandingToken.DoesNotExist, IntegrityError):
        raise refused()
    return found


def sid_of(token: Any) -> str | None:
    """The log-in that an access token belongs to; None for a browser's session, which keeps its own."""
    return token[SID] if token and SID in token else None


def revoke(user: User, sid: str) -> None:
    """End every refresh token of one log-in."""
    alive = OutstandingToken.objects.filter(user=user, jti__startswith=f"{sid}.", blacklistedtoken=None)
    for token in alive:
        BlacklistedToken.objects.get_or_create(token=token)


def refused() -> Unauthenticated:
    """The token is no good; why is nobody's business."""
    return Unauthenticated("not_authenticated", "The refresh token is not valid (any more). Log in again.")
