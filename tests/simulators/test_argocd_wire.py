"""The order of checks, the shapes of errors, tokens, and who may what."""

import base64
import json
import time
from typing import Any

import jwt
import pytest

from simulators.argocd.accounts import KEY, PASSWORD
from simulators.argocd.models import ADMIN_TOKEN, VIEWER_TOKEN
from tests.simulators.cd import Cd, application, project


def test_the_tokens_look_like_jwts() -> None:
    for token in (ADMIN_TOKEN, VIEWER_TOKEN):
        header, claims, signature = token.split(".")
        assert json.loads(base64.urlsafe_b64decode(header + "==")) == {"alg": "HS256", "typ": "JWT"}
        assert json.loads(base64.urlsafe_b64decode(claims + "=="))["iss"] == "argocd"
        assert signature


@pytest.mark.parametrize("kind", [None, "text/plain", "application/json; charset=utf-8"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_every_write_must_be_exactly_json(cd: Cd, method: str, kind: str | None) -> None:
    answer = cd.ask(method, "/api/v1/nowhere", headers={"Content-Type": kind}, token=None)
    assert (answer.status_code, answer.text.strip()) == (415, "Invalid content type")
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_letter_case_of_the_content_type_does_not_matter(cd: Cd) -> None:
    headers = {"Content-Type": "Application/JSON"}
    assert cd.ask("POST", "/api/v1/projects", json=project(), headers=headers).status_code == 200


def test_route_then_json_then_token_then_rights(cd: Cd) -> None:
    assert cd.ask("POST", "/api/v1/nowhere", token=None).text.strip() == "Not Found"
    wrong = cd.ask("PATCH", "/api/v1/projects", token=None)
    assert (wrong.status_code, wrong.text.strip()) == (405, "Method Not Allowed")
    malformed = cd.ask("POST", "/api/v1/projects", data="{", token=None)
    assert (malformed.status_code, malformed.json()["code"]) == (400, 3)
    assert cd.no("POST", "/projects", project(), token=None) == (401, 16, "no session information")
    assert cd.no("POST", "/projects", project(), token=VIEWER_TOKEN) == (
        403,
        7,
        "permission denied: projects, create, team, sub: viewer, iat: 2026-01-01T00:00:00Z",
    )


def test_a_field_of_another_type_is_400_and_an_unknown_one_vanishes(cd: Cd) -> None:
    status, code, message = cd.no("POST", "/projects", {"project": {"metadata": {"name": 7}}})
    assert (status, code) == (400, 3)
    assert message == "json: cannot unmarshal number into Go struct field ObjectMeta.name of type string"
    made = cd.ok("POST", "/projects", project("team", descriptoin="x", description="y"))
    assert made["spec"]["description"] == "y"
    assert "descriptoin" not in made["spec"]


@pytest.mark.parametrize(
    ("token", "message"),
    [
        (None, "no session information"),
        ("opaque", "no session information"),
        ("only.two", "no session information"),
        ("a.b.c", "invalid session: token is malformed"),
        (
            jwt.encode({"iss": "argocd", "sub": "admin:apiKey"}, "another key of thirty-two bytes or more", "HS256"),
            "invalid session: token signature is invalid: signature is invalid",
        ),
        (
            jwt.encode({"iss": "argocd", "sub": "admin:apiKey", "iat": 1, "exp": 2}, KEY, "HS256"),
            "invalid session: token has invalid claims: token is expired",
        ),
    ],
)
def test_tokens_that_do_not_count(cd: Cd, token: str | None, message: str) -> None:
    status, code, found = cd.no("GET", "/applications", token=token)
    assert (status, code) == (401, 16)
    assert found.startswith(message)
    assert cd.ok("GET", "/session/userinfo", token=token) == {}
    assert cd.ask("GET", "/api/version", token=token).json() == {"Version": "v3.5.1+109ca7c"}


def test_a_good_token_says_who_it_is(cd: Cd) -> None:
    assert cd.ok("GET", "/session/userinfo") == {"loggedIn": True, "username": "provisioner", "iss": "argocd"}
    assert cd.ask("GET", "/api/version").json()["Platform"] == "linux/amd64"
    assert cd.ask("GET", "/healthz", token=None).text == "ok"


def test_the_cookie_counts_and_a_usable_header_wins(cd: Cd) -> None:
    cookies = {"argocd.token": VIEWER_TOKEN}
    assert cd.ok("GET", "/session/userinfo", token=None, cookies=cookies)["username"] == "viewer"
    assert cd.ok("GET", "/session/userinfo", token="opaque", cookies=cookies)["username"] == "viewer"
    assert cd.ok("GET", "/session/userinfo", cookies=cookies)["username"] == "provisioner"


def test_a_log_in_lives_a_day_and_a_wrong_one_is_answered_late(cd: Cd) -> None:
    token = cd.ok("POST", "/session", {"username": "admin", "password": PASSWORD}, token=None)["token"]
    assert cd.ok("GET", "/session/userinfo", token=token)["username"] == "admin"
    before = time.monotonic()
    wrong = {"username": "admin", "password": "wrong"}
    assert cd.no("POST", "/session", wrong, token=None) == (401, 16, "Invalid username or password")
    assert time.monotonic() - before >= 0.5
    assert cd.no("POST", "/session", {}, token=None)[2] == "no credentials supplied"
    assert cd.no("POST", "/session", {"username": "x" * 33, "password": "y"}, token=None)[0] == 400
    cd.pass_time(24 * 3600 + 1)
    assert cd.no("GET", "/applications", token=token)[2].endswith("token is expired")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/applications/shop", None),
        ("DELETE", "/applications/shop", None),
        ("PUT", "/applications/shop", application("http://x")),
        ("PATCH", "/applications/shop", {"patch": "[]"}),
        ("POST", "/applications/shop/sync", {}),
    ],
)
def test_what_is_missing_is_403_without_its_project_and_404_with_it(cd: Cd, method: str, path: str, body: Any) -> None:
    assert cd.no(method, path, body) == (403, 7, "permission denied")
    absent = (404, 5, 'applications.argoproj.io "shop" not found')
    assert cd.no(method, f"{path}?project=default", body) == absent


