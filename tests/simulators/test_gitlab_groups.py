"""Groups, members and people."""

from typing import Any

import pytest

from tests.simulators.lab import Lab


def person(lab: Lab, username: str, **more: Any) -> Any:
    given = {"name": username.title(), "email": f"{username}@example.com", "force_random_password": True, **more}
    return lab.ok("POST", "/users", username=username, **given)


def test_a_group_is_found_by_id_and_full_path_in_any_case_but_not_by_name(lab: Lab) -> None:
    top = lab.ok("POST", "/groups", name="Platform Team", path="platform")
    apps = lab.ok("POST", "/groups", name="Apps", path="apps", parent_id=top["id"])
    assert apps["full_path"] == "platform/apps"
    for key in (apps["id"], "platform%2Fapps", "Platform%2FAPPS"):
        assert lab.ok("GET", f"/groups/{key}?with_projects=False")["id"] == apps["id"]
    missing = lab.ask("GET", "/groups/Platform%20Team")
    assert (missing.status_code, missing.json()) == (404, {"message": "404 Group Not Found"})
    assert [one["path"] for one in lab.ok("GET", "/groups?search=PLAT")] == ["platform"]
    assert [one["path"] for one in lab.ok("GET", f"/groups/{top['id']}/subgroups")] == ["apps"]


def test_a_taken_path_is_one_string_whoever_has_it(lab: Lab) -> None:
    lab.group("dev")
    person(lab, "alice")
    for path in ("dev", "DEV", "alice"):
        answer = lab.ask("POST", "/groups", json={"name": "x", "path": path})
        assert answer.status_code == 400
        assert answer.json() == {"message": 'Failed to save group {:path=>["has already been taken"]}'}


def test_an_unknown_parent_and_a_bad_path_are_refused(lab: Lab) -> None:
    orphan = lab.ask("POST", "/groups", json={"name": "x", "path": "x", "parent_id": 999})
    assert (orphan.status_code, orphan.json()) == (404, {"message": "404 Group Not Found"})
    assert lab.ask("POST", "/groups", json={"name": "x", "path": "x.git"}).status_code == 400


def test_a_group_is_marked_first_and_a_second_time_refused(lab: Lab) -> None:
    group = lab.group("dev")
    gone = lab.ask("DELETE", f"/groups/{group['id']}")
    assert (gone.status_code, gone.json()) == (202, {"message": "202 Accepted"})
    assert lab.ask("GET", "/groups/dev").status_code == 404
    assert lab.ok("GET", f"/groups/{group['id']}")["marked_for_deletion_on"]
    again = lab.ask("DELETE", f"/groups/{group['id']}")
    assert (again.status_code, again.json()) == (400, {"message": "Group has been already marked for deletion"})
    assert lab.ask("POST", f"/groups/{group['id']}/restore").status_code == 201
    assert lab.ask("GET", "/groups/dev").status_code == 200


def test_before_18_a_group_takes_everything_below_with_it(lab: Lab) -> None:
    lab.settings(version=17)
    group = lab.group("dev")
    below = lab.group("apps", parent_id=group["id"])
    project = lab.project("shop", below["id"])
    lab.ok("DELETE", f"/groups/{group['id']}")
    assert lab.ask("GET", f"/groups/{below['id']}").status_code == 404
    assert lab.ask("GET", f"/projects/{project['id']}").status_code == 404


def test_a_renamed_group_moves_its_projects_and_old_paths_redirect(lab: Lab) -> None:
    group = lab.group("dev")
    project = lab.project("shop", group["id"])
    lab.ok("PUT", f"/groups/{group['id']}", path="devs")
    assert lab.ok("GET", "/projects/devs%2Fshop")["id"] == project["id"]
    assert lab.ask("GET", "/projects/dev%2Fshop").status_code == 301


def test_namespaces_are_groups_and_people(lab: Lab) -> None:
    group = lab.group("dev")
    assert lab.ok("GET", "/namespaces/dev")["kind"] == "group"
    assert lab.ok("GET", f"/namespaces/{group['id']}")["full_path"] == "dev"
    assert lab.ok("GET", "/namespaces/dev/exists") == {"exists": True, "suggests": ["dev1"]}
    assert lab.ok("GET", "/namespaces/free/exists") == {"exists": False, "suggests": []}
    assert {one["kind"] for one in lab.ok("GET", "/namespaces")} == {"user", "group"}


# --- Members -----------------------------------------------------------------------------------------------------


def test_a_direct_member_conflicts_and_an_inherited_one_does_not(lab: Lab) -> None:
    top, alice = lab.group("top"), person(lab, "alice")
    below = lab.group("below", parent_id=top["id"])
    lab.ok("POST", f"/groups/{top['id']}/members", user_id=alice["id"], access_level=30)
    again = lab.ask("POST", f"/groups/{top['id']}/members", json={"user_id": alice["id"], "access_level": 40})
    assert (again.status_code, again.json()) == (409, {"message": "Member already exists"})
    assert lab.ok("GET", f"/groups/{below['id']}/members") == []
    missing = lab.ask("GET", f"/groups/{below['id']}/members/{alice['id']}")
    assert (missing.status_code, missing.json()) == (404, {"message": "404 Not found"})
    assert lab.ok("GET", f"/groups/{below['id']}/members/all/{alice['id']}")["access_level"] == 30
    assert lab.ok("POST", f"/groups/{below['id']}/members", user_id=alice["id"], access_level=40)["id"] == alice["id"]


