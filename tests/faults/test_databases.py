"""The database goes away for a while: nothing is lost, nothing is done twice."""

from pathlib import Path

import pytest
from django.db import connection

from tests.faults.runs import calls, ended, holder, start
from tests.fleet import Fleet
from tests.servers import MariaDB
from tests.workflows.shapes import three

pytestmark = [pytest.mark.server, pytest.mark.only_on("mariadb")]


def test_fifty_runs_while_the_database_restarts(fleet: Fleet, mariadb: MariaDB) -> None:
    fleet.worker(4)
    fleet.dispatcher(RESEND_SECONDS="2")
    runs = [start(three, two=["wait:0.5"]) for _ in range(50)]
    mariadb.restart()
    connection.close()
    ended(*runs, within=90)
    assert {calls(run, "three") for run in runs} == {1}


def test_a_database_that_is_killed_in_the_middle_of_a_step(fleet: Fleet, mariadb: MariaDB, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    worker = fleet.worker()
    fleet.dispatcher()
    run = start(three, two=["block"], gate=str(gate))
    holder(run, "two")
    mariadb.kill()
    mariadb.start()
    connection.close()
    gate.touch()
    ended(run, within=60)
    assert worker.alive
    assert calls(run, "two") == 1
