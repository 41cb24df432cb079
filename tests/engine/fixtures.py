"""The engine in one process. Loaded by tests/conftest.py once Django is set up: it imports models."""

from collections.abc import Iterator

import pytest
from celery import current_app

from tests.engine.platform import Platform


@pytest.fixture
def platform(transactional_db: None) -> Iterator[Platform]:
    """A fresh database and an empty broker."""
    with current_app.connection_for_read() as broker:
        platform = Platform(broker)
        platform.letters()
        yield platform
