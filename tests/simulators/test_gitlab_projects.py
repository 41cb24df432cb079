"""Projects: how they are found, made, moved, deleted."""

from typing import Any

import pytest

from tests.eventually import eventually
from tests.simulators.lab import Lab

DAY = 86_400


def paths(answer: Any) -> list[str]:
    return [project["path"] for project in answer]


def test_a_project_is_found_by_id_and_full_path_but_never_by_name_alone(lab: Lab) -> None:
    project = lab.project("shop", lab.group("dev")["id"])
    for key in (project["id"], "dev%2Fshop", "DEV%2FShop"):
        assert lab.ok("GET", f"/projects/{key}")["id"] == project["id"]
    for key in ("shop", "dev%2Fshop2", "999"):
        answer = lab.ask("GET", f"/projects/{key}")
        assert (answer.status_code, answer.json()) == (404, {"message": "404 Project Not Found"})


def test_the_path_of_a_named_project_is_in_small_letters(lab: Lab) -> None:
    group = lab.group("templates")
    assert lab.ok("POST", "/projects", name="Spring_Template", namespace_id=group["id"])["path"] == "spring_template"
    assert lab.ok("POST", "/projects", name="Shop Api", namespace_id=group["id"])["path"] == "shop-api"


def test_the_first_search_hit_is_often_the_wrong_project(lab: Lab) -> None:
    group = lab.group("templates")
    lab.project("spring_template", group["id"])
    lab.project("my-copy", group["id"], description="made from Spring_Template")
    lab.project("old-spring_template-2", group["id"])
    hits = lab.ok("GET", "/projects?search=Spring_Template")
    assert paths(hits) == ["old-spring_template-2", "my-copy", "spring_template"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("shop api", ["shop-api"]),
        ("api shop", ["shop-api"]),
        ("shop xy", ["shop", "shop-api"]),
        ("ab", ["ab"]),
        ("sho", ["shop", "shop-api"]),
        ("nothing", []),
    ],
)
def test_search_is_a_substring_of_words_from_three_letters_on(lab: Lab, search: str, found: list[str]) -> None:
    group = lab.group("dev")
    for path in ("shop-api", "shop", "ab", "abc"):
        lab.project(path, group["id"])
    assert sorted(paths(lab.ok("GET", f"/projects?search={search}"))) == sorted(found)


def test_search_looks_at_the_full_path_when_asked(lab: Lab) -> None:
    lab.project("shop", lab.group("platform")["id"])
    assert lab.ok("GET", "/projects?search=platform") == []
    assert paths(lab.ok("GET", "/projects?search=platform&search_namespaces=True&simple=True")) == ["shop"]


def test_a_groups_projects_are_its_own_and_with_subgroups_all(lab: Lab) -> None:
    top = lab.group("top")
    below = lab.group("below", parent_id=top["id"])
    lab.project("a", top["id"])
    lab.project("b", below["id"])
    assert paths(lab.ok("GET", f"/groups/{top['id']}/projects")) == ["a"]
    assert paths(lab.ok("GET", f"/groups/{top['id']}/projects?include_subgroups=true")) == ["b", "a"]


def test_a_list_comes_in_pages_and_the_last_has_an_empty_next(lab: Lab) -> None:
    group = lab.group("dev")
    for number in range(5):
        lab.project(f"p{number}", group["id"])
    first = lab.ask("GET", "/projects?per_page=2")
    names = ("X-Page", "X-Per-Page", "X-Next-Page", "X-Prev-Page", "X-Total", "X-Total-Pages")
    assert [first.headers[name] for name in names] == ["1", "2", "2", "", "5", "3"]
    assert 'rel="next"' in first.headers["Link"]
    last = lab.ask("GET", "/projects?per_page=2&page=3")
    assert (paths(last.json()), last.headers["X-Next-Page"]) == (["p0"], "")
    assert 'rel="next"' not in last.headers["Link"]
    assert lab.ask("GET", "/projects?per_page=500").headers["X-Per-Page"] == "100"


