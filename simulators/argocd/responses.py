"""From a call to an answer: content type, route, JSON, token, and then the handler."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from starlette.responses import JSONResponse, Response

from simulators.argocd.accounts import ADMIN, PASSWORD
from simulators.argocd.asked import Asked
from simulators.argocd.errors import UNIMPLEMENTED, Refusal, plain
from simulators.argocd.gostruct import decode, loads
from simulators.argocd.models import ADMIN_TOKEN, VIEWER_TOKEN, Server
from simulators.argocd.urls import ROUTER, Route
from simulators.system import Call, System, World

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class ArgoCD(System):
    """Plugs the server into the simulators."""

    name = "argocd"
    tokens: ClassVar[dict[str, str]] = {
        "token": ADMIN_TOKEN,
        "read-only token": VIEWER_TOKEN,
        "user": ADMIN,
        "password": PASSWORD,
    }

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.reset()

    async def handle(self, call: Call) -> Response:
        # Path parameters are unescaped by query rules, so a literal plus is a space.
        path = call.path.replace("+", "%20").rstrip("/") or "/"
        typed = call.headers.get("content-type", "").lower() == "application/json"
        if not typed and call.method != "GET" and path != "/api/webhook":
            return plain(415, "Invalid content type")
        found = ROUTER.find(call.method, path)
        if found is None:
            known = any(ROUTER.find(method, path) for method in METHODS)
            return plain(405, "Method Not Allowed") if known else plain(404, "Not Found")
        try:
            answer = await self.answer(call, *found)
        except Refusal as refusal:
            return refusal.response()
        return answer if isinstance(answer, Response) else JSONResponse(answer)

    async def answer(self, call: Call, route: Route, params: dict[str, str]) -> dict[str, Any] | Response:
        webhook = call.path == "/api/webhook"
        body = {} if webhook or call.method == "GET" else decode(loads(call.content), route.body)
        asked = Asked(call, self.server, params, body)
        if not route.public:
            asked.caller = self.server.subject(call)
        if route.handler is None:
            raise Refusal(UNIMPLEMENTED, f"{call.method} {call.path} is not simulated")
        return await route.handler(asked)

    def reset(self) -> None:
        self.server = Server(self.world)

    def state(self) -> dict[str, Any]:
        return self.server.state()

    def settings(self) -> dict[str, Any]:
        return asdict(self.server.settings) | {"clusters": self.server.clusters}

    def apply_settings(self, wanted: dict[str, Any]) -> None:
        self.server.apply(wanted)