def test_two_projects_in_the_query_are_refused(cd: Cd) -> None:
    assert cd.no("GET", "/applications/shop?project=a&project=b")[:2] == (400, 3)


def test_a_project_role_may_what_its_policies_say(cd: Cd) -> None:
    policies = ["p, proj:team:ci, applications, get, team/*, allow", "p, proj:team:ci, applications, get, team/x, deny"]
    cd.ok("POST", "/projects", project("team", roles=[{"name": "ci", "policies": policies}]))
    asked = {"id": "one", "expiresIn": 60}
    token = cd.ok("POST", "/projects/team/roles/ci/token", asked)["token"]
    assert cd.no("POST", "/projects/team/roles/ci/token", asked) == (400, 3, "Token id 'one' has been used. ")
    assert cd.no("GET", "/applications/a?project=team", token=token)[0] == 404
    assert cd.no("GET", "/applications/x?project=team", token=token)[0] == 403
    assert cd.no("DELETE", "/applications/a?project=team", token=token)[0] == 403
    assert cd.ok("GET", "/projects/team")["status"]["jwtTokensByRole"]["ci"]["items"][0]["id"] == "one"
    cd.pass_time(61)
    assert cd.no("GET", "/applications/a?project=team", token=token)[0] == 401


def test_what_is_not_simulated_says_so(cd: Cd) -> None:
    assert cd.no("GET", "/applications/shop/logs")[:2] == (501, 12)


def test_clusters_are_listed_and_a_missing_one_is_403(cd: Cd) -> None:
    cd.settings(clusters={"dev": "https://dev:6443"})
    assert [one["name"] for one in cd.ok("GET", "/clusters")["items"]] == ["in-cluster", "dev"]
    assert cd.ok("GET", "/clusters/dev?id.type=name")["server"] == "https://dev:6443"
    assert cd.ok("GET", "/clusters/https%3A%2F%2Fdev%3A6443")["name"] == "dev"
    assert cd.no("GET", "/clusters/prod?id.type=name") == (403, 7, "permission denied")
