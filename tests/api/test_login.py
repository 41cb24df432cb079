"""Log-in, log-out, tokens: who gets in, who does not, and when it ends."""

import time
from datetime import timedelta
from statistics import median
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken

from accounts import throttle
from accounts.authentication import WANTED, Bearer
from accounts.models import User
from tests.api.world import PASSWORD, Api, World
from tests.engine.platform import together

REFUSED = {"code": "invalid_credentials", "detail": "Invalid credentials", "fields": None, "run": None}


@pytest.fixture(autouse=True)
def hana_has_a_password(request: pytest.FixtureRequest, light_hashes: None) -> None:
    """The others have none."""
    fixture = "lasting_world" if "lasting_world" in request.fixturenames else "world"
    user = request.getfixturevalue(fixture).hana
    user.set_password(PASSWORD)
    user.save()


def log_in(api: Api, name: str = "hana", password: str = PASSWORD, **more: Any) -> Any:
    return api.post("login", {"username": name, "password": password, **more})


def bearer(api: Api, token: str, path: str = "me") -> Any:
    return api.get(path, Authorization=f"Bearer {token}")


# --- In ---


def test_a_log_in_gives_tokens_and_a_session(world: World) -> None:
    answer = log_in(world.nobody)
    body = answer.json()
    access, refresh = body.pop("access"), body.pop("refresh")
    assert answer.status_code == 201
    assert body == {
        "user": {
            "id": world.hana.pk,
            "username": "hana",
            "email": "hana@example.com",
            "display_name": "",
            "team": "dev",
            "team_id": world.dev.pk,
            "staff": False,
        }
    }
    assert answer["Cache-Control"] == "no-store"
    cookie = answer.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert world.nobody.get("me").status_code == 200, "by the session"
    assert bearer(Api(), access).status_code == 200, "by the token"
    assert bearer(Api(), refresh).status_code == 401, "a refresh token opens nothing"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("Login", {"username": "hana", "password": PASSWORD}),
        ("login", {"id": "hana", "password": PASSWORD}),
        ("Login", {"id": "HANA", "password": PASSWORD}),
        ("login", {"username": " hana ", "password": PASSWORD}),
    ],
)
def test_the_customers_spellings(world: World, path: str, body: dict[str, str]) -> None:
    assert world.nobody.post(path, body).status_code == 201


def test_everybody_who_does_not_get_in_reads_the_same(world: World) -> None:
    User.objects.create_user("gone", "gone@example.com", PASSWORD, is_active=False)
    answers = [
        log_in(world.nobody, *who) for who in (("hana", "wrong"), ("unknown", PASSWORD), ("gone", PASSWORD), ("mo", ""))
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 400]
    assert all(answer.json() == REFUSED for answer in answers[:3])
    assert not Session.objects.exists()


