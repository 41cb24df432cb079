"""Who sits at the screen."""

from importlib import import_module
from typing import Any

import pytest
from django.test import Client

TO_SEE = ("view_run", "view_step", "view_event", "view_resource", "view_worker", "view_app")


@pytest.fixture(autouse=True)
def files_where_they_are(settings: Any) -> None:
    """Nobody has collected static files for these tests; WhiteNoise would warn of their missing folder."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture
def night(db: None) -> Any:
    """The module that makes people: it imports models, so it can be loaded only after Django is set up."""
    return import_module("tests.admin.night")


@pytest.fixture
def root(night: Any) -> Client:
    """A superuser."""
    return night.logged_in(night.superuser("root"))  # type: ignore[no-any-return]


@pytest.fixture
def operator(night: Any) -> Client:
    """Staff who may change runs."""
    return night.logged_in(night.staff("omar", "change_run", *TO_SEE))  # type: ignore[no-any-return]


@pytest.fixture
def onlooker(night: Any) -> Client:
    """Staff who may see everything and change nothing."""
    return night.logged_in(night.staff("olga", *TO_SEE))  # type: ignore[no-any-return]
