"""The web process itself: few threads that last, streams on the loop, and what it says when something is away."""

import asyncio
import os
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

import httpx
import psutil
import pytest
from django.db import connection

from config.web import FRESH_SECONDS, Web
from provisioning.models import Run, Step
from tests.api import streaming
from tests.api.world import World
from tests.environment import of_processes
from tests.eventually import eventually
from tests.fleet import Fleet
from tests.launch import free_port
from tests.processes import python
from tests.servers import MariaDB, Redis

pytestmark = pytest.mark.server


def caller(address: str, world: World, **options: Any) -> httpx.Client:
    headers = {"Authorization": f"Bearer {world.author.token}"}
    return httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=30, **options)


@pytest.fixture
def api(lasting_world: World, fleet: Fleet) -> Iterator[httpx.Client]:
    """A web process, called by the author."""
    with caller(fleet.web(), lasting_world) as client:
        yield client


# --- Redis away ---


@pytest.mark.parametrize("how", ["pause", "kill"])
def test_with_redis_away_an_application_is_accepted_at_once(
    api: httpx.Client, lasting_world: World, redis_server: Redis, how: str
) -> None:
    """Dead or hung: nobody waits for it, and the steps are marked as not sent, for the dispatcher."""

    def took(number: int) -> float:
        begun = time.perf_counter()
        answer = api.post("/app", json=lasting_world.new(f"app-{number}"))
        assert answer.status_code == 202, answer.text
        return time.perf_counter() - begun

    took(0)  # the first call opens the database connection
    getattr(redis_server, how)()
    assert median(took(number) for number in range(1, 8)) < 0.1
    runs = Run.objects.filter(app__name__startswith="app-").exclude(app__name="app-0")
    unsent = Step.objects.filter(run__in=runs, status="queued", dispatched_at=None)
    eventually(lambda: unsent.count() == 7, within=20)


def test_with_redis_hung_people_still_log_in(api: httpx.Client, lasting_world: World, redis_server: Redis) -> None:
    redis_server.pause()
    begun = time.perf_counter()
    answers = [api.post("/login", json={"username": f"n{number}", "password": "x"}) for number in range(2)]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert time.perf_counter() - begun < 5


# --- Threads and connections ---


def test_many_requests_share_few_connections(api: httpx.Client, lasting_world: World, fleet: Fleet) -> None:
    for _ in range(60):
        assert api.get("/me").status_code == 200
    process = psutil.Process(fleet.started[0].pid)
    web = [process, *process.children()][-1]
    assert sum(handles(web)) <= 4
    assert web.num_threads() < 30


def handles(process: psutil.Process) -> Iterator[bool]:
    """What the process holds of the database: connections, or the open file."""
    names = connection.settings_dict
    if connection.vendor == "sqlite":
        yield from (str(file.path) == str(names["NAME"]) for file in process.open_files())
    else:
        yield from (bool(each.raddr) and each.raddr.port == int(names["PORT"]) for each in process.net_connections())


@pytest.fixture
def mortal() -> Iterator[MariaDB]:
    """A MariaDB that is not the tests' own, with our tables and without anybody in them."""
    with MariaDB(flush=2) as server:
        with python(
            ["manage.py", "migrate", "-v0"], {**of_processes(), "DATABASE_URL": server.url}, "migrate"
        ) as migrate:
            assert migrate.wait(60) == 0
        yield server


def test_the_database_restarts_under_it(mortal: MariaDB, fleet: Fleet, lasting_world: World) -> None:
    """Away: 503 in the one shape, and the process lives. Back: it goes on, without a restart."""
    address = fleet.web(DATABASE_URL=mortal.url)
    with caller(address, lasting_world) as api:
        assert api.get("/me").status_code == 401, "nobody is known there, but it was asked"
        assert httpx.get(f"{address}/health/ready").status_code == 200
        mortal.kill()
        for _ in range(8):
            away = api.get("/me")
            assert (away.status_code, away.json()["code"], away.headers["Retry-After"]) == (503, "unavailable", "5")
        assert httpx.get(f"{address}/health/live").status_code == 200
        ready = httpx.get(f"{address}/health/ready")
        assert (ready.status_code, ready.json()["missing"]) == (503, ["database"])
        mortal.start()
        eventually(lambda: api.get("/me").status_code == 401, within=5)
        assert {api.get("/me").status_code for _ in range(8)} == {401}


