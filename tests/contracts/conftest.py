"""The simulators in a thread, as for their own tests. Nothing of Django, no database."""

from collections.abc import Iterator

import pytest

from simulators.serving import InThread


@pytest.fixture(scope="session")
def sim_url() -> Iterator[str]:
    """The address of all simulated systems, one server for all tests of this folder."""
    with InThread() as url:
        yield url
