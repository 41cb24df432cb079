"""Protected branches: made, read back, and the PATCH that says 200 and changes nothing."""

from typing import Any

import pytest

from tests.simulators.lab import Lab, create


@pytest.fixture
def url(lab: Lab) -> str:
    """The rules of a project whose `main` GitLab protected itself, at the first push."""
    project = lab.template(lab.group("dev")["id"])
    return f"/projects/{project['id']}/protected_branches"


def levels(rule: Any) -> tuple[list[int], list[int]]:
    push = [one["access_level"] for one in rule["push_access_levels"]]
    return push, [one["access_level"] for one in rule["merge_access_levels"]]


def test_the_first_push_protects_the_default_branch(lab: Lab, url: str) -> None:
    assert levels(lab.ok("GET", f"{url}/main")) == ([40], [40])


def test_delete_and_post_let_developers_push(lab: Lab, url: str) -> None:
    assert lab.ask("DELETE", f"{url}/main").status_code == 204
    missing = lab.ask("DELETE", f"{url}/main")
    assert (missing.status_code, missing.json()) == (404, {"message": "404 Not found"})
    made = lab.ok("POST", url, name="main", push_access_level=30, merge_access_level=30)
    assert levels(made) == ([30], [30])
    again = lab.ask("POST", url, json={"name": "main"})
    assert (again.status_code, again.json()) == (409, {"message": "Protected branch 'main' already exists"})


def test_a_rule_needs_no_branch_and_may_be_a_wildcard(lab: Lab, url: str) -> None:
    lab.ok("POST", url, name="release/*")
    assert levels(lab.ok("GET", f"{url}/release%2F%2A")) == ([40], [40])
    assert [one["name"] for one in lab.ok("GET", url)] == ["main", "release/*"]


def test_a_level_that_does_not_exist_is_refused(lab: Lab, url: str) -> None:
    answer = lab.ask("POST", url, json={"name": "x", "push_access_level": 35})
    assert (answer.status_code, answer.json()) == (400, {"error": "push_access_level does not have a valid value"})


@pytest.mark.parametrize("edition", ["ce", "ee"])
def test_patch_ignores_the_levels_of_a_post(lab: Lab, url: str, edition: str) -> None:
    lab.settings(edition=edition)
    answer = lab.ask("PATCH", f"{url}/main", json={"push_access_level": 30, "merge_access_level": 30})
    assert answer.status_code == 200
    assert levels(answer.json()) == ([40], [40])


def test_patch_in_ce_knows_force_push_only(lab: Lab, url: str) -> None:
    body = {"allowed_to_push": [{"access_level": 30}], "allow_force_push": True}
    answer = lab.ask("PATCH", f"{url}/main", json=body)
    assert (answer.status_code, levels(answer.json())) == (200, ([40], [40]))
    assert answer.json()["allow_force_push"] is True
    assert "unprotect_access_levels" not in answer.json()


def test_patch_in_ee_adds_changes_and_removes_single_levels(lab: Lab, url: str) -> None:
    lab.settings(edition="ee")
    added = lab.ok("PATCH", f"{url}/main", allowed_to_push=[{"access_level": 30}])
    assert levels(added)[0] == [40, 30]
    twice = lab.ask("PATCH", f"{url}/main", json={"allowed_to_push": [{"access_level": 30}]})
    text = "Push access levels access level has already been taken"
    assert (twice.status_code, twice.json()) == (422, {"message": [text]})
    first = added["push_access_levels"][0]["id"]
    assert levels(lab.ok("PATCH", f"{url}/main", allowed_to_push=[{"id": first, "_destroy": True}]))[0] == [30]
    assert lab.ok("GET", f"{url}/main").keys() >= {"unprotect_access_levels", "code_owner_approval_required"}


def test_a_rule_keeps_developers_out_until_it_lets_them_in(lab: Lab, url: str) -> None:
    person = {"name": "Dev", "username": "dev1", "email": "dev@example.com", "force_random_password": True}
    lab.ok("POST", "/users", **person)
    lab.ok("POST", "/groups/dev/members", username="dev1", access_level=30)
    lab.settings(tokens={"glpat-dev": {"username": "dev1"}})
    developer = Lab(lab.url.removesuffix("/gitlab"), "glpat-dev")
    refused = developer.commit(1, create("a"))
    text = "403 Forbidden - You are not allowed to push into this branch"
    assert (refused.status_code, refused.json()) == (403, {"message": text})
    lab.ok("DELETE", f"{url}/main")
    lab.ok("POST", url, name="main", push_access_level=30)
    assert developer.commit(1, create("a")).status_code == 201


def test_level_zero_keeps_out_even_administrators(lab: Lab, url: str) -> None:
    lab.ok("DELETE", f"{url}/main")
    lab.ok("POST", url, name="main", push_access_level=0)
    assert lab.commit(1, create("a")).status_code == 403
