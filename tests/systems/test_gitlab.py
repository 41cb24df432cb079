"""GitLab's odd answers, each told by a stub."""

from typing import Any

import pytest

from provisioning.systems.errors import Busy, Changed, Conflict, Invalid, Refused, SystemFault, Unsure
from provisioning.systems.gitlab import GitLab, Protection
from tests.systems import bodies
from tests.systems.stub import Reply, Stub, data, page

ABSENT = data({"message": "404 Not found"}, 404)
V4 = "/api/v4"


# --- Projects ----------------------------------------------------------------------------------------------------


def test_a_project_by_path(stub: Stub, gitlab: GitLab) -> None:
    stub.will(data(bodies.project("dev/shop", description="mark", import_status="started", empty_repo=True)))
    found = gitlab.project("dev/shop")
    assert stub.asked == [f"GET {V4}/projects/dev%2Fshop"]
    assert found is not None
    assert (found.id, found.path, found.forked_from_id, found.description) == (7, "dev/shop", 3, "mark")
    assert (found.import_status, found.empty, found.archived, found.deleting) == ("started", True, False, False)


@pytest.mark.parametrize("ref", [7, "dev/shop"])
def test_an_absent_project_is_none(stub: Stub, gitlab: GitLab, ref: int | str) -> None:
    stub.will(data({"message": "404 Project Not Found"}, 404))
    assert gitlab.project(ref) is None


@pytest.mark.parametrize(
    "reply", [page(404), Reply(404), Reply(404, b"404 page not found\n", {"Content-Type": "text/plain"}), page(200)]
)
def test_a_page_is_never_absence(stub: Stub, gitlab: GitLab, reply: Reply) -> None:
    stub.will(reply)
    with pytest.raises(Unsure):
        gitlab.project("dev/shop")


def test_an_unknown_route_is_never_absence(stub: Stub, gitlab: GitLab) -> None:
    stub.will(data({"error": "404 Not Found"}, 404))
    with pytest.raises(Invalid) as caught:
        gitlab.project("dev/shop")
    assert caught.value.whose == "operator"


def moved(location: str) -> Reply:
    return Reply(301, f"This resource has been moved permanently to {location}".encode(), {"Location": location})


def test_a_path_that_a_project_has_left_is_free(stub: Stub, gitlab: GitLab) -> None:
    stub.will(moved("https://gitlab.example.com/api/v4/projects/311"))
    assert gitlab.project("dev/shop") is None
    assert len(stub.seen) == 1


def test_a_project_answered_under_another_path_is_not_there(stub: Stub, gitlab: GitLab) -> None:
    dying = bodies.project("dev/shop-deletion_scheduled-7", marked_for_deletion_on="2026-03-08")
    stub.will(data(dying), data(dying))
    assert gitlab.project("dev/shop") is None
    by_id = gitlab.project(7)
    assert by_id is not None
    assert by_id.deleting


def test_letter_case_of_a_path_does_not_matter(stub: Stub, gitlab: GitLab) -> None:
    stub.will(data(bodies.project("Dev/Shop")))
    assert gitlab.project("dev/shop") is not None


@pytest.mark.parametrize(
    ("ref", "location"),
    [
        ("dev/shop", "https://gitlab.example.com/api/v4/projects/dev%2Fshop"),
        ("dev/shop", "https://sso.example.com/login"),
        (7, "https://gitlab.example.com/api/v4/projects/7"),
    ],
)
def test_other_redirects_come_from_somebody_else(stub: Stub, gitlab: GitLab, ref: int | str, location: str) -> None:
    stub.will(moved(location))
    with pytest.raises(Unsure, match="redirects"):
        gitlab.project(ref)


@pytest.mark.parametrize("body", [[], {}, "text", None, 7, {"id": 7}, {"id": "x", "path_with_namespace": "dev/shop"}])
def test_json_of_another_shape_is_unsure(stub: Stub, gitlab: GitLab, body: Any) -> None:
    stub.will(data(body))
    with pytest.raises(Unsure):
        gitlab.project("dev/shop")


# --- Forks, and the shapes in which GitLab says no ---------------------------------------------------------------


def fork(gitlab: GitLab) -> object:
    return gitlab.fork(3, group="dev", path="shop", name="shop", description="mark")


