"""What every request gets: an id, a limit to its size, and errors in one shape."""

import re
from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from config.errors import problem

SAFE_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")
# Where programs call: there, errors are JSON.
FOR_PROGRAMS = ("/api/", "/health/")
LARGEST_BODY = 1_000_000


class RequestId:
    """Gives each request an id (`X-Request-Id`, the caller's own if it is harmless), which its run keeps."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if SAFE_ID.fullmatch(given) else uuid4().hex
        request.META["slipway.request_id"] = request_id
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


class ErrorsForPrograms:
    """Turns what Django itself answers below /api and /health, a page or a traceback, into the one shape."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if size_of(request) > LARGEST_BODY:
            return JsonResponse(problem(413), status=413)
        response = self.get_response(request)
        if response.status_code < 400 or not f"{request.path_info}/".startswith(FOR_PROGRAMS):
            return response
        return response if "json" in response.get("Content-Type", "") else in_shape(response)


def size_of(request: HttpRequest) -> int:
    """Bytes of the body; 0 when the caller does not say (the web process counts what comes, config/web.py)."""
    length = str(request.META.get("CONTENT_LENGTH") or "")
    return int(length) if length.isdecimal() else 0


def in_shape(response: HttpResponseBase) -> HttpResponse:
    """An error with the same status and what belongs to it, without the page."""
    shaped = JsonResponse(problem(response.status_code), status=response.status_code)
    if "Allow" in response:
        shaped["Allow"] = response["Allow"]
    return shaped


def request_id_of(request: HttpRequest) -> str:
    """The id that RequestId gave."""
    return str(request.META.get("slipway.request_id", ""))
