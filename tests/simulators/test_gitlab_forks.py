"""Forks: scheduled, imported, protected by GitLab itself; and what a client may meet on the way."""

from typing import Any

import pytest

from tests.eventually import eventually
from tests.simulators.lab import Lab, create, update


@pytest.fixture
def source(lab: Lab) -> Any:
    """A template with two files in a group of its own."""
    return lab.template(lab.group("templates")["id"])


@pytest.fixture
def team(lab: Lab) -> int:
    """The id of the group that forks go to."""
    found: int = lab.group("dev")["id"]
    return found


def statuses(lab: Lab, project_id: int, looks: int) -> list[str]:
    return [lab.ok("GET", f"/projects/{project_id}")["import_status"] for _ in range(looks)]


def test_a_fork_is_scheduled_first_and_empty_until_it_is_finished(lab: Lab, source: Any, team: int) -> None:
    fork = lab.fork(source["id"], team, "shop")
    assert (fork["import_status"], fork["default_branch"], fork["empty_repo"]) == ("scheduled", None, True)
    assert fork["forked_from_project"]["id"] == source["id"]
    done = lab.ok("GET", f"/projects/{fork['id']}")
    assert (done["import_status"], done["default_branch"], done["empty_repo"]) == ("finished", "main", False)
    repo = f"/projects/{fork['id']}/repository"
    file = lab.ok("GET", f"{repo}/files/chart%2Fvalues.yaml?ref=main")
    assert file["size"] == len("tag: 1\n")
    for ref in (file["commit_id"], file["commit_id"][:8]):
        assert lab.ok("GET", f"{repo}/commits/{ref}")["id"] == file["commit_id"]


@pytest.mark.parametrize(
    ("looks", "seen"),
    [
        (0, ["finished", "finished"]),
        (1, ["started", "finished"]),
        (3, ["scheduled", "started", "started", "finished"]),
    ],
)
def test_it_takes_so_many_looks(lab: Lab, source: Any, team: int, looks: int, seen: list[str]) -> None:
    lab.settings(fork_looks=looks)
    fork = lab.fork(source["id"], team, "shop")
    assert statuses(lab, fork["id"], len(seen)) == seen


def test_the_import_route_looks_too(lab: Lab, source: Any, team: int) -> None:
    lab.settings(fork_looks=2)
    fork = lab.fork(source["id"], team, "shop")
    seen = [lab.ok("GET", f"/projects/{fork['id']}/import")["import_status"] for _ in range(3)]
    assert seen == ["scheduled", "started", "finished"]


def test_it_takes_so_many_seconds(lab: Lab, source: Any, team: int) -> None:
    lab.settings(fork_seconds=100)
    fork = lab.fork(source["id"], team, "shop")
    assert statuses(lab, fork["id"], 2) == ["scheduled", "scheduled"]
    lab.settings(clock=50)
    assert statuses(lab, fork["id"], 1) == ["started"]
    lab.settings(clock=51)
    assert statuses(lab, fork["id"], 1) == ["finished"]


def test_the_next_imports_fail_with_a_text(lab: Lab, source: Any, team: int) -> None:
    lab.settings(fork_fails=1, fork_error="2:fetch remote: exit status 1")
    bad, good = lab.fork(source["id"], team, "bad"), lab.fork(source["id"], team, "good")
    failed = lab.ok("GET", f"/projects/{bad['id']}")
    assert (failed["import_status"], failed["import_error"]) == ("failed", "2:fetch remote: exit status 1")
    assert (failed["empty_repo"], failed["default_branch"]) == (True, None)
    assert statuses(lab, good["id"], 1) == ["finished"]


def test_a_failed_fork_is_deleted_and_made_again_under_the_same_path(lab: Lab, source: Any, team: int) -> None:
    lab.settings(fork_fails=1)
    bad = lab.fork(source["id"], team, "shop")
    assert statuses(lab, bad["id"], 1) == ["failed"]
    lab.ok("DELETE", f"/projects/{bad['id']}")
    good = lab.fork(source["id"], team, "shop")
    assert statuses(lab, good["id"], 1) == ["finished"]


def test_a_fork_is_a_repository_of_its_own(lab: Lab, source: Any, team: int) -> None:
    fork = lab.fork(source["id"], team, "shop")
    assert lab.commit(fork["id"], update("chart/values.yaml", "tag: 2\n")).status_code == 201
    assert len(lab.ok("GET", f"/projects/{fork['id']}/repository/commits")) == 2
    assert len(lab.ok("GET", f"/projects/{source['id']}/repository/commits")) == 1
    lab.ok("DELETE", f"/projects/{source['id']}")
    lab.settings(clock=31 * 86_400)
    assert lab.ask("GET", f"/projects/{source['id']}").status_code == 404
    assert lab.ask("GET", f"/projects/{fork['id']}/repository/files/README.md?ref=main").status_code == 200


