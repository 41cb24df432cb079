"""Every figure is measured once, as quickly as can be: none may be rotten on the day when it is needed."""

import subprocess
import sys

import pytest

from tests.processes import ROOT

# The demo has tests of its own.
FIGURES = ("engine", "creation", "waiting", "http", "recovery")
PROMISED = (
    "time added per step",
    "runs per second",
    "processor time of the worker per run",
    "messages per step",
    "statements per step",
    "wall clock over critical path",
    "is kept waiting",
    "GET /runs/{id}",
    "304",
    "POST /app",
    "SIGKILL of a child",
    "SIGKILL of a whole worker",
    "a lost message",
    "Redis' return",
)


@pytest.mark.server
@pytest.mark.only_on("sqlite")
@pytest.mark.timeout(400)
def test_every_figure_comes_to_its_end() -> None:
    command = [sys.executable, "-m", "bench", "--quick", "--markdown", *FIGURES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=380, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert [figure for figure in PROMISED if not any(figure in row for row in rows)] == []


def test_a_figure_that_nobody_knows_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "speed"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "there are engine, creation, waiting, http, recovery, demo" in done.stderr
