"""The demo's processes: started again when they die, and none left behind. Real processes, no platform."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from demo.processes import Crew, Ears
from demo.spawning import Closed, Spawner, end_leftovers
from demo.trouble import Trouble
from tests.eventually import eventually

# A parent with a child, like a worker with its slots; the child outlives a parent that is killed.
FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"


class Told(list[str]):
    """What was said to people."""

    def __contains__(self, part: object) -> bool:
        return any(str(part) in sentence for sentence in self)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def spawner(tmp_path: Path) -> Spawner:
    (tmp_path / "logs").mkdir()
    return Spawner(tmp_path, os.environ)


@pytest.fixture
def crew(spawner: Spawner, told: Told) -> Iterator[Crew]:
    crew = Crew(spawner, Ears(told.append, lambda sentence: told.append(f"given up: {sentence}")))
    yield crew
    crew.stop()


def children_of_family(spawner: Spawner, count: int) -> list[psutil.Process]:
    log = spawner.log("family")
    eventually(lambda: len(log.read_text().split()) == count, 10)
    return [psutil.Process(int(line)) for line in log.read_text().split()]


def test_a_killed_process_is_started_again_and_its_children_go_with_it(
    crew: Crew, spawner: Spawner, told: Told
) -> None:
    came_back: list[bool] = []
    crew.keep("family", sys.executable, "-c", FAMILY, again=lambda: came_back.append(True))
    first = crew.pid("family")
    (child,) = children_of_family(spawner, 1)

    os.kill(first, signal.SIGKILL)

    eventually(lambda: crew.pid("family") != first and came_back, 10)
    child.wait(5)
    assert f"Process {first} (family) was ended by SIGKILL and is started again" in told


def test_the_end_leaves_nobody_behind_not_even_the_deaf(
    crew: Crew, spawner: Spawner, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.processes.ENDING_SECONDS", 0.5)
    crew.keep("family", sys.executable, "-c", FAMILY)
    crew.keep("deaf", sys.executable, "-c", DEAF)
    family = [psutil.Process(crew.pid("family")), *children_of_family(spawner, 1)]
    deaf = psutil.Process(crew.pid("deaf"))
    eventually(lambda: "deaf" in spawner.log("deaf").read_text(), 10)

    crew.stop("deaf")

    assert psutil.wait_procs([*family, deaf], timeout=5)[1] == []
    assert "(deaf) does not end by itself" in told
    with pytest.raises(Closed):
        crew.begin("late", sys.executable, "-c", "pass")


def test_a_command_that_fails_shows_the_end_of_its_log(crew: Crew) -> None:
    job = crew.begin("migrate", sys.executable, "-c", "import sys; sys.exit('no such table')")

    with pytest.raises(Trouble, match=r"(?s)migrate ended with status 1\..*no such table"):
        job.finish()


def test_a_process_that_cannot_even_start_is_given_up_with_the_end_of_its_log(
    crew: Crew, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.processes.PAUSE_SECONDS", 0.02)
    crew.keep("worker", sys.executable, "-c", "import sys; sys.exit('No module named packaging')")

    eventually(lambda: "given up" in told, 20)

    assert [sentence for sentence in told if "given up" not in sentence] == [
        sentence for sentence in told if "is started again" in sentence
    ]
    assert len(told) == 4
    assert "ended with status 1, as 3 times before" in told
    assert "No module named packaging" in told


def test_what_a_killed_demo_left_behind_is_ended_by_the_next_one(spawner: Spawner, tmp_path: Path, told: Told) -> None:
    left = spawner.spawn("family", [sys.executable, "-c", FAMILY])
    (child,) = children_of_family(spawner, 1)

    end_leftovers(tmp_path, told.append)

    assert psutil.wait_procs([child], timeout=5)[1] == []
    left.wait(5)
    assert "1 processes" in told


def test_a_process_that_got_the_number_of_one_that_ended_is_left_alone(tmp_path: Path, told: Told) -> None:
    (tmp_path / "processes").write_text(f"[{os.getpid()}, 12.5]\n")

    end_leftovers(tmp_path, told.append)

    assert told == []