def test_a_fork(stub: Stub, gitlab: GitLab, writes: list[str]) -> None:
    stub.will(data(bodies.project("dev/shop", import_status="scheduled", default_branch=None), 201))
    fork(gitlab)
    assert stub.asked == [f"POST {V4}/projects/3/fork"]
    assert stub.seen[0].json == {"namespace_path": "dev", "path": "shop", "name": "shop", "description": "mark"}
    assert writes == ["write"]


TAKEN = "has already been taken"
REFUSALS: list[tuple[int, Any, type[SystemFault], str]] = [
    (409, {"message": ["Project namespace name has already been taken", f"Path {TAKEN}"]}, Conflict, "operator"),
    (409, {"message": {"path": [TAKEN]}}, Conflict, "operator"),
    (400, {"message": {"path": [TAKEN], "name": [TAKEN]}}, Conflict, "operator"),
    (400, {"message": f'Failed to save group {{:path=>["{TAKEN}"]}}'}, Conflict, "operator"),
    (409, {"message": "409 Conflict: Resource lock"}, Busy, "remote"),
    (409, {"message": ["Path has already been taken", "The project is still being deleted"]}, Busy, "remote"),
    (404, {"message": "404 Target Namespace Not Found"}, Invalid, "operator"),
    (400, {"error": "name is missing, path is missing"}, Invalid, "requester"),
    (422, {"message": ["Push access levels access level is wrong"]}, Invalid, "requester"),
    (405, {"message": "Non GET methods are not allowed for moved projects"}, Invalid, "operator"),
    (403, {"error": "insufficient_scope", "scope": "api"}, Refused, "operator"),
    (401, {"error": "invalid_token", "error_description": "Token was revoked."}, Refused, "operator"),
    (500, {"message": "500 Internal Server Error"}, Unsure, "remote"),
]


@pytest.mark.parametrize(("status", "body", "kind", "whose"), REFUSALS)
def test_every_shape_of_no(
    stub: Stub, gitlab: GitLab, status: int, body: Any, kind: type[SystemFault], whose: str
) -> None:
    stub.will(data(body, status))
    with pytest.raises(SystemFault) as caught:
        fork(gitlab)
    found = caught.value
    assert (type(found), found.whose, found.system) == (kind, whose, "gitlab")
    assert found.message.endswith(".")
    assert found.hint
    assert "the fork dev/shop" in found.message or status == 401


def test_a_no_that_is_a_page_is_not_quoted(stub: Stub, gitlab: GitLab) -> None:
    stub.will(page(400))
    with pytest.raises(Invalid) as caught:
        fork(gitlab)
    assert "s3cret" not in f"{caught.value} {caught.value.detail}"


@pytest.mark.parametrize("reply", [data({"message": "slow down"}, 429, Retry_After="3600"), page(502)])
def test_python_gitlab_neither_sleeps_nor_repeats(stub: Stub, gitlab: GitLab, reply: Reply) -> None:
    stub.will(reply, data(bodies.project(), 201))
    with pytest.raises((Busy, Unsure)):
        fork(gitlab)
    assert len(stub.seen) == 1


# --- Deleting ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        data({"message": "202 Accepted"}, 202),
        data({"message": "404 Project Not Found"}, 404),
        data({"message": "Project has been already marked for deletion"}, 400),
    ],
)
def test_a_deleted_project_may_be_deleted_again(stub: Stub, gitlab: GitLab, reply: Reply) -> None:
    stub.will(reply)
    gitlab.delete_project(7)
    assert stub.asked == [f"DELETE {V4}/projects/7"]


def test_a_proxys_404_deletes_nothing(stub: Stub, gitlab: GitLab) -> None:
    stub.will(page(404))
    with pytest.raises(Unsure):
        gitlab.delete_project(7)


def test_204_has_no_body(stub: Stub, gitlab: GitLab) -> None:
    stub.will(Reply(204), Reply(204))
    gitlab.delete_hook(7, 9)
    gitlab.delete_deploy_token(7, 1)
    assert stub.asked == [f"DELETE {V4}/projects/7/hooks/9", f"DELETE {V4}/projects/7/deploy_tokens/1"]


# --- Protected branches ------------------------------------------------------------------------------------------