def test_keyset_pages_follow_the_link_only(lab: Lab) -> None:
    group = lab.group("dev")
    for number in range(5):
        lab.project(f"p{number}", group["id"])
    answer = lab.ask("GET", "/projects?pagination=keyset&order_by=id&sort=asc&per_page=2")
    found = paths(answer.json())
    while "next" in answer.links:
        answer = lab.session.get(answer.links["next"]["url"], timeout=5)
        found += paths(answer.json())
    assert found == ["p0", "p1", "p2", "p3", "p4"]
    assert "X-Total" not in answer.headers


def test_a_taken_project_is_400_with_an_object(lab: Lab) -> None:
    group = lab.group("dev")
    lab.project("shop", group["id"])
    answer = lab.ask("POST", "/projects", json={"name": "shop", "path": "SHOP", "namespace_id": group["id"]})
    taken = ["has already been taken"]
    assert answer.status_code == 400
    assert answer.json() == {"message": {"project_namespace.name": taken, "name": taken, "path": taken}}


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ({}, 400, "name, path are missing, at least one parameter must be provided"),
        ({"name": "x", "namespace_id": 999}, 404, "404 Namespace Not Found"),
        ({"name": "x", "path": "x.git"}, 400, "can contain only"),
        ({"name": "-x", "path": "x"}, 400, "It must start with a letter"),
    ],
)
def test_a_wrong_project_is_refused(lab: Lab, body: dict[str, Any], status: int, text: str) -> None:
    answer = lab.ask("POST", "/projects", json=body)
    assert answer.status_code == status
    assert text in answer.text


def test_a_renamed_project_redirects_reading_and_refuses_writing_by_its_old_path(lab: Lab) -> None:
    project = lab.project("shop", lab.group("dev")["id"])
    lab.ok("PUT", f"/projects/{project['id']}", name="store", path="store")
    moved = lab.ask("GET", "/projects/dev%2Fshop/hooks?page=1")
    assert moved.status_code == 301
    assert moved.headers["Location"] == f"{lab.url}/api/v4/projects/{project['id']}/hooks?page=1"
    refused = lab.ask("POST", "/projects/dev%2Fshop/archive")
    text = "Non GET methods are not allowed for moved projects"
    assert (refused.status_code, refused.json()) == (405, {"message": text})
    lab.project("shop", project["namespace"]["id"])
    assert lab.ask("GET", "/projects/dev%2Fshop").status_code == 200


def test_a_transfer_moves_a_project_unless_its_name_is_taken_there(lab: Lab) -> None:
    here, there = lab.group("here"), lab.group("there")
    one, two = lab.project("shop", here["id"]), lab.project("cart", here["id"])
    lab.project("cart", there["id"])
    assert lab.ok("PUT", f"/projects/{one['id']}/transfer", namespace="there")["path_with_namespace"] == "there/shop"
    refused = lab.ask("PUT", f"/projects/{two['id']}/transfer", json={"namespace": there["id"]})
    assert refused.status_code == 400
    assert refused.json()["message"].startswith("Failed to transfer project {")


def test_archived_means_read_only_and_may_be_said_twice(lab: Lab) -> None:
    project = lab.template(lab.group("dev")["id"])
    url = f"/projects/{project['id']}"
    assert [lab.ask("POST", f"{url}/archive").status_code for _ in range(2)] == [201, 201]
    assert lab.ok("GET", url)["archived"] is True
    refused = lab.commit(project["id"], {"action": "create", "file_path": "x", "content": ""})
    assert (refused.status_code, refused.json()["message"][:3]) == (403, "403")
    assert lab.ask("POST", f"{url}/fork", json={"path": "copy", "name": "copy"}).status_code == 201
    lab.ok("POST", f"{url}/unarchive")
    assert lab.commit(project["id"], {"action": "create", "file_path": "x", "content": ""}).status_code == 201


# --- Deletion ----------------------------------------------------------------------------------------------------


