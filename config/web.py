"""How the web process runs Django: its synchronous chain on a few lasting threads, event streams on the loop.

Django's own ASGI handler gives each request a new thread and with it a new database connection, and changes threads at
every middleware; that alone costs more than most of our answers. Here a request takes one thread of a fixed pool, whose
database connection stays open (CONN_MAX_AGE, CONN_HEALTH_CHECKS). A view that answers a StreamingHttpResponse with an
asynchronous iterator gives its thread back at once: the iterator runs on the loop, any number of them.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core import signals
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from config.middleware import LARGEST_BODY

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

# Needs no database and must answer when all threads wait for one: else an outage there restarts every web process.
ON_THE_LOOP = frozenset({"/health/live"})


class Web(ASGIHandler):
    """The ASGI application."""

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self.threads = ThreadPoolExecutor(settings.WEB_THREADS, thread_name_prefix="web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
        elif scope["type"] == "http":
            await self.handle(scope, receive, send)
        else:
            raise ValueError(f"{scope['type']} is not served here")

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = await read_body(scope, receive)
        if body is None:
            return
        if scope["path"] in ON_THE_LOOP:
            response = self.respond(scope, body)
        else:
            response = await asyncio.get_running_loop().run_in_executor(self.threads, self.respond, scope, body)
        if response.streaming:
            await self.stream(response, receive, send)
        else:
            await self.send_response(response, send)

    def respond(self, scope: Scope, body: bytes) -> HttpResponseBase:
        """Run Django. Before and after, its signals close a connection that is broken or old."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=type(self), scope=scope)
        trust_fresh_connection()
        request, refused = self.create_request(scope, BytesIO(body))
        response: Any = self.get_response(request) if request else refused
        response._handler_class = type(self)
        if isinstance(response, StreamingHttpResponse):
            return response if response.is_async else read(response)
        response.close()
        return response  # type: ignore[no-any-return]

    async def stream(self, response: HttpResponseBase, receive: Receive, send: Send) -> None:
        """Send what the response's iterator yields, until it ends or the caller goes away."""
        tasks = [asyncio.create_task(self.send_response(response, send)), asyncio.create_task(gone(receive))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.get_running_loop().run_in_executor(self.threads, response.close)


FRESH_SECONDS = 1.0
_thread = threading.local()


def trust_fresh_connection() -> None:
    """Spare the connection its health check when this thread used it a moment ago: that is a round trip each time.

    When the database restarts within that moment, a request is answered 503, and the next finds a new connection.
    """
    now, before = time.monotonic(), getattr(_thread, "used_at", 0.0)
    _thread.used_at = now
    if now - before < FRESH_SECONDS:
        connection.health_check_done = True  # type: ignore[attr-defined]


def read(response: StreamingHttpResponse) -> HttpResponse:
    """A static file, read in this thread rather than on the loop. They are small."""
    whole = HttpResponse(b"".join(response), status=response.status_code, headers=dict(response.items()))
    whole.cookies = response.cookies
    response.close()
    return whole


async def read_body(scope: Scope, receive: Receive) -> bytes | None:
    """The body, or None when the caller went away before its end. What is too large is counted and dropped.

    The length is written into the scope: of a chunked body only we know it, and the middleware refuses by it.
    """
    parts: list[bytes] = []
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part, more = message.get("body", b""), message.get("more_body", False)
        length += len(part)
        if length <= LARGEST_BODY:
            parts.append(part)
    if length:
        others = [header for header in scope["headers"] if header[0] != b"content-length"]
        scope["headers"] = [*others, (b"content-length", b"%d" % length)]
    return b"".join(parts)


async def gone(receive: Receive) -> None:
    """Returns when the caller has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def lifespan(receive: Receive, send: Send) -> None:
    """Say that we are up, and later that we are down; there is nothing to prepare."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
