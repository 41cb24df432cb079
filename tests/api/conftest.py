"""Who calls the API, and what there is."""

from importlib import import_module
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def files_where_they_are(settings: Any) -> None:
    """Nobody has collected static files for these tests; WhiteNoise would warn of their missing folder."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def light_hashes(settings: Any) -> None:
    """Most tests do not care how long a password takes."""
    settings.PASSWORD_HASHERS = ["tests.api.hashing.Light"]


@pytest.fixture(autouse=True)
def nobody_tried_to_log_in() -> None:
    """Attempts are counted in the cache, which outlives a test."""
    import_module("django.core.cache").cache.clear()


@pytest.fixture
def world(db: None) -> Any:
    """Two teams, five kinds of callers, a project and an application whose run has begun."""
    return import_module("tests.api.world").World()


@pytest.fixture
def lasting_world(transactional_db: None) -> Any:
    """The same, committed: for tests with threads or with processes of their own."""
    return import_module("tests.api.world").World()