def test_an_unknown_name_takes_as_long_as_a_wrong_password(world: World, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    world.hana.set_password(PASSWORD)
    world.hana.save()

    def took(name: str) -> float:
        begun = time.perf_counter()
        assert log_in(world.nobody, name, "wrong").status_code == 401
        return time.perf_counter() - begun

    known = median(took("hana") for _ in range(5))
    unknown = median(took(f"nobody{number}") for number in range(5))
    assert 0.4 < unknown / known < 2.5


# --- Too often ---


@pytest.fixture(autouse=True)
def in_one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands, so that no test meets the end of a window."""
    now = time.time() // throttle.WINDOW_SECONDS * throttle.WINDOW_SECONDS + 1
    monkeypatch.setattr(throttle, "clock", lambda: now)


@pytest.mark.parametrize("name", ["hana", "unknown"])
def test_a_name_is_tried_ten_times(world: World, name: str) -> None:
    answers = [log_in(world.nobody, name, "wrong") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert answers[-1]["Retry-After"] == "299"
    detail = "Too many attempts. Try again in 299 seconds."
    assert answers[-1].json() == {"code": "throttled", "detail": detail, "fields": None, "run": None}
    assert log_in(world.nobody, name).status_code == 429, "even the right password"
    assert log_in(world.nobody, "mo", "wrong").status_code == 401, "others are not held up"


def test_it_is_forgotten_after_a_while(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(11):
        log_in(world.nobody, "hana", "wrong")
    later = throttle.clock() + throttle.WINDOW_SECONDS
    monkeypatch.setattr(throttle, "clock", lambda: later)
    assert log_in(world.nobody).status_code == 201


def test_those_who_get_in_are_not_counted(world: World) -> None:
    assert [log_in(world.nobody).status_code for _ in range(12)] == [201] * 12


def test_an_address_is_limited_over_all_names(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "MOST_OF_ADDRESS", 3)
    assert [log_in(world.nobody, f"n{number}", "x").status_code for number in range(4)] == [401, 401, 401, 429]
    world.nobody.client.defaults["REMOTE_ADDR"] = "10.0.0.9"
    assert log_in(world.nobody, "n9", "x").status_code == 401


@pytest.mark.server
def test_attempts_side_by_side_count(lasting_world: World) -> None:
    answers = together(15, lambda _: log_in(Api(), "hana", "wrong"))
    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 5


# --- The session of a browser ---


def test_a_session_needs_the_csrf_token(world: World) -> None:
    browser = Api()
    browser.client.handler.enforce_csrf_checks = True
    token = log_in(browser).cookies["csrftoken"].value
    refused = browser.patch("me", {"display_name": "Hana"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "CSRF" in refused.json()["detail"]
    assert browser.patch("me", {"display_name": "Hana"}, **{"X-CSRFToken": token}).status_code == 200
    assert browser.post("logout").status_code == 403
    assert browser.post("logout", **{"X-CSRFToken": token}).status_code == 204
    assert browser.get("me").status_code == 401
    assert not Session.objects.exists()


def test_a_token_needs_no_csrf_token(world: World) -> None:
    world.author.client.handler.enforce_csrf_checks = True
    assert world.author.patch("me", {"display_name": "Hana"}).json()["display_name"] == "Hana"


# --- Out, and the next token ---


@pytest.mark.parametrize("way", ["session", "token"])
def test_logging_out_ends_session_and_refresh_token(world: World, way: str) -> None:
    browser, program = Api(), Api()
    tokens = log_in(browser).json()
    other = log_in(Api()).json()
    if way == "session":
        assert browser.post("logout").status_code == 204
        assert browser.get("me").status_code == 401
    else:
        assert program.post("logout", Authorization=f"Bearer {tokens['access']}").status_code == 204
    assert program.post("token/refresh", {"refresh": tokens["refresh"]}).status_code == 401
    assert program.post("token/refresh", {"refresh": other["refresh"]}).status_code == 200, "another log-in goes on"


def test_a_refresh_token_works_once(world: World) -> None:
    first = log_in(world.nobody).json()["refresh"]
    answer = Api().post("token/refresh", {"refresh": first})
    assert (answer.status_code, set(answer.json())) == (200, {"access", "refresh"})
    assert bearer(Api(), answer.json()["access"]).status_code == 200
    again = Api().post("token/refresh", {"refresh": first})
    assert (again.status_code, again.json()["code"]) == (401, "not_authenticated")
    assert Api().post("token/refresh", {"refresh": answer.json()["refresh"]}).status_code == 200


@pytest.mark.server
def test_a_refresh_token_sent_ten_times_at_once_works_once(lasting_world: World) -> None:
    refresh = log_in(Api()).json()["refresh"]
    answers = together(10, lambda _: Api().post("token/refresh", {"refresh": refresh}))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 9


def test_whoever_is_deactivated_gets_no_new_token(world: World) -> None:
    refresh = log_in(world.nobody).json()["refresh"]
    User.objects.filter(pk=world.hana.pk).update(is_active=False)
    assert Api().post("token/refresh", {"refresh": refresh}).status_code == 401
    User.objects.filter(pk=world.hana.pk).delete()
    assert Api().post("token/refresh", {"refresh": refresh}).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "a.b.c", 7, None, "\x00", "x" * 5000])
def test_what_is_no_refresh_token(world: World, token: object) -> None:
    assert world.nobody.post("token/refresh", {"refresh": token}).status_code in (400, 401)


def test_an_access_token_refreshes_nothing_and_ends(world: World) -> None:
    access = AccessToken.for_user(world.hana)
    assert Api().post("token/refresh", {"refresh": str(access)}).status_code == 401
    assert bearer(Api(), str(access)).status_code == 200
    access.set_exp(lifetime=-timedelta(seconds=1))
    ended = bearer(Api(), str(access))
    assert (ended.status_code, ended.json()["code"]) == (401, "not_authenticated")
    assert ended["WWW-Authenticate"].startswith("Bearer")


def test_the_database_holds_no_token(world: World) -> None:
    tokens = log_in(world.nobody).json()
    Api().post("token/refresh", {"refresh": tokens["refresh"]})
    assert set(OutstandingToken.objects.values_list("token", flat=True)) == {""}


# --- Who it is ---


def test_the_person_read_by_hand_is_the_one_that_django_reads(world: World) -> None:
    for user in (world.hana, world.sonja):
        read = Bearer().get_user(AccessToken.for_user(user))
        assert {name: getattr(read, name) for name in WANTED} == {name: getattr(user, name) for name in WANTED}
        assert read.email == user.email
        assert read.date_joined == user.date_joined, "what was left out is read when it is asked for"


def test_the_profile(world: World, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):  # who calls; with the team; accounts
        answer = world.author.get("me")
    assert answer.json() == {
        "id": world.hana.pk,
        "username": "hana",
        "email": "hana@example.com",
        "display_name": "",
        "team": "dev",
        "team_id": world.dev.pk,
        "staff": False,
        "accounts": [],
    }


def test_only_the_display_name_changes(world: World) -> None:
    answer = world.author.patch("me", {"display_name": "Hana H.", "username": "root", "is_staff": True})
    assert (answer.json()["display_name"], answer.json()["username"], answer.json()["staff"]) == (
        "Hana H.",
        "hana",
        False,
    )
    assert User.objects.get(pk=world.hana.pk).display_name == "Hana H."


def test_teams(world: World) -> None:
    shape = {"id": world.dev.pk, "name": "dev", "cluster": world.dev.cluster, "resources": []}
    shown = world.member.get(f"teams/{world.dev.pk}").json()
    assert shown.pop("created_at").endswith("Z")
    assert shown == shape
    assert [team["name"] for team in world.member.get("teams").json()["results"]] == ["dev"]
    assert [team["name"] for team in world.staff.get("teams").json()["results"]] == ["dev", "ops"]