def test_a_level_below_the_inherited_one_is_refused(lab: Lab) -> None:
    top, alice = lab.group("top"), person(lab, "alice")
    project = lab.project("shop", top["id"])
    lab.ok("POST", f"/groups/{top['id']}/members", user_id=alice["id"], access_level=50)
    answer = lab.ask("POST", f"/projects/{project['id']}/members", json={"user_id": alice["id"], "access_level": 30})
    text = "should be greater than or equal to Owner inherited membership from group top"
    assert (answer.status_code, answer.json()) == (400, {"message": {"access_level": [text]}})


def test_a_list_of_members_answers_201_with_an_error_inside(lab: Lab) -> None:
    group, alice, bob = lab.group("dev"), person(lab, "alice"), person(lab, "bob")
    lab.ok("POST", f"/groups/{group['id']}/members", user_id=alice["id"], access_level=30)
    body = {"user_id": f"{alice['id']},{bob['id']}", "access_level": 30}
    answer = lab.ask("POST", f"/groups/{group['id']}/members", json=body)
    assert answer.status_code == 201
    assert answer.json() == {"status": "error", "message": {"alice": "Member already exists"}}
    assert lab.ok("GET", f"/groups/{group['id']}/members/{bob['id']}")["access_level"] == 30


@pytest.mark.parametrize(
    ("body", "status", "answer"),
    [
        ({"user_id": 99, "access_level": 30}, 404, {"message": "404 User Not Found"}),
        ({"user_id": 1}, 400, {"error": "access_level is missing"}),
        (
            {"username": "alice", "access_level": 31},
            400,
            {"message": {"access_level": ["is not included in the list"]}},
        ),
    ],
)
def test_a_wrong_member_is_refused(lab: Lab, body: dict[str, Any], status: int, answer: dict[str, Any]) -> None:
    group = lab.group("dev")
    person(lab, "alice")
    found = lab.ask("POST", f"/groups/{group['id']}/members", json=body)
    assert (found.status_code, found.json()) == (status, answer)


def test_a_member_is_changed_and_removed(lab: Lab) -> None:
    group, alice = lab.group("dev"), person(lab, "alice")
    url = f"/groups/{group['id']}/members"
    lab.ok("POST", url, user_id=alice["id"], access_level=30)
    assert lab.ok("PUT", f"{url}/{alice['id']}", access_level=40)["access_level"] == 40
    assert lab.ask("DELETE", f"{url}/{alice['id']}").status_code == 204
    assert lab.ask("DELETE", f"{url}/{alice['id']}").status_code == 404


# --- People ------------------------------------------------------------------------------------------------------


def test_a_person_is_found_by_the_exact_username_only(lab: Lab) -> None:
    person(lab, "alice")
    person(lab, "alice2")
    assert [one["username"] for one in lab.ok("GET", "/users?username=ALICE")] == ["alice"]
    assert len(lab.ok("GET", "/users?search=alice")) == 2


def test_the_email_conflict_comes_before_the_username_conflict(lab: Lab) -> None:
    person(lab, "alice")
    both = {"username": "Alice", "name": "A", "email": "Alice@example.com", "force_random_password": True}
    answer = lab.ask("POST", "/users", json=both)
    assert (answer.status_code, answer.json()) == (409, {"message": "Email has already been taken"})
    answer = lab.ask("POST", "/users", json={**both, "email": "new@example.com"})
    assert (answer.status_code, answer.json()) == (409, {"message": "Username has already been taken"})


@pytest.mark.parametrize(
    ("password", "text"),
    [
        ("short", "is too short (minimum is 8 characters)"),
        ("my-gitlab-99", "must not contain commonly used combinations of words and letters"),
        ("xx-alice-99", "must not contain commonly used combinations of words and letters"),
    ],
)
def test_a_weak_password_is_refused(lab: Lab, password: str, text: str) -> None:
    given = {"username": "alice", "name": "A", "email": "a@example.com", "password": password}
    answer = lab.ask("POST", "/users", json=given)
    assert (answer.status_code, answer.json()) == (400, {"message": {"password": [text]}})


def test_some_way_to_a_password_must_be_named(lab: Lab) -> None:
    answer = lab.ask("POST", "/users", json={"username": "alice", "name": "A", "email": "a@example.com"})
    text = "password, reset_password, force_random_password are missing, at least one parameter must be provided"
    assert (answer.status_code, answer.json()) == (400, {"error": text})


def test_blocking_twice_answers_null_and_unblocking_twice_false(lab: Lab) -> None:
    alice = person(lab, "alice")
    verbs = ("block", "block", "unblock", "unblock")
    answers = [lab.ask("POST", f"/users/{alice['id']}/{verb}") for verb in verbs]
    assert [(one.status_code, one.json()) for one in answers] == [(201, True), (201, None), (201, True), (201, False)]


def test_a_deleted_person_is_gone_from_every_group(lab: Lab) -> None:
    group, alice = lab.group("dev"), person(lab, "alice")
    lab.ok("POST", f"/groups/{group['id']}/members", user_id=alice["id"], access_level=30)
    assert lab.ask("DELETE", f"/users/{alice['id']}").status_code == 204
    assert alice["id"] not in [one["id"] for one in lab.ok("GET", f"/groups/{group['id']}/members")]


def test_the_only_owner_of_a_group_stays(lab: Lab) -> None:
    answer = lab.ask("DELETE", "/users/1") if lab.group("dev") else None
    assert answer is not None
    assert answer.status_code == 409
