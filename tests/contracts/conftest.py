"""The simulators in a thread, as for their own tests. Nothing of Django, no database."""

from collections.abc import Iterator

import pytest

from simulators.serving import InThread
from tests.contracts.gitlab_world import World
from tests.simulators.lab import Lab


@pytest.fixture(scope="session")
def sim_url() -> Iterator[str]:
    """The address of all simulated systems, one server for all tests of this folder."""
    with InThread() as url:
        yield url


@pytest.fixture
def world(sim_url: str) -> Iterator[World]:
    """A small instance, built anew."""
    lab = Lab(sim_url)
    yield World.build(lab)
    lab.close()
