"""The short way for whoever polls a run in which nothing has changed: 304 with one query, before anything else runs.

Open consoles do little else, all day. This only ever says 304. Whenever it is not sure (no Bearer token, no such run,
another version, another team, a person who may not log in) it says nothing, and the request takes its normal way.
"""

import re
from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags

from accounts.authentication import user_id_of
from accounts.permissions import sees_team
from provisioning import sql

ADDRESS = re.compile(r"/api/v1/runs/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")

# A claim does not lock the run's row, so the run's version is its own plus those of its steps.
VERSION = """
SELECT u.is_staff, u.team_id, r.team_id,
       r.version + (SELECT SUM(s.version) FROM provisioning_step s WHERE s.run_id = r.id)
  FROM accounts_user u JOIN provisioning_run r ON r.id = %s WHERE u.id = %s AND u.is_active"""


class Caller(NamedTuple):
    """What of a person decides what one may see."""

    is_staff: bool
    team_id: int | None


class Unchanged:
    """The middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        known = request.META.get("HTTP_IF_NONE_MATCH")
        found = ADDRESS.fullmatch(request.path_info) if known and request.method == "GET" else None
        if known and found:
            version = version_for(user_id_of(request), UUID(found[1]))
            if version is not None and knows(known, version):
                return unchanged(version)
        return self.get_response(request)


def version_for(user_id: int | None, run_id: UUID) -> int | None:
    """The run's version, when there is such a run and this person may see it."""
    if user_id is None:
        return None
    try:
        found = sql.rows(VERSION, run_id.hex, user_id)
    except (DatabaseError, InterfaceError):
        return None
    if not found or not sees_team(Caller(*found[0][:2]), found[0][2]):
        return None
    return int(found[0][3])


def knows(known: str, version: int) -> bool:
    """Whether If-None-Match names this version; proxies may have made its tag a weak one."""
    return etag(version) in [tag.removeprefix("W/") for tag in parse_etags(known)]


def etag(version: int) -> str:
    """The run's version as an entity tag."""
    return f'"{version}"'


def validators(version: int) -> dict[str, str]:
    """Headers that let a caller, and nobody in between, keep the answer and ask whether it still holds."""
    return {"ETag": etag(version), "Cache-Control": "private, no-cache"}


def unchanged(version: int) -> HttpResponse:
    """304: the caller knows it all."""
    response = HttpResponse(status=304, headers=validators(version))
    del response["Content-Type"]
    return response
