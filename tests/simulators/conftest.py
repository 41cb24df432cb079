"""The simulators in a thread of the test's process, on a free port: nothing of Django, no database."""

from collections.abc import Iterator

import pytest

from simulators.serving import InThread
from tests.simulators.cd import Cd
from tests.simulators.ci import Ci
from tests.simulators.lab import Lab


@pytest.fixture(scope="session")
def sim_url() -> Iterator[str]:
    """The address of all simulated systems, one server for all tests of this folder."""
    with InThread() as url:
        yield url


@pytest.fixture
def lab(sim_url: str) -> Iterator[Lab]:
    """An empty GitLab with default settings."""
    found = Lab(sim_url)
    found.control("POST", "reset")
    yield found
    found.close()


@pytest.fixture
def ci(sim_url: str) -> Iterator[Ci]:
    """An empty Jenkins with default settings."""
    found = Ci(sim_url)
    found.control("POST", "reset")
    yield found
    found.close()


@pytest.fixture
def cd(sim_url: str) -> Iterator[Cd]:
    """An empty Argo CD with default settings."""
    found = Cd(sim_url)
    found.control("POST", "reset")
    yield found
    found.close()