def test_from_18_on_a_deleted_project_is_only_renamed(lab: Lab) -> None:
    group = lab.group("dev")
    project = lab.project("shop", group["id"])
    url = f"/projects/{project['id']}"
    assert lab.ask("DELETE", url).status_code == 202
    marked = lab.ok("GET", url)
    assert marked["path_with_namespace"] == f"dev/shop-deletion_scheduled-{project['id']}"
    assert marked["marked_for_deletion_on"]
    assert lab.ask("GET", "/projects/dev%2Fshop").status_code == 301
    again = lab.ask("DELETE", url)
    assert (again.status_code, again.json()) == (400, {"message": "Project has been already marked for deletion"})
    assert lab.project("shop", group["id"])["id"] != project["id"]


def test_the_old_path_may_also_be_missing(lab: Lab) -> None:
    lab.settings(deleted_path="missing")
    project = lab.project("shop", lab.group("dev")["id"])
    lab.ok("DELETE", f"/projects/{project['id']}")
    assert lab.ask("GET", "/projects/dev%2Fshop").status_code == 404


def test_a_marked_project_is_restored_or_goes_after_its_time(lab: Lab) -> None:
    project = lab.project("shop", lab.group("dev")["id"])
    url = f"/projects/{project['id']}"
    assert lab.ask("POST", f"{url}/restore").status_code == 404
    lab.ok("DELETE", url)
    assert lab.ok("POST", f"{url}/restore")["path_with_namespace"] == "dev/shop"
    lab.ok("DELETE", url)
    lab.settings(clock=31 * DAY)
    assert lab.ask("GET", url).status_code == 404


def test_permanent_removal_needs_the_mark_and_the_whole_new_path(lab: Lab) -> None:
    project = lab.project("shop", lab.group("dev")["id"])
    url = f"/projects/{project['id']}"
    early = lab.ask("DELETE", f"{url}?permanently_remove=True&full_path=dev%2Fshop")
    assert early.json() == {"message": "Project must be marked for deletion first."}
    lab.ok("DELETE", url)
    wrong = lab.ask("DELETE", f"{url}?permanently_remove=True&full_path=dev%2Fshop")
    assert "`full_path` is incorrect" in wrong.json()["message"]
    path = f"dev%2Fshop-deletion_scheduled-{project['id']}"
    assert lab.ask("DELETE", f"{url}?permanently_remove=True&full_path={path}").status_code == 202
    assert lab.ask("GET", url).status_code == 404


def test_before_18_the_path_stays_taken_until_a_worker_is_done(lab: Lab) -> None:
    lab.settings(version=17, delete_seconds=60)
    group = lab.group("dev")
    source = lab.template(group["id"])
    project = lab.project("shop", group["id"])
    assert lab.ask("DELETE", f"/projects/{project['id']}").status_code == 202
    assert lab.ask("GET", f"/projects/{project['id']}").status_code == 404
    body = {"namespace_id": group["id"], "path": "shop", "name": "shop"}
    refused = lab.ask("POST", f"/projects/{source['id']}/fork", json=body)
    sentences = ["Project namespace name has already been taken", "The project is still being deleted"]
    assert (refused.status_code, refused.json()) == (409, {"message": sentences})
    lab.settings(clock=61)
    assert lab.ask("POST", f"/projects/{source['id']}/fork", json=body).status_code == 201


@pytest.mark.parametrize("names", [{"name": "shop", "path": "new"}, {"name": "new", "path": "shop"}])
def test_a_destroyed_project_frees_its_name_and_path_by_itself(lab: Lab, names: dict[str, str]) -> None:
    lab.settings(version=17, delete_seconds=0.05)
    group = lab.group("dev")
    project = lab.project("shop", group["id"])
    lab.ok("DELETE", f"/projects/{project['id']}")
    body = {**names, "namespace_id": group["id"]}
    eventually(lambda: lab.ask("POST", "/projects", json=body).status_code == 201, 3)