def test_a_connection_that_the_database_closed_meanwhile(mortal: MariaDB, fleet: Fleet, lasting_world: World) -> None:
    """As its wait_timeout does to an idle one: nobody is answered 503."""
    with caller(fleet.web(DATABASE_URL=mortal.url, WEB_THREADS="1"), lasting_world) as api:
        assert api.get("/me").status_code == 401
        used = time.monotonic()
        for (number,) in mortal.execute("SELECT id FROM information_schema.processlist WHERE db = 'slipway'"):
            mortal.execute(f"KILL CONNECTION {number}")
        eventually(lambda: time.monotonic() - used > FRESH_SECONDS, within=5)
        assert api.get("/me").status_code == 401


def test_it_starts_while_the_database_is_away(fleet: Fleet, lasting_world: World) -> None:
    address = fleet.web(DATABASE_URL=f"mysql://root:@127.0.0.1:{free_port()}/nothing")
    with caller(address, lasting_world) as api:
        for headers in ({}, {"If-None-Match": '"1"'}):
            answer = api.get(f"/runs/{lasting_world.run.pk}", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    ready = httpx.get(f"{address}/health/ready", timeout=30)
    assert (ready.status_code, ready.json()["missing"]) == (503, ["database", "migrations"])


@pytest.mark.parametrize("wrong", ["GITLAB_URL", "ARGOCD_TOKEN"])
def test_it_refuses_to_start_on_wrong_settings(wrong: str) -> None:
    environment = {**os.environ, wrong: ""}
    with python(["-m", "uvicorn", "config.asgi:application", "--port", str(free_port())], environment, "web") as web:
        assert web.wait(30) != 0
        web.log.join()
        assert web.log.find(f"^{wrong} is not set. Put there ")
        assert not web.log.find("Traceback")


# --- What goes over the wire ---


def test_bodies_without_a_length(api: httpx.Client) -> None:
    assert api.post("/project", content=iter([b'{"name":', b' "Chunked"}']), headers=JSON).status_code == 201
    large = api.post("/project", content=(b"x" * 100_000 for _ in range(20)), headers=JSON)
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    assert api.get("/me").status_code == 200, "the connection goes on"


JSON = {"Content-Type": "application/json"}


def test_an_unchanged_run(api: httpx.Client, lasting_world: World) -> None:
    path = f"/runs/{lasting_world.run.pk}"
    first = api.get(path)
    again = api.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert api.head(path).headers["Content-Length"] == first.headers["Content-Length"]


def test_static_files(api: httpx.Client) -> None:
    for path in ("admin/css/base.css", "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css"):
        answer = httpx.get(f"{str(api.base_url).partition('/api')[0]}/static/{path}")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/css")
        assert int(answer.headers["Content-Length"]) == len(answer.content) > 1000


# --- Event streams ---


class Caller:
    """Speaks ASGI to the web process' handler, within the loop."""

    def __init__(self, web: Web, path: str) -> None:
        self._body: asyncio.Queue[bytes] = asyncio.Queue()
        self._left = asyncio.Event()
        self._asked = False
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
        }
        self.task = asyncio.create_task(web(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message.get("body"):
            self._body.put_nowait(message["body"])

    async def body(self) -> bytes:
        """The next part of the body."""
        return await self._body.get()

    async def leave(self) -> None:
        """Go away, and wait until the handler has noticed."""
        self._left.set()
        await asyncio.wait_for(self.task, 5)


def test_a_hundred_open_streams_hold_no_thread(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.api.streaming"
    streaming.ended.clear()

    async def play() -> None:
        web = Web()
        streams = [Caller(web, "/stream") for _ in range(100)]
        assert {await asyncio.wait_for(each.body(), 5) for each in streams} == {b"data: first\n\n"}
        beside = [Caller(web, "/plain") for _ in range(20)]
        names = {await asyncio.wait_for(each.body(), 5) for each in beside}
        assert names <= {f"web_{number}".encode() for number in range(settings.WEB_THREADS)}
        assert streaming.ended == []
        for each in [*streams, *beside]:
            await each.leave()
        assert len(streaming.ended) == 100, "each iterator was closed when its caller left"
        web.threads.shutdown()

    asyncio.run(play())


def test_it_lives_while_every_thread_waits(settings: Any) -> None:
    """Else an outage of the database would have every web process restarted."""
    settings.ROOT_URLCONF = "tests.api.streaming"
    streaming.gate.clear()

    async def play() -> None:
        web = Web()
        waiting = [Caller(web, "/blocked") for _ in range(settings.WEB_THREADS + 1)]
        assert await asyncio.wait_for(Caller(web, "/health/live").body(), 5) == b'{"status": "ok"}'
        streaming.gate.set()
        assert {await asyncio.wait_for(each.body(), 5) for each in waiting} == {b"True"}
        web.threads.shutdown()

    asyncio.run(play())
