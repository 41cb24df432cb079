"""The broker loses, doubles or forgets messages, or goes away: every run still ends well."""

from pathlib import Path

import pytest

from provisioning.models import Step
from tests.eventually import eventually
from tests.faults.runs import calls, ended, holder, start
from tests.fleet import Fleet
from tests.servers import Redis
from tests.workflows.shapes import diamond, one, three

pytestmark = pytest.mark.server

SOON = {"RESEND_SECONDS": "2"}


def test_a_lost_message_costs_a_resend(fleet: Fleet, redis_server: Redis) -> None:
    run = start(one)
    redis_server.flush()
    fleet.worker()
    fleet.dispatcher()
    assert 10 < ended(run, within=20) < 17


def test_fifty_runs_while_the_broker_is_flushed(fleet: Fleet, redis_server: Redis) -> None:
    fleet.worker(4)
    fleet.dispatcher(**SOON)
    runs = [start(three, two=["wait:0.5"]) for _ in range(50)]
    for _ in range(3):
        seen = Step.objects.filter(run__in=runs, status="succeeded").count()
        redis_server.flush()
        eventually(lambda seen=seen: Step.objects.filter(run__in=runs, status="succeeded").count() > seen, within=20)
    ended(*runs, within=60)
    assert {(calls(run, "one"), calls(run, "two"), calls(run, "three")) for run in runs} == {(1, 2, 1)}


def test_fifty_runs_while_the_broker_restarts_empty(fleet: Fleet, redis_server: Redis) -> None:
    fleet.worker(4)
    fleet.dispatcher(**SOON)
    runs = [start(three, two=["wait:0.5"]) for _ in range(50)]
    redis_server.restart_empty()
    ended(*runs, within=60)
    assert {(calls(run, "one"), calls(run, "two"), calls(run, "three")) for run in runs} == {(1, 2, 1)}


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_a_half_busy_worker_outlives_a_restart_of_the_broker(
    fleet: Fleet, redis_server: Redis, tmp_path: Path, pool: str
) -> None:
    gate = tmp_path / "gate"
    worker = fleet.worker(2, "--pool", pool)
    fleet.dispatcher(**SOON)
    busy = start(three, one=["block"], gate=str(gate))
    holder(busy, "one")
    for _ in range(2):
        redis_server.restart_empty()
        ended(start(one), within=25)
    gate.touch()
    ended(busy, within=25)
    assert worker.alive
    assert calls(busy, "one") == 1


def test_every_message_is_lost_and_the_dispatcher_finishes_every_run(fleet: Fleet, redis_server: Redis) -> None:
    with Redis().start() as nowhere:
        lost = {"DJANGO_SETTINGS_MODULE": "tests.faults.settings_lost", "NOWHERE_URL": nowhere.url}
        runs = [start(diamond, b=["wait:0.2"]) for _ in range(5)]
        redis_server.flush()
        fleet.worker(**lost)
        fleet.dispatcher(RESEND_SECONDS="1")
        ended(*runs, within=60)
        assert nowhere.client().llen("steps") >= 10
    assert {calls(run, "d") for run in runs} == {1}


def test_every_message_comes_twice(fleet: Fleet, redis_server: Redis) -> None:
    twice = {"DJANGO_SETTINGS_MODULE": "tests.faults.settings_twice"}
    for name in ("first", "second"):
        fleet.worker(2, name=name, **twice)
    fleet.dispatcher(RESEND_SECONDS="1", **twice)
    runs = [start(diamond, b=["wait:0.1"]) for _ in range(30)]
    ended(*runs, within=60)
    assert {tuple(calls(run, name) for name in "abcd") for run in runs} == {(1, 2, 1, 1)}


def test_a_broker_that_is_away_when_a_run_starts(fleet: Fleet, redis_server: Redis) -> None:
    fleet.worker()
    fleet.dispatcher()
    redis_server.stop()
    run = start(one)
    redis_server.start()
    assert ended(run, within=10) < 3
