"""GitLab's own codes and words. Five shapes of bodies; which one comes where is part of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

TAKEN = "has already been taken"
STILL_DELETED = "The project is still being deleted"


class Problem(Exception):
    """Ends a request with this status and JSON body."""

    def __init__(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = headers

    def response(self) -> Response:
        return JSONResponse(self.body, self.status, self.headers)


class Moved(Exception):
    """A project is asked for by a path that it had before: GET is redirected, anything else refused."""

    def __init__(self, project_id: int) -> None:
        super().__init__(project_id)
        self.project_id = project_id


def message(status: int, text: Any) -> Problem:
    """Shapes 1 to 3: text, object of lists, or list of sentences under `message`."""
    return Problem(status, {"message": text})


def error(status: int, text: str) -> Problem:
    """Shape 4: `error`, from parameter validation, unknown routes and hook addresses."""
    return Problem(status, {"error": text})


def unauthorized() -> Problem:
    return message(401, "401 Unauthorized")


def invalid_token(state: str) -> Problem:
    texts = {
        "revoked": "Token was revoked. You have to re-authorize from the user.",
        "expired": "Token is expired. You can either do re-authorization or token refresh.",
    }
    return Problem(401, {"error": "invalid_token", "error_description": texts[state]})


def insufficient_scope() -> Problem:
    text = "The request requires higher privileges than provided by the access token."
    return Problem(403, {"error": "insufficient_scope", "error_description": text, "scope": "api"})


def forbidden(reason: str = "") -> Problem:
    return message(403, f"403 Forbidden - {reason}" if reason else "403 Forbidden")


def not_found(noun: str = "") -> Problem:
    """`404 Project Not Found` with a noun; `404 Not Found` without one."""
    return message(404, f"404 {noun} Not Found" if noun else "404 Not Found")


def no_record() -> Problem:
    """A member, hook, rule or token that a record lookup did not find: lower-case f."""
    return message(404, "404 Not found")


def unknown_route() -> Problem:
    return error(404, "404 Not Found")


def too_often() -> Problem:
    """The application's own rate limit: JSON and no headers, unlike Rack::Attack's."""
    return message(429, {"error": "This endpoint has been requested too many times. Try again later."})
