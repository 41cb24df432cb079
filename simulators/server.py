"""All simulated systems as one ASGI application, and what they share: `_sim`, faults, latency, the request log.

**How a system plugs in.** It is a subclass of `simulators.system.System` with a `name` (its path: `/jenkins`), `tokens`
(what `python -m simulators --tokens` prints) and

- `async handle(call) -> starlette Response`: every request below its root that is not for `_sim`. `call.path` is raw
  and starts after the system's name: `/gitlab/api/v4/projects/a%2Fb` arrives as `/api/v4/projects/a%2Fb`
- `state()`, `reset()`, `settings()`, `apply_settings(dict)`: what stands behind `_sim`

and one word in SYSTEMS below. `simulators.routing.Router` finds a handler by method and path, for whom that is enough.
`self.url` is the system's address as others see it, `self.world` has the clock, the data directory, an HTTP client
and a place for background work. Faults, latency and the log are applied here; a system never sees them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from simulators.argocd.responses import ArgoCD
from simulators.control import Entry, Fault, Faults, RequestLog
from simulators.gitlab.responses import GitLab
from simulators.jenkins.responses import Jenkins
from simulators.system import Call, System, World

log = logging.getLogger(__name__)
GARBAGE = b'\x00\x1f{"id": 12, "nam'
SYSTEMS: dict[str, type[System]] = {system.name: system for system in (GitLab, Jenkins, ArgoCD)}


class Served:
    """One system behind its path: an ASGI application."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.faults = Faults()
        self.requests = RequestLog()
        self.latency_ms = 0.0
        self._steer: dict[tuple[str, str], Callable[[Call], Any]] = {
            ("GET", "state"): lambda call: system.state(),
            ("POST", "reset"): lambda call: self.reset(),
            ("GET", "requests"): lambda call: self.requests.since(int(call.query.get("since", 0))),
            ("GET", "faults"): lambda call: self.faults.list(),
            ("POST", "faults"): lambda call: self.add_faults(call.json()),
            ("DELETE", "faults"): lambda call: self.faults.clear(),
            ("GET", "settings"): lambda call: self.settings(),
            ("POST", "settings"): lambda call: self.change(call.json()),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        call = await read_call(scope, receive, f"/{self.system.name}")
        if call.path.startswith("/_sim/"):
            await self.steer(call)(scope, receive, send)
            return
        entry = self.requests.add(call, self.system.world.clock.now())
        response = await self.answer(call, entry, receive)
        entry.finish(response.status_code if response else None)
        if response is None:
            await drop_connection(scope, receive)
        else:
            await response(scope, receive, send)

    async def answer(self, call: Call, entry: Entry, receive: Receive) -> Response | None:
        """The response after latency and faults; None when the connection has to be dropped instead."""
        if self.latency_ms:
            await asyncio.sleep(self.latency_ms / 1000)
        fault = self.faults.take(call)
        if fault is None:
            return await self.system.handle(call)
        entry.fault = fault.id
        return await self.spoil(fault, call, entry, receive)

    async def spoil(self, fault: Fault, call: Call, entry: Entry, receive: Receive) -> Response | None:
        if fault.delay == "before" and not await still_there(fault.delay_ms, receive) and not fault.late:
            entry.note = "client left before the effect"
            return None
        if fault.cut == "before":
            entry.note = "cut before the effect"
            return None
        response = None if fault.replaces and not fault.effect else await self.system.handle(call)
        if response is not None:
            entry.note = f"effect done, its answer was {response.status_code}"
        if fault.delay == "after":
            await still_there(fault.delay_ms, receive)
        if fault.cut == "after":
            return None
        return spoilt(fault) if fault.replaces else response

    def steer(self, call: Call) -> Response:
        """Do one control call; 400 with the reason when it makes no sense."""
        action = self._steer.get((call.method, call.path.removeprefix("/_sim/")))
        if action is None:
            return JSONResponse({"error": f"no control call {call.method} {call.path}"}, 404)
        try:
            result = action(call)
            return JSONResponse({} if result is None else result)
        except (ValueError, TypeError, AttributeError) as error:
            return JSONResponse({"error": str(error)}, 400)

    def reset(self) -> None:
        """Empty the system, its faults and its log; settings go back to their defaults."""
        self.system.reset()
        self.faults.clear()
        self.requests.clear()
        self.latency_ms = 0.0

    def add_faults(self, wanted: Any) -> Any:
        """One fault or a list of them, with their ids."""
        several = wanted if isinstance(wanted, list) else [wanted]
        added = [{"id": self.faults.add(one).id} for one in several]
        return added if isinstance(wanted, list) else added[0]

    def settings(self) -> dict[str, Any]:
        return {"latency_ms": self.latency_ms, **self.system.settings()}

    def change(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Change settings; `clock` moves the clock of all systems forward by so many seconds."""
        own = {name: value for name, value in wanted.items() if name not in ("latency_ms", "clock")}
        latency, ahead = float(wanted.get("latency_ms", self.latency_ms)), float(wanted.get("clock", 0))
        if ahead < 0:
            raise ValueError("the clock only goes forward")
        self.system.apply_settings(own)
        self.latency_ms = latency
        self.system.world.clock.advance(ahead)
        return self.settings()


async def read_call(scope: Scope, receive: Receive, root: str) -> Call:
    content = b""
    more = True
    while more:
        message = await receive()
        content += message.get("body", b"")
        more = message.get("more_body", False)
    raw = scope["raw_path"].decode("latin-1").partition("?")[0]
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    path = raw[len(root) :] or "/"
    return Call(scope["method"], path, scope["query_string"].decode("latin-1"), headers, content)


async def still_there(delay_ms: float, receive: Receive) -> bool:
    """Let the delay pass; False as soon as the client has hung up."""
    if not delay_ms:
        return True
    try:
        await asyncio.wait_for(receive(), delay_ms / 1000)
    except TimeoutError:
        return True
    return False


async def drop_connection(scope: Scope, receive: Receive) -> None:
    """Close the socket without a status line; `simulators.serving` puts the transport into the scope."""
    scope["simulators.transport"].abort()
    await receive()


def spoilt(fault: Fault) -> Response:
    """The answer that a fault asks for: JSON for an object, text or HTML for a string."""
    status = fault.status or 200
    if fault.garbage:
        return Response(GARBAGE, status, fault.headers, "application/json")
    if fault.body is None or isinstance(fault.body, str):
        kind = "text/html" if str(fault.body or "").lstrip().startswith("<") else "text/plain"
        return Response(fault.body or "", status, fault.headers, fault.headers.get("Content-Type", kind))
    return JSONResponse(fault.body, status, fault.headers)


def build(world: World) -> Starlette:
    """The application: every system of SYSTEMS below its path, and `POST /_sim/reset` for all of them."""
    served = {name: Served(system(world)) for name, system in SYSTEMS.items()}

    async def index(request: Request) -> Response:
        return JSONResponse({name: one.system.url for name, one in served.items()})

    async def reset(request: Request) -> Response:
        for one in served.values():
            one.reset()
        return JSONResponse({})

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await world.background.stop()
        await world.http.aclose()

    routes: list[Route | Mount] = [Mount(f"/{name}", app=one) for name, one in served.items()]
    routes += [Route("/", index), Route("/_sim/reset", reset, methods=["POST"])]
    return Starlette(routes=routes, lifespan=lifespan)