# --- Protection --------------------------------------------------------------------------------------------------


def rules(lab: Lab, project_id: int) -> list[tuple[str, int]]:
    found = lab.ok("GET", f"/projects/{project_id}/protected_branches")
    return [(one["name"], one["push_access_levels"][0]["access_level"]) for one in found]


def test_gitlab_protects_the_default_branch_shortly_after_the_import(lab: Lab, source: Any, team: int) -> None:
    lab.settings(protect_seconds=60)
    fork = lab.fork(source["id"], team, "shop")
    assert statuses(lab, fork["id"], 1) == ["finished"]
    assert rules(lab, fork["id"]) == []
    lab.settings(clock=61)
    assert rules(lab, fork["id"]) == [("main", 40)]


def test_its_rule_can_come_between_a_clients_look_and_its_post(lab: Lab, source: Any, team: int) -> None:
    lab.settings(protect_seconds=0, protect_looks=1)
    fork = lab.fork(source["id"], team, "shop")
    url = f"/projects/{fork['id']}/protected_branches"
    assert lab.ask("GET", f"{url}/main").status_code == 404
    late = lab.ask("POST", url, json={"name": "main", "push_access_level": 30})
    assert (late.status_code, late.json()) == (409, {"message": "Protected branch 'main' already exists"})


def test_it_leaves_a_rule_alone_that_a_client_made_before(lab: Lab, source: Any, team: int) -> None:
    lab.settings(protect_seconds=60)
    fork = lab.fork(source["id"], team, "shop")
    statuses(lab, fork["id"], 1)
    lab.ok("POST", f"/projects/{fork['id']}/protected_branches", name="main", push_access_level=30)
    lab.settings(clock=61)
    assert rules(lab, fork["id"]) == [("main", 30)]


def test_the_group_says_how_default_branches_are_protected(lab: Lab, source: Any) -> None:
    levels = {"allowed_to_push": [{"access_level": 30}], "allowed_to_merge": [{"access_level": 30}]}
    group = lab.group("open", default_branch_protection_defaults=levels)
    none = lab.group("none", default_branch_protection=0)
    lab.settings(protect_seconds=0)
    soft, free = lab.fork(source["id"], group["id"], "shop"), lab.fork(source["id"], none["id"], "shop")
    assert rules(lab, soft["id"]) == [("main", 30)]
    assert rules(lab, free["id"]) == []


def test_nothing_but_the_repository_is_copied(lab: Lab, source: Any, team: int) -> None:
    lab.ok("POST", f"/projects/{source['id']}/hooks", url="http://jenkins.example.com/x")
    lab.ok("POST", f"/projects/{source['id']}/protected_branches", name="release/*")
    lab.settings(protect_seconds=60)
    fork = lab.fork(source["id"], team, "shop")
    assert statuses(lab, fork["id"], 1) == ["finished"]
    for what in ("hooks", "protected_branches", "members", "deploy_tokens"):
        assert lab.ok("GET", f"/projects/{fork['id']}/{what}") == []


# --- Too early ---------------------------------------------------------------------------------------------------


def test_a_commit_into_an_unfinished_fork_acts_on_an_empty_repository_and_breaks_it(
    lab: Lab, source: Any, team: int
) -> None:
    lab.settings(fork_seconds=60)
    fork = lab.fork(source["id"], team, "shop")
    missing = lab.commit(fork["id"], update("chart/values.yaml", "tag: 2\n"))
    assert (missing.status_code, missing.json()) == (400, {"message": "A file with this name doesn't exist"})
    assert lab.commit(fork["id"], create("chart/values.yaml", "tag: 2\n")).status_code == 201
    lab.settings(clock=61)
    broken = lab.ok("GET", f"/projects/{fork['id']}")
    assert broken["import_status"] == "failed"
    assert broken["import_error"]


def test_or_the_import_overwrites_what_was_committed_too_early(lab: Lab, source: Any, team: int) -> None:
    lab.settings(fork_seconds=60, early_commit="overwrite")
    fork = lab.fork(source["id"], team, "shop")
    assert lab.commit(fork["id"], create("mine.txt")).status_code == 201
    assert lab.ask("GET", f"/projects/{fork['id']}/repository/commits/deadbeef").status_code == 404
    lab.settings(clock=61)
    assert statuses(lab, fork["id"], 1) == ["finished"]
    assert lab.ask("GET", f"/projects/{fork['id']}/repository/files/README.md?ref=main").status_code == 200
    lost = lab.ask("GET", f"/projects/{fork['id']}/repository/files/mine.txt?ref=main")
    assert (lost.status_code, lost.json()) == (404, {"message": "404 File Not Found"})


