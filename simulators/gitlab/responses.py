"""From a request to an answer: who asks, which handler, which status and headers."""

from __future__ import annotations

import asyncio
import inspect
import shutil
from typing import Any, ClassVar

from starlette.responses import JSONResponse, PlainTextResponse, Response

from simulators.gitlab import deletion, imports, instance, pages, protection, smart_http
from simulators.gitlab.ask import Ask, Handler
from simulators.gitlab.entities import Entities
from simulators.gitlab.errors import (
    Moved,
    Problem,
    error,
    insufficient_scope,
    invalid_token,
    message,
    unauthorized,
    unknown_route,
)
from simulators.gitlab.models import ADMIN_TOKEN, Credential, Project, User
from simulators.gitlab.paging import Page, cut
from simulators.gitlab.settings import Settings
from simulators.gitlab.snapshot import snapshot
from simulators.gitlab.store import Store
from simulators.gitlab.urls import router
from simulators.system import Call, System, World

API = "/api/v4"
STATUSES = {"GET": 200, "HEAD": 200, "POST": 201, "PUT": 200, "PATCH": 200}
READING = ("GET", "HEAD")


class GitLab(System):
    """One simulated instance."""

    name: ClassVar[str] = "gitlab"
    tokens: ClassVar[dict[str, str]] = {"token": ADMIN_TOKEN}

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.clock = world.clock
        self.rules = Settings()
        self._router = router()
        self._generation = 0
        shutil.rmtree(world.data / self.name, ignore_errors=True)
        self._start()

    def _start(self) -> None:
        folder = self.world.data / self.name / str(self._generation)
        folder.mkdir(parents=True)
        self.store = Store(folder, self.clock)
        self.entities = Entities(self.url, self.clock, self.store)

    # what stands behind _sim

    def state(self) -> dict[str, Any]:
        return snapshot(self)

    def reset(self) -> None:
        self.world.background.start(_remove(self.store))
        self._generation += 1
        self.rules.restore_defaults()
        self._start()

    def settings(self) -> dict[str, Any]:
        return self.rules.public()

    def apply_settings(self, wanted: dict[str, Any]) -> None:
        """`tokens` adds credentials: `{"glpat-x": {"username": "alice", "scopes": ["api"], "state": "active"}}`."""
        credentials = {key: self._credential(one) for key, one in wanted.get("tokens", {}).items()}
        self.rules.change({name: value for name, value in wanted.items() if name != "tokens"})
        self.store.credentials |= credentials

    def _credential(self, wanted: dict[str, Any]) -> Credential:
        user = self.store.user_named(wanted.get("username", ""))
        if user is None:
            raise ValueError(f"no user {wanted.get('username')}")
        return Credential(user.id, tuple(wanted.get("scopes", ["api"])), wanted.get("state", "active"))

    # answering

    async def handle(self, call: Call) -> Response:
        if call.path.startswith(f"{API}/"):
            return await self._api(call)
        if call.path.startswith("/api/v3"):
            return error(410, "API V3 is no longer supported. Use API V4 instead.").response()
        if call.path.startswith("/-/"):
            return instance.health(call.path, self.rules.health_allowed)
        if smart_http.is_git(call):
            return await smart_http.serve(self, call)
        if call.path.startswith("/api/"):
            return unknown_route().response()
        return pages.show(self, call)

    async def _api(self, call: Call) -> Response:
        path = call.path.removeprefix(API)
        found = self._router.find(call.method, path)
        if found is None and call.method == "HEAD":
            found = self._router.find("GET", path)
        if found is None:
            return unknown_route().response()
        handler, parameters = found
        try:
            return await self._run(handler, call, parameters)
        except Problem as problem:
            return problem.response()
        except Moved as moved:
            return self._moved(call, moved.project_id)

    async def _run(self, handler: Handler, call: Call, parameters: dict[str, str]) -> Response:
        ask = Ask(self, call, parameters, self._caller(call))
        if ask.user is None and call.method not in READING:
            raise unauthorized()
        result = handler(ask)
        if inspect.isawaitable(result):
            result = await result
        return self._respond(call, result)

    def _respond(self, call: Call, result: Any) -> Response:
        if isinstance(result, Response):
            return result
        if isinstance(result, Page):
            items, headers = cut(result, call.query, self.url + call.path)
            return JSONResponse(items, 200, headers)
        if call.method == "DELETE":
            return Response(status_code=204)
        return JSONResponse(result, STATUSES[call.method])

    def _moved(self, call: Call, project_id: int) -> Response:
        if call.method not in READING:
            return message(405, "Non GET methods are not allowed for moved projects").response()
        rest = call.path.removeprefix(f"{API}/projects/").partition("/")[2]
        url = f"{self.url}{API}/projects/{project_id}{'/' + rest if rest else ''}"
        url += f"?{call.query_string}" if call.query_string else ""
        return PlainTextResponse(f"This resource has been moved permanently to {url}", 301, {"Location": url})

    # who asks

    def _caller(self, call: Call) -> User | None:
        """The user of the token; None without one. A token that is not known is 401, whatever the route."""
        secret = call.headers.get("private-token") or bearer(call.headers.get("authorization", ""))
        if not secret:
            return None
        credential = self.store.credentials.get(secret)
        if credential is None:
            raise unauthorized()
        if credential.state != "active":
            raise invalid_token(credential.state)
        user = self.store.users[credential.user_id]
        if user.state == "blocked":
            raise message(403, "403 Forbidden - Your account has been blocked.")
        if "api" not in credential.scopes and not (call.method in READING and "read_api" in credential.scopes):
            raise insufficient_scope()
        return user

    def current(self, project: Project) -> Project | None:
        """A project as it must be by now: import ended, branch protected, or gone."""
        if deletion.advance(self, project):
            return None
        imports.advance(self, project)
        protection.advance(self, project)
        return project


def bearer(header: str) -> str:
    kind, _, secret = header.partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


async def _remove(store: Store) -> None:
    await asyncio.to_thread(shutil.rmtree, store.folder, ignore_errors=True)
