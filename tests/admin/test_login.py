"""The admin's log-in is throttled by the same counts as the API's."""

import uuid

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts import throttle
from accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse 9"


# Other tests of the session count attempts from the ordinary address.
ADDRESS = f"2001:db8::{uuid.uuid4().hex[:4]}"


def log_in(name: str, password: str) -> tuple[int, str]:
    """The status and the page that a log-in to the admin answers."""
    form = {"username": name, "password": password, "next": "/admin/"}
    answer = Client(REMOTE_ADDR=ADDRESS).post("/admin/login/", form)
    return answer.status_code, answer.content.decode()


def test_a_password_cannot_be_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = throttle.clock()
    monkeypatch.setattr(throttle, "clock", lambda: now)  # no window ends in the middle
    name = f"night{uuid.uuid4().hex[:8]}"
    User.objects.create_user(name, f"{name}@example.com", PASSWORD, is_staff=True)
    assert log_in(name, PASSWORD)[0] == 302
    for _ in range(throttle.MOST_OF_NAME):
        status, page = log_in(name, "wrong")
        assert status == 200
        assert "Too many attempts" not in page
    status, page = log_in(name, PASSWORD)
    assert status == 200
    assert "Too many attempts" in page


def test_behind_a_proxy_each_caller_has_an_address(settings: Settings) -> None:
    settings.BEHIND_PROXY = True
    request = (
        Client().get("/health/live", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.9").wsgi_request
    )
    assert throttle.address_of(request) == "203.0.113.9"
    settings.BEHIND_PROXY = False
    assert throttle.address_of(request) == "10.0.0.1"
