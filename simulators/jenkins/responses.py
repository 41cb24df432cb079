"""From a call to an answer: who it is, whether the crumb is right, which item and handler are meant."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from starlette.responses import Response

from simulators.jenkins import urls, webhook
from simulators.jenkins.asked import Asked
from simulators.jenkins.errors import Refusal, no_crumb, not_found, post_required, starting
from simulators.jenkins.models import VERSION, Controller
from simulators.jenkins.roles import READ
from simulators.jenkins.users import ADMIN, ADMIN_PASSWORD, ADMIN_TOKEN
from simulators.routing import Router
from simulators.system import Call, System, World

CRUMB = "Jenkins-Crumb"


class Jenkins(System):
    """Plugs the controller into the simulators."""

    name = "jenkins"
    tokens: ClassVar[dict[str, str]] = {"user": ADMIN, "token": ADMIN_TOKEN, "password": ADMIN_PASSWORD}

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.reset()

    async def handle(self, call: Call) -> Response:
        try:
            response = self.answer(call)
        except Refusal as refusal:
            response = refusal.response()
        response.headers["X-Jenkins"] = VERSION
        response.headers["X-Hudson"] = "1.395"
        response.headers["X-Jenkins-Session"] = self.controller.session
        return response

    def answer(self, call: Call) -> Response:
        controller = self.controller
        if controller.settings.starting:
            raise starting()
        caller = controller.users.identify(call)
        asked = Asked(call, caller, controller, controller.root)
        controller.queue.tick(controller.clock.now())
        if call.path.startswith("/project/") and call.method == "POST":
            return webhook.receive(asked)
        check_crumb(asked)
        return route(asked)

    def reset(self) -> None:
        self.controller = Controller(self.url, self.world.clock)

    def state(self) -> dict[str, Any]:
        return self.controller.state()

    def settings(self) -> dict[str, Any]:
        return asdict(self.controller.settings)

    def apply_settings(self, wanted: dict[str, Any]) -> None:
        self.controller.apply(wanted)


def check_crumb(asked: Asked) -> None:
    """Every POST needs one that belongs to its session, unless an API token came with it."""
    controller, caller, call = asked.jenkins, asked.caller, asked.call
    if call.method != "POST" or caller.by_token or not controller.settings.crumbs:
        return
    given = call.headers.get(CRUMB.lower()) or asked.get(CRUMB)
    if caller.session is None or given != controller.users.crumb(caller, caller.session):
        raise no_crumb(call.path)


def route(asked: Asked) -> Response:
    """Public pages, then Overall/Read, then the item, then its route."""
    path = asked.call.path
    if (public := find(urls.PUBLIC, asked, path)) and asked.call.method != "POST":
        return public(asked)
    asked.jenkins.require(asked.caller, READ, None, path)
    asked.item, used = asked.jenkins.locate(asked.caller, asked.call.segments, path)
    rest = "/" + "/".join(path.split("/")[1 + used :])
    if (handler := find(urls.ITEM if used else urls.ROOT, asked, rest)) is None:
        raise not_found(path)
    return handler(asked)


def find(router: Router[urls.Handler], asked: Asked, path: str) -> urls.Handler | None:
    """A route by method and path; HEAD is GET, a slash at the end does not matter, GET of a write route is 405."""
    method = "GET" if asked.call.method == "HEAD" else asked.call.method
    path = path.rstrip("/") or "/"
    found = router.find(method, path)
    write = router.find("POST", path) if method == "GET" else None
    if write and (found is None or len(write[1]) < len(found[1])):
        raise post_required(asked.call.path)
    if found is None:
        return None
    asked.params = found[1]
    return found[0]
