"""What every request gets."""

import re
from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

SAFE_ID = re.compile(r"^[\w.-]{8,64}$")


class RequestId:
    """Gives each request an id (`X-Request-Id`, the caller's own if it is harmless), which its run keeps.

    It is synchronous on purpose: as the outermost middleware it makes Django run the whole request in one thread
    instead of changing threads at every middleware.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if SAFE_ID.match(given) else uuid4().hex
        request.META["slipway.request_id"] = request_id
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response
