"""Whatever is sent, the answer is JSON of one shape; never a page, never 500."""

import base64
import json
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.api.routes import ALL, Route
from tests.api.test_permissions import path_in
from tests.api.world import World

SHAPE = {"code", "detail", "fields", "run"}
WRITES = [route for route in ALL if route.method in ("POST", "PATCH")]

NO_JSON: list[bytes] = [
    b"{",
    b"\xff\xfe",
    b"NaN",
    b'{"name": Infinity}',
    b"\x00",
    b'{"name": "\xed\xa0\x80"}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"<html>",
    b"{'name': 1}",
    b'{"project": ' + b"9" * 5_000 + b"}",
]
WRONG: list[Any] = [
    None,
    7,
    "text",
    [],
    [{}],
    True,
    {},
    {"name": None},
    {"": ""},
]
VALUES: list[Any] = [
    None,
    True,
    -1,
    0,
    10**30,
    1.5,
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "é" * 300,
    "x" * 100_000,
    [],
    {},
    ["shop"],
    float("inf"),
    {"a": {"b": []}},
    "'; DROP TABLE accounts_user; --",
    "{{7*7}}",
    "../../etc/passwd",
    "\u202eshop",
]
FIELDS = (
    "username",
    "id",
    "password",
    "refresh",
    "name",
    "description",
    "team",
    "project",
    "type",
    "display_name",
    "undo",
)


def checked(answer: HttpResponse, *statuses: int) -> dict[str, Any]:
    assert answer.status_code in statuses, (answer.status_code, answer.content[:300])
    assert answer["Content-Type"] == "application/json"
    body = json.loads(answer.content)
    assert set(body) == SHAPE
    assert isinstance(body["code"], str)
    assert isinstance(body["detail"], str)
    assert body["fields"] is None or (answer.status_code, body["code"]) == (400, "invalid")
    assert body["detail"]
    assert not {"Traceback", "<"} & set(body["detail"].split())
    assert answer["X-Request-Id"]
    return dict(body)


@pytest.mark.parametrize("route", WRITES, ids=str)
def test_what_is_no_json(world: World, route: Route) -> None:
    path = path_in(world, route)
    if route.path in ("logout", "runs/{run_id}/retry"):
        return  # they read no body
    for body in NO_JSON:
        checked(world.author(route.method, path, body), 400)


@pytest.mark.parametrize("route", WRITES, ids=str)
def test_wrong_shapes_and_values(world: World, route: Route) -> None:
    path = path_in(world, route)
    bodies = [*WRONG, *({**dict.fromkeys(FIELDS, "x"), field: value} for field in FIELDS for value in VALUES)]
    for body in bodies:
        answer = world.author(route.method, path, json.dumps(body).replace("Infinity", "1e999999").encode())
        if answer.status_code >= 400:
            checked(answer, 400, 401, 404, 409, 429)


@pytest.mark.parametrize("route", ALL, ids=str)
def test_another_method_is_405(world: World, route: Route) -> None:
    others = {each.method for each in ALL if each.path == route.path}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - others:
        answer = world.author(method, path_in(world, route))
        assert checked(answer, 405)["code"] == "method_not_allowed"
        assert route.method in answer["Allow"]


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", "x"]
)
def test_what_is_not_sent_as_json_is_415(world: World, kind: str) -> None:
    for path in ("login", "project", "app", "token/refresh"):
        answer = world.author("POST", path, b"name=x", content_type=kind)
        assert checked(answer, 415)["code"] == "unsupported_media_type"


def test_json_is_json_with_any_charset_and_accept(world: World) -> None:
    for number, kind in enumerate(("application/json", "application/json; charset=utf-8", "Application/JSON")):
        answer = world.author("POST", "project", json.dumps({"name": f"P {number}"}).encode(), content_type=kind)
        assert answer.status_code == 201
    for accept in ("text/html", "*/*", "image/png", "nonsense"):
        assert world.author.get("me", Accept=accept)["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v2/runs",
        "/api/v1/login/",
        "/api/v1/runs/",
        "/api/v1/runs/1",
        "/api/v1/runs/not-a-uuid",
        "/api/v1/runs/01A1FE7C-A3B3-7578-8BD4-0BCA8A9A0E47x",
        "/api/v1/runs/%00",
        "/api/v1/teams/-1",
        "/api/v1/teams/x",
        "/api/v1/teams/99999999999999999999999999",
        "/api/v1/apps/999999999999999999",
        "/api/v1/applications/1/resources/",
        "/api/v1/../admin",
        "/api/v1/\u202e",
        "/health/",
        "/health/other",
    ],
)
@pytest.mark.parametrize("debug", [True, False])
def test_an_unknown_address_is_404(world: World, settings: Any, path: str, debug: bool) -> None:
    settings.DEBUG = debug
    assert checked(world.author.get(path), 404)["code"] == "not_found"
    assert checked(world.author.get(f"/api/v1/runs/{uuid4()}"), 404)["code"] == "not_found"


@pytest.mark.parametrize("debug", [True, False])
def test_a_host_that_is_not_ours(world: World, settings: Any, debug: bool) -> None:
    settings.DEBUG = debug
    settings.ALLOWED_HOSTS = ["slipway.example.com"]
    checked(world.author.get("projects", Host="evil.example.com"), 400)


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer x", "Bearer a b", "Bearer \xff", "Basic eA==", "x" * 5000]
)
def test_what_is_no_access_token(world: World, header: str) -> None:
    for path in ("me", f"runs/{world.run.pk}"):
        answer = world.nobody.get(path, Authorization=header, **{"If-None-Match": '"1"'})
        assert checked(answer, 401)["code"] == "not_authenticated"
        assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("given", ["short", "x" * 65, "with space", "new\nline", "<b>bold</b>x", "é" * 10])
def test_a_harmful_request_id_is_not_taken(world: World, given: str) -> None:
    taken = world.author.get("me", **{"X-Request-Id": given})["X-Request-Id"]
    assert taken != given
    assert len(taken) == 32


def test_a_huge_body_is_413(world: World) -> None:
    answer = world.author.post("project", {"name": "x" * 1_000_001})
    assert checked(answer, 413)["code"] == "too_large"


# Well-formed, with a position that is no value of the column: NUL, a word, a number that is too large.
CURSORS = [base64.b64encode(text).decode() for text in (b"r=1&p=%00", b"p=x", b"p=" + b"9" * 40, b"o=-1&p=1", b"p=%ff")]


def test_query_parameters_of_all_sorts(world: World) -> None:
    for path in (
        "runs",
        "projects",
        "applications",
        "teams",
        "app-types",
        f"runs/{world.run.pk}/events",
        f"applications/{world.app.pk}/resources",
    ):
        for name in ("limit", "cursor", "after", "status", "workflow", "application", "user", "team", "format", "x"):
            for value in ("", "%00", "%ff", "%ED%A0%80", "-1", "0", "9" * 40, "x" * 3000, *CURSORS):
                answer = world.author.get(f"{path}?{name}={value}")
                if answer.status_code != 200:
                    checked(answer, 400)


def test_a_bug_is_500_in_the_same_shape_and_shows_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is gone stands for any bug."""
    monkeypatch.delattr("apps.serializers.STATUS_OF_RUN")
    body = checked(world.author.get("applications"), 500)
    assert body["code"] == "internal"
    assert "STATUS_OF_RUN" not in body["detail"]


def test_the_admin_keeps_its_pages() -> None:
    answer = Client().get("/admin/nothing")
    assert answer["Content-Type"].startswith("text/html")
