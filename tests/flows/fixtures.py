"""The world for stories. Loaded by tests/conftest.py once Django is set up: it imports models."""

import pytest

from tests.flows.world import World
from tests.simulation import Simulation


@pytest.fixture
def world(simulation: Simulation, transactional_db: None) -> World:
    """Bootstrapped systems, a team, a person, a project."""
    return World(simulation)
