"""One shape for every error: `{code, detail, fields, run}` (docs: the HTTP contract)."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

log = logging.getLogger(__name__)

# What an error without words of its own says: status -> (code, detail).
WORDS: dict[int, tuple[str, str]] = {
    400: ("invalid", "The request is not understood. Compare it with the documentation at /api/docs."),
    401: ("not_authenticated", "Log in, or send Authorization: Bearer with a valid access token."),
    403: ("forbidden", "You may not do this. Ask the author or a member of staff."),
    404: ("not_found", "There is nothing at this address that you may see."),
    405: ("method_not_allowed", "This address does not take this method; Allow names those that it takes."),
    406: ("not_acceptable", "Answers are JSON."),
    413: ("too_large", "The request is too large. Send at most 1 MB."),
    415: ("unsupported_media_type", "Send JSON, with Content-Type: application/json."),
    429: ("throttled", "Too many requests. Wait as long as Retry-After says."),
    503: ("unavailable", "The database is away. Try again in a moment."),
}
BUG = ("internal", "Something is wrong on our side. Give the operators the X-Request-Id of this answer.")
DATABASE_AWAY = (OperationalError, InterfaceError)
AWAY_SECONDS = "5"


class Refusal(Exception):
    """An operation that does not do what was asked: a stable code, and one sentence that says what to do next."""

    status = 409
    headers: Mapping[str, str] = {}

    def __init__(self, code: str, detail: str, *, run: str | None = None, fields: dict[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.run, self.fields = code, detail, run, fields


class NotFound(Refusal):
    """It does not exist, or it is another team's: the two look alike."""

    status = 404

    def __init__(self, thing: str) -> None:
        super().__init__("not_found", f"There is no such {thing}, or you may not see it. Check the address.")


class Forbidden(Refusal):
    """It is there, and the caller may not do this with it."""

    status = 403

    def __init__(self, detail: str) -> None:
        super().__init__("forbidden", detail)


class Invalid(Refusal):
    """One field of what was sent is wrong."""

    status = 400

    def __init__(self, field: str, detail: str) -> None:
        super().__init__("invalid", detail, fields={field: [detail]})


class Unauthenticated(Refusal):
    """The credentials that were sent are not good."""

    status = 401
    headers = {"WWW-Authenticate": 'Bearer realm="api"'}


class TooMany(Refusal):
    """Too many attempts."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__("throttled", f"Too many attempts. Try again in {seconds} seconds.")
        self.headers = {"Retry-After": str(seconds)}


def problem(status: int, code: str = "", detail: str = "", **more: Any) -> dict[str, Any]:
    """The body of an error."""
    words = WORDS.get(status, BUG)
    return {
        "code": code or words[0],
        "detail": detail or words[1],
        "fields": more.get("fields"),
        "run": more.get("run"),
    }


def answer(error: Exception, context: Mapping[str, Any]) -> Response:
    """The response to whatever a view of the API raised. A bug is logged with its traceback and shown without it."""
    if isinstance(error, Refusal):
        body = problem(error.status, error.code, error.detail, fields=error.fields, run=error.run)
        return Response(body, error.status, headers=dict(error.headers))
    if isinstance(error, exceptions.APIException | Http404 | PermissionDenied):
        return of_framework(error)
    if isinstance(error, DATABASE_AWAY):
        log.error("the database is away: %s", error)
        return Response(problem(503), 503, headers={"Retry-After": AWAY_SECONDS})
    log.error("a bug, met by %s", type(context.get("view")).__name__, exc_info=error)
    return Response(problem(500), 500)


def of_framework(error: Exception) -> Response:
    """The response to an exception of Django's or the REST framework's own."""
    if isinstance(error, exceptions.ValidationError):
        return Response(of_validation(error.detail), 400)
    if isinstance(error, exceptions.APIException):
        body = problem(error.status_code, detail=own_words(error))
        return Response(body, error.status_code, headers=headers_of(error))
    status = 404 if isinstance(error, Http404) else 403
    return Response(problem(status), status)


def own_words(error: exceptions.APIException) -> str:
    """What the framework says, where it knows more than the status: what is wrong with the JSON or the CSRF token."""
    if isinstance(error, exceptions.ParseError | exceptions.PermissionDenied) and error.detail != error.default_detail:
        return str(error.detail)
    if isinstance(error, exceptions.AuthenticationFailed):
        return "The access token is not valid (any more). Refresh it, or log in again."
    return ""


def headers_of(error: exceptions.APIException) -> dict[str, str]:
    """WWW-Authenticate and Retry-After, as the framework wants them."""
    found = {"WWW-Authenticate": getattr(error, "auth_header", None), "Retry-After": getattr(error, "wait", None)}
    return {name: str(value) for name, value in found.items() if value is not None}


def of_validation(detail: Any) -> dict[str, Any]:
    """400 with every wrong field, and the first of them as a sentence."""
    fields: dict[str, list[str]] = {}
    for name, message in flattened(detail):
        fields.setdefault(name or "non_field_errors", []).append(message)
    name, messages = next(iter(fields.items()))
    sentence = messages[0] if name == "non_field_errors" else f"{name}: {messages[0]}"
    return problem(400, detail=sentence, fields=fields)


def flattened(detail: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """(field, message) of each message; the field of a nested one is `outer.inner`."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            inner = "" if key == "non_field_errors" else str(key)
            yield from flattened(value, ".".join(filter(None, (name, inner))))
    elif isinstance(detail, list):
        for value in detail:
            yield from flattened(value, name)
    else:
        yield name, str(detail)