# --- Conflicts ---------------------------------------------------------------------------------------------------

NAMESPACE, NAME, PATH = (
    "Project namespace name has already been taken",
    "Name has already been taken",
    "Path has already been taken",
)


@pytest.mark.parametrize(
    ("body", "sentences"),
    [
        ({"path": "shop", "name": "shop"}, [NAMESPACE, NAME, PATH]),
        ({"path": "SHOP", "name": "other"}, [PATH]),
        ({"path": "other", "name": "shop"}, [NAMESPACE, NAME]),
    ],
)
def test_a_conflict_is_409_with_the_sentences_that_apply(
    lab: Lab, source: Any, team: int, body: dict[str, str], sentences: list[str]
) -> None:
    lab.fork(source["id"], team, "shop")
    answer = lab.ask("POST", f"/projects/{source['id']}/fork", json={"namespace_id": team, **body})
    assert (answer.status_code, answer.json()) == (409, {"message": sentences})


def test_forking_twice_with_another_path_only_conflicts_by_name(lab: Lab, source: Any, team: int) -> None:
    for path, status in (("one", 201), ("two", 409)):
        body = {"namespace_id": team, "path": path}
        assert lab.ask("POST", f"/projects/{source['id']}/fork", json=body).status_code == status


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        ("999", {}, "404 Project Not Found"),
        ("1", {"namespace_id": 999}, "404 Namespace Not Found"),
        ("1", {"namespace_path": "no/such"}, "404 Namespace Not Found"),
    ],
)
def test_what_is_missing_is_named(lab: Lab, source: Any, path: str, body: dict[str, Any], text: str) -> None:
    answer = lab.ask("POST", f"/projects/{path}/fork", json=body)
    assert (answer.status_code, answer.json()) == (404, {"message": text})


def test_a_fork_without_a_namespace_lands_with_the_one_who_asked(lab: Lab, source: Any) -> None:
    fork = lab.ok("POST", f"/projects/{source['id']}/fork")
    assert fork["path_with_namespace"] == "root/spring_template"


def test_the_namespace_may_be_given_in_three_ways_in_order(lab: Lab, source: Any, team: int) -> None:
    lab.group("other")
    url = f"/projects/{source['id']}/fork"
    ways: tuple[dict[str, Any], ...] = (
        {"namespace": "dev"},
        {"namespace_path": "dev", "namespace": "other"},
        {"namespace_id": team},
    )
    for number, way in enumerate(ways):
        body = {**way, "path": f"a{number}", "name": f"a{number}"}
        assert lab.ok("POST", url, **body)["namespace"]["full_path"] == "dev"


def test_a_fork_is_no_more_visible_than_its_source_and_its_group(lab: Lab, source: Any) -> None:
    group = lab.group("open", visibility="public")
    fork = lab.ok("POST", f"/projects/{source['id']}/fork", namespace_id=group["id"], visibility="public")
    assert fork["visibility"] == "private"


def test_forks_are_listed_and_let_go(lab: Lab, source: Any, team: int) -> None:
    fork = lab.fork(source["id"], team, "shop")
    assert [one["id"] for one in lab.ok("GET", f"/projects/{source['id']}/forks")] == [fork["id"]]
    assert lab.ask("DELETE", f"/projects/{fork['id']}/fork").status_code == 204
    assert lab.ask("DELETE", f"/projects/{fork['id']}/fork").status_code == 304
    assert lab.ok("GET", f"/projects/{source['id']}/forks") == []


def test_a_fork_that_was_answered_by_silence_is_there_once(lab: Lab, source: Any, team: int) -> None:
    lab.fault(method="POST", path="/fork$", cut="after")
    body = {"namespace_id": team, "path": "shop", "name": "shop"}
    with pytest.raises(OSError, match="without response"):
        lab.ask("POST", f"/projects/{source['id']}/fork", json=body)
    found = lab.ok("GET", "/projects/dev%2Fshop")
    assert found["forked_from_project"]["id"] == source["id"]
    assert lab.ask("POST", f"/projects/{source['id']}/fork", json=body).status_code == 409


def test_time_passes_by_itself(lab: Lab, source: Any, team: int) -> None:
    lab.settings(fork_seconds=0.1)
    fork = lab.fork(source["id"], team, "shop")
    eventually(lambda: statuses(lab, fork["id"], 1) == ["finished"], 3)
    eventually(lambda: rules(lab, fork["id"]) == [("main", 40)], 3)