RULE = f"{V4}/projects/7/protected_branches"
LOOK, REMOVE, MAKE = f"GET {RULE}/main", f"DELETE {RULE}/main", f"POST {RULE}"
EXISTS = data({"message": "Protected branch 'main' already exists"}, 409)


def test_protection_as_wanted_writes_nothing(stub: Stub, gitlab: GitLab, writes: list[str]) -> None:
    stub.will(data(bodies.protection(30)))
    assert gitlab.protect(7, "main") == Protection((30,), (30,))
    assert (stub.asked, writes) == ([LOOK], [])


def test_protection_is_replaced_and_read_back(stub: Stub, gitlab: GitLab) -> None:
    stub.will(data(bodies.protection(40)), Reply(204), data(bodies.protection(30), 201), data(bodies.protection(30)))
    gitlab.protect(7, "main")
    assert stub.asked == [LOOK, REMOVE, MAKE, LOOK]
    assert stub.seen[2].json == {"name": "main", "push_access_level": 30, "merge_access_level": 30}


def test_gitlabs_own_rule_comes_in_between(stub: Stub, gitlab: GitLab) -> None:
    theirs, ours = data(bodies.protection(40)), data(bodies.protection(30))
    stub.will(ABSENT, EXISTS, theirs, Reply(204), data(bodies.protection(30), 201), ours)
    assert gitlab.protect(7, "main").allows(30, 30)
    assert stub.asked == [LOOK, MAKE, LOOK, REMOVE, MAKE, LOOK]


def test_an_equal_rule_came_in_between(stub: Stub, gitlab: GitLab) -> None:
    stub.will(ABSENT, EXISTS, data(bodies.protection(30)))
    gitlab.protect(7, "main")
    assert stub.asked == [LOOK, MAKE, LOOK]


def test_success_that_changes_nothing_is_seen(stub: Stub, gitlab: GitLab) -> None:
    old = data(bodies.protection(40))
    stub.will(old, Reply(204), data(bodies.protection(30), 201), old, Reply(204), data(bodies.protection(30), 201), old)
    with pytest.raises(Changed) as caught:
        gitlab.protect(7, "main")
    assert caught.value.again


def test_single_users_of_ee_are_no_role() -> None:
    granted = bodies.protection(30, also=[{"access_level": 40, "user_id": 5}])
    assert Protection.of(granted) == Protection((30,), (30,))
    only_a_user = {"push_access_levels": [{"access_level": 40, "user_id": 5}], "merge_access_levels": []}
    assert not Protection.of(only_a_user).allows(40, 40)


def test_a_level_lets_every_higher_role_in() -> None:
    assert Protection((30, 40), (30,)).allows(30, 30)
    assert not Protection((30, 40), (30,)).allows(40, 30)


def test_a_branchs_name_is_one_segment(stub: Stub, gitlab: GitLab) -> None:
    stub.will(ABSENT)
    assert gitlab.protection(7, "release/1.x") is None
    assert stub.asked == [f"GET {RULE}/release%2F1.x"]


# --- Groups, identity --------------------------------------------------------------------------------------------


def test_a_group_below_another(stub: Stub, gitlab: GitLab) -> None:
    stub.will(data(bodies.group("teams")), data(bodies.group("teams/dev"), 201))
    assert gitlab.create_group("teams/dev", "Dev").path == "teams/dev"
    assert stub.asked == [f"GET {V4}/groups/teams?with_projects=False", f"POST {V4}/groups"]
    assert stub.seen[1].json == {"name": "Dev", "path": "dev", "visibility": "private", "parent_id": 5}


def test_a_group_below_none(stub: Stub, gitlab: GitLab) -> None:
    stub.will(ABSENT)
    with pytest.raises(Invalid, match="the group teams"):
        gitlab.create_group("teams/dev", "Dev")


def test_identity(stub: Stub, gitlab: GitLab) -> None:
    stub.will(data({"version": "18.2.1-ee", "revision": "x"}), data({"id": 1, "username": "root", "is_admin": True}))
    assert gitlab.version() == "18.2.1-ee"
    assert gitlab.whoami().admin
    assert stub.seen[0].headers["PRIVATE-TOKEN"] == "glpat-secret-token"
