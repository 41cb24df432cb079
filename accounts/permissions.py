"""Who may see what, and who may change it: every rule of the platform, applied by all queries and operations.

A member sees what belongs to the own team, staff see everything, and what somebody does not see is answered like what
does not exist (404). Of what one sees, one may not change everything (403).
"""

from typing import Protocol, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from accounts.models import User
from config.errors import Forbidden

M = TypeVar("M", bound=Model)

# Where each thing says whose it is.
TEAM_OF = {
    "accounts.team": "pk",
    "projects.project": "team",
    "apps.app": "project__team",
    "provisioning.run": "team",
}


class Person(Protocol):
    """What of a person decides what one may see."""

    @property
    def is_staff(self) -> bool: ...

    @property
    def team_id(self) -> int | None: ...


class Authored(Protocol):
    """A thing that somebody made."""

    author_id: int | None


def caller(request: Request) -> User:
    """The person who calls; NotAuthenticated when it is nobody."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def visible(user: User, rows: QuerySet[M]) -> QuerySet[M]:
    """Those of `rows` that `user` may see."""
    if user.is_staff:
        return rows
    if user.team_id is None:
        return rows.none()
    return rows.filter(**{TEAM_OF[rows.model._meta.label_lower]: user.team_id})


def sees_team(user: Person, team_id: int | None) -> bool:
    """Whether `user` may see what belongs to the team: the same rule for a row that was read by hand."""
    return user.is_staff or (team_id is not None and team_id == user.team_id)


def require_author(user: User, thing: Authored, what: str) -> None:
    """Only the author and staff change it."""
    if not user.is_staff and thing.author_id != user.pk:
        raise Forbidden(f"Only the author of this {what} and staff may do this. Ask one of them.")
