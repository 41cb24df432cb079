"""Who may ask, and the five shapes in which GitLab refuses."""

import pytest
import requests

from tests.simulators.lab import TOKEN, Lab


def as_user(lab: Lab, **credential: object) -> Lab:
    """A person named alice, with a token of her own."""
    if not lab.ok("GET", "/users?username=alice"):
        user = {"name": "Alice", "username": "alice", "email": "alice@example.com", "force_random_password": True}
        lab.ok("POST", "/users", **user)
    lab.settings(tokens={"glpat-alice": {"username": "alice", **credential}})
    return Lab(lab.url.removesuffix("/gitlab"), "glpat-alice")


@pytest.mark.parametrize("headers", [{"PRIVATE-TOKEN": TOKEN}, {"Authorization": f"Bearer {TOKEN}"}])
def test_a_token_counts_in_either_header(lab: Lab, headers: dict[str, str]) -> None:
    answer = requests.get(f"{lab.url}/api/v4/user", headers=headers, timeout=5)
    assert (answer.status_code, answer.json()["username"], answer.json()["is_admin"]) == (200, "root", True)


@pytest.mark.parametrize("headers", [{}, {"PRIVATE-TOKEN": "wrong"}, {"Authorization": "Bearer wrong"}])
@pytest.mark.parametrize("path", ["/user", "/version", "/metadata", "/namespaces"])
def test_no_token_and_an_unknown_one_are_401(lab: Lab, headers: dict[str, str], path: str) -> None:
    answer = requests.get(f"{lab.url}/api/v4{path}", headers=headers, timeout=5)
    assert (answer.status_code, answer.json()) == (401, {"message": "401 Unauthorized"})


@pytest.mark.parametrize(
    ("credential", "status", "body"),
    [
        ({"state": "revoked"}, 401, {"error": "invalid_token"}),
        ({"state": "expired"}, 401, {"error": "invalid_token"}),
        ({"scopes": ["read_repository"]}, 403, {"error": "insufficient_scope", "scope": "api"}),
    ],
)
def test_a_token_that_does_not_suffice_says_why(
    lab: Lab, credential: dict[str, object], status: int, body: dict[str, str]
) -> None:
    answer = as_user(lab, **credential).ask("GET", "/user")
    assert answer.status_code == status
    assert body.items() <= answer.json().items()


def test_a_reading_token_may_read_and_not_write(lab: Lab) -> None:
    alice = as_user(lab, scopes=["read_api"])
    assert alice.ask("GET", "/user").status_code == 200
    assert alice.ask("POST", "/groups", json={"name": "a", "path": "a"}).status_code == 403


def test_what_a_person_may_not_see_is_404_and_what_they_may_not_do_403(lab: Lab) -> None:
    group = lab.group("secret")
    project = lab.project("shop", group["id"])
    alice = as_user(lab)
    hidden = alice.ask("GET", f"/projects/{project['id']}")
    assert (hidden.status_code, hidden.json()) == (404, {"message": "404 Project Not Found"})
    assert alice.ask("GET", "/groups/secret").json() == {"message": "404 Group Not Found"}
    lab.ok("POST", "/groups/secret/members", username="alice", access_level=30)
    assert alice.ask("GET", f"/projects/{project['id']}").status_code == 200
    assert alice.ask("GET", f"/projects/{project['id']}/hooks").json() == {"message": "403 Forbidden"}
    assert alice.ask("POST", "/users", json={}).json() == {"message": "403 Forbidden"}


def test_nobody_sees_a_private_project_and_everybody_a_public_one(lab: Lab) -> None:
    group = lab.group("open", visibility="public")
    private, public = lab.project("a", group["id"]), lab.project("b", group["id"], visibility="public")
    nobody = Lab(lab.url.removesuffix("/gitlab"), None)
    assert nobody.ask("GET", f"/projects/{private['id']}").json() == {"message": "404 Project Not Found"}
    assert nobody.ask("GET", f"/projects/{public['id']}").status_code == 200
    assert [one["id"] for one in nobody.ask("GET", "/projects").json()] == [public["id"]]
    assert nobody.ask("DELETE", f"/projects/{public['id']}").status_code == 401


@pytest.mark.parametrize("path", ["/protected_branchs/main", "/projects/1/protected_branchs/main", "/nothing"])
def test_an_unknown_route_has_a_shape_of_its_own(lab: Lab, path: str) -> None:
    answer = lab.ask("PATCH", path)
    assert (answer.status_code, answer.json()) == (404, {"error": "404 Not Found"})


def test_parameters_are_checked_before_anything_else(lab: Lab) -> None:
    missing = lab.ask("POST", "/groups", json={})
    assert (missing.status_code, missing.json()) == (400, {"error": "name is missing, path is missing"})
    wrong = lab.ask("POST", "/groups", json={"name": "a", "path": "a", "visibility": "secret"})
    assert wrong.json() == {"error": "visibility does not have a valid value"}
    odd = lab.ask("POST", "/groups", json={"name": "a", "path": "a", "parent_id": "x"})
    assert odd.json() == {"error": "parent_id is invalid"}


def test_a_form_is_taken_and_another_content_type_refused(lab: Lab) -> None:
    assert lab.ask("POST", "/groups", data={"name": "a", "path": "a"}).status_code == 201
    plain = lab.ask("POST", "/groups", data="name=a", headers={"Content-Type": "text/plain"})
    assert plain.status_code == 415
    broken = lab.ask("POST", "/groups", data="{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 400


def test_the_instance_tells_its_version(lab: Lab) -> None:
    assert lab.ok("GET", "/version")["version"] == "18.5.1"
    assert lab.ok("GET", "/metadata")["enterprise"] is False
    lab.settings(edition="ee", version=17)
    assert lab.ok("GET", "/metadata").items() >= {"version": "17.5.1-ee", "enterprise": True}.items()


def test_health_answers_without_a_token_and_404_to_the_unlisted(lab: Lab) -> None:
    assert requests.get(f"{lab.url}/-/health", timeout=5).text == "GitLab OK"
    lab.settings(health_allowed=False)
    for path in ("health", "readiness", "liveness"):
        assert requests.get(f"{lab.url}/-/{path}", timeout=5).status_code == 404


def test_the_old_api_is_gone(lab: Lab) -> None:
    assert requests.get(f"{lab.url}/api/v3/projects", timeout=5).status_code == 410


def test_a_link_leads_people_to_a_page(lab: Lab) -> None:
    group = lab.group("templates")
    project = lab.template(group["id"])
    assert "chart/values.yaml" in requests.get(project["web_url"], timeout=5).text
    assert project["web_url"] in requests.get(group["web_url"], timeout=5).text
    assert requests.get(f"{lab.url}/nobody/nothing", timeout=5).status_code == 404
