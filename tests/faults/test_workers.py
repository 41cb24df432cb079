"""Workers that die, stand still or are stopped in the middle of a step: it goes on elsewhere, once."""

import os
import signal
from pathlib import Path

import pytest

from provisioning.models import Step, Worker
from tests.eventually import eventually
from tests.faults.runs import calls, ended, holder, start
from tests.fleet import Fleet
from tests.workflows.shapes import nothing8, one, three

pytestmark = pytest.mark.server

RECOVERY_SECONDS = 5.0


def test_a_killed_child(fleet: Fleet, tmp_path: Path) -> None:
    fleet.worker()
    fleet.dispatcher()
    run = start(three, two=["block"], gate=str(tmp_path / "never"))
    os.kill(holder(run, "two"), signal.SIGKILL)
    assert ended(run) < RECOVERY_SECONDS
    assert calls(run, "two") == 2
    assert calls(run, "one") == calls(run, "three") == 1


def test_a_killed_worker(fleet: Fleet, tmp_path: Path) -> None:
    first = fleet.worker(name="first")
    fleet.dispatcher()
    run = start(three, two=["block"], gate=str(tmp_path / "never"))
    holder(run, "two")
    fleet.worker(name="second")
    first.kill_group()
    assert ended(run) < RECOVERY_SECONDS
    assert calls(run, "two") == 2


def test_a_worker_that_stands_still_and_comes_back_changes_nothing(fleet: Fleet, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    still = fleet.worker(name="still")
    fleet.dispatcher()
    run = start(three, two=["block", "done"], gate=str(gate))
    holder(run, "two")
    still.pause()
    fleet.worker(name="next")
    assert ended(run) < RECOVERY_SECONDS
    before = list(Step.objects.filter(run=run).order_by("position").values())
    gate.touch()
    mark = len(still.log.lines)
    still.resume()
    still.ready("another worker has it; nothing was settled", after=mark)
    assert list(Step.objects.filter(run=run).order_by("position").values()) == before


def test_a_worker_that_is_told_to_stop_finishes_its_step(fleet: Fleet, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    leaving = fleet.worker(name="leaving")
    run = start(three, two=["block"], gate=str(gate))
    holder(run, "two")
    leaving.terminate()
    leaving.ready("Warm shutdown")
    gate.touch()
    assert leaving.wait() == 0
    assert [step.status for step in Step.objects.filter(run=run).order_by("position")][:2] == ["succeeded"] * 2
    fleet.worker(name="next")
    ended(run)
    assert [calls(run, name) for name in ("one", "two", "three")] == [1, 1, 1]


def test_a_step_that_kills_every_worker_is_stopped(fleet: Fleet) -> None:
    fleet.worker()
    fleet.dispatcher()
    run = start(one, one=["kill", "kill", "kill", "kill", "kill"])
    ended(run, status="failed", within=40)
    assert Step.objects.get(run=run).error_code == "worker_died"
    assert calls(run, "one") == 3


def test_two_dispatchers_and_four_workers(fleet: Fleet) -> None:
    for number in range(4):
        fleet.worker(1, name=f"worker{number}")
    for number in range(2):
        fleet.dispatcher(name=f"dispatcher{number}")
    runs = [start(three, two=["wait:0.3", "wait:0.3"]) for _ in range(40)]
    ended(*runs, within=60)
    assert {(calls(run, "one"), calls(run, "two"), calls(run, "three")) for run in runs} == {(1, 3, 1)}


def test_without_a_dispatcher_messages_alone_finish_every_run(fleet: Fleet) -> None:
    fleet.worker()
    runs = [start(three, two=["wait:0.2", "unsure"]) for _ in range(5)]
    ended(*runs, within=30)


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_the_command_as_it_stands_uses_no_pubsub(fleet: Fleet, pool: str) -> None:
    worker = fleet.worker(2, "--pool", pool)
    run = start(nothing8)
    ended(run)
    worker.terminate()
    assert worker.wait() == 0
    assert not worker.log.find("mingle|gossip|pidbox")


def test_a_stopped_worker_says_goodbye(fleet: Fleet) -> None:
    worker = fleet.worker()
    assert Worker.objects.count() == 1
    worker.terminate()
    worker.wait()
    eventually(lambda: Worker.objects.count() == 0, within=2)
