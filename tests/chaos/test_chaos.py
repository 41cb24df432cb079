"""A minute of chaos over more than a hundred runs (ten with `make chaos`): every run ends well, one of everything."""

import logging
import os
import time

import pytest
from django.db import DatabaseError, connection

from provisioning.models import Run
from tests.chaos.crew import Chaos, Crew
from tests.eventually import eventually
from tests.faults.runs import start
from tests.fleet import Fleet
from tests.flows.world import ONE_OF_EVERYTHING, World, ledger
from tests.servers import MariaDB, Redis
from tests.workflows.shapes import diamond

log = logging.getLogger(__name__)

SECONDS = float(os.environ.get("CHAOS_SECONDS", "60"))
SEED = int(os.environ.get("CHAOS_SEED", "0")) or int(time.time())
APPLICATIONS = 40
OTHERS = 80

pytestmark = [pytest.mark.server, pytest.mark.chaos, pytest.mark.timeout(SECONDS + 400)]


def unfinished() -> list[str]:
    """What has not ended well yet."""
    return [f"{run.title}: {run.status}" for run in Run.objects.exclude(status="succeeded")]


def all_ended_well() -> bool:
    """Whether every run succeeded; a database that is just coming back counts as not yet."""
    try:
        return not unfinished()
    except DatabaseError:
        connection.close()
        return False


def test_chaos(world: World, fleet: Fleet, redis_server: Redis, request: pytest.FixtureRequest) -> None:
    mariadb = request.getfixturevalue("mariadb") if connection.vendor == "mysql" else None
    assert mariadb is None or isinstance(mariadb, MariaDB)
    world.simulation.settings("gitlab", fork_seconds=2)
    crew = Crew(fleet)
    names = [f"app{number}" for number in range(APPLICATIONS)]
    for name in names:
        world.create(name)
    for _ in range(OTHERS):
        start(diamond, b=["wait:1", "unsure", "wait:2"], c=["busy:1"])
    chaos = Chaos(crew, redis_server, mariadb, SEED)
    chaos.strike(SECONDS)
    connection.close()
    began = time.monotonic()
    try:
        eventually(all_ended_well, within=150, every=0.5)
    finally:
        drained = time.monotonic() - began
        log.warning("seed %d: %s; drained in %.1f s; left: %s", SEED, chaos.done, drained, unfinished())
    assert {name: world.holds(name) for name in names} == dict.fromkeys(names, ONE_OF_EVERYTHING)
    assert {len(ledger(name)) for name in names} == {7}
