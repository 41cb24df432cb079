"""Routes of a web process in tests: an event stream, and something beside it."""

import asyncio
import threading
from collections.abc import AsyncIterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from monitoring import health

ended: list[str] = []


async def events() -> AsyncIterator[bytes]:
    """One event, then nothing for a long time."""
    try:
        yield b"data: first\n\n"
        await asyncio.sleep(60)
    finally:
        ended.append("stream")


def stream(request: HttpRequest) -> StreamingHttpResponse:
    """An event stream, as views answer one."""
    return StreamingHttpResponse(events(), content_type="text/event-stream")


def plain(request: HttpRequest) -> HttpResponse:
    """Which thread it runs on."""
    return HttpResponse(threading.current_thread().name)


gate = threading.Event()


def blocked(request: HttpRequest) -> HttpResponse:
    """Waits, as for a database that hangs."""
    return HttpResponse(str(gate.wait(10)))


urlpatterns = [
    path("stream", stream),
    path("plain", plain),
    path("blocked", blocked),
    path("health/live", health.live),
]
