"""What happens afterwards: comparison, auto-sync, health, and a status that is stale for a while."""

from typing import Any

import pytest

from tests.simulators.cd import Cd, application, chart, project, repository
from tests.simulators.lab import Lab, update

NAMESPACE = {"syncOptions": ["CreateNamespace=true"]}
AUTOMATED = NAMESPACE | {"automated": {"prune": True, "selfHeal": True}}


@pytest.fixture
def source(cd: Cd, lab: Lab) -> int:
    """The id of a project with a chart in it, that Argo CD may read."""
    identifier = chart(lab)
    cd.ok("POST", "/repositories", repository(cd.repo("dev/shop_helm")))
    return identifier


def create(cd: Cd, policy: dict[str, Any] | None = None, **changes: Any) -> None:
    body = application(cd.repo("dev/shop_helm"), "shop", syncPolicy=policy, **changes)
    cd.ok("POST", "/applications", body)


def head(lab: Lab, identifier: int) -> str:
    return str(lab.ok("GET", f"/projects/{identifier}/repository/branches/main")["commit"]["id"])


def push(lab: Lab, identifier: int, tag: str) -> str:
    values = f"image:\n  repository: r/shop\n  tag: '{tag}'\n"
    assert lab.commit(identifier, update("values.yaml", values)).status_code == 201
    return head(lab, identifier)


def seen(cd: Cd) -> tuple[Any, ...]:
    """Sync, health, phase and whether an operation is under way."""
    app = cd.app()
    status = app["status"]
    phase = status.get("operationState", {}).get("phase")
    return status["sync"]["status"], status["health"].get("status"), phase, "operation" in app


def test_auto_sync_passes_through_its_states(cd: Cd, lab: Lab, source: int) -> None:
    create(cd, AUTOMATED)
    story = [seen(cd)]
    for _ in range(4):
        cd.pass_time(1)
        story.append(seen(cd))
    assert story == [
        ("", None, None, False),
        ("OutOfSync", "Missing", "Running", True),
        ("OutOfSync", "Missing", "Succeeded", False),
        ("Synced", "Progressing", "Succeeded", False),
        ("Synced", "Healthy", "Succeeded", False),
    ]
    status = cd.app()["status"]
    assert status["sync"]["revision"] == head(lab, source)
    assert status["summary"] == {"images": ["r/shop:1"]}
    assert status["operationState"]["operation"]["initiatedBy"] == {"automated": True}
    assert [entry["id"] for entry in status["history"]] == [0]


def test_one_look_after_a_long_time_sees_the_end_with_the_true_times(cd: Cd, source: int) -> None:
    create(cd, AUTOMATED)
    cd.pass_time(60)
    status = cd.app()["status"]
    assert (status["sync"]["status"], status["health"]["status"]) == ("Synced", "Healthy")
    operation = status["operationState"]
    assert operation["startedAt"] < operation["finishedAt"] < status["reconciledAt"]
    assert status["health"]["lastTransitionTime"] > status["reconciledAt"]


def test_without_auto_sync_it_stays_out_of_sync(cd: Cd, source: int) -> None:
    create(cd)
    cd.pass_time(60)
    assert seen(cd) == ("OutOfSync", "Missing", None, False)


def test_after_an_operation_the_status_is_stale_until_the_next_comparison(cd: Cd, lab: Lab, source: int) -> None:
    cd.settings(sync_seconds=2.0, refresh_seconds=5.0)
    create(cd)
    cd.pass_time(5)
    answer = cd.ok("POST", "/applications/shop/sync", {"project": "default"})
    assert answer["operation"]["sync"]["revision"] == head(lab, source)
    assert "operationState" not in answer["status"]
    assert all("health" not in one for one in answer["status"]["resources"])
    cd.pass_time(3)
    status = cd.app()["status"]
    assert status["operationState"]["phase"] == "Succeeded"
    assert status["sync"]["status"] == "OutOfSync"
    assert status["reconciledAt"] < status["operationState"]["finishedAt"]
    cd.pass_time(5)
    status = cd.app()["status"]
    assert status["sync"]["status"] == "Synced"
    assert status["reconciledAt"] >= status["operationState"]["finishedAt"]


def test_a_push_is_seen_by_polling_by_refresh_or_by_webhook(cd: Cd, lab: Lab, source: int) -> None:
    create(cd, AUTOMATED)
    cd.pass_time(10)
    cd.app()
    second = push(lab, source, "2")
    cd.pass_time(10)
    assert cd.app()["status"]["sync"]["revision"] != second
    cd.pass_time(120)
    assert cd.app()["status"]["sync"]["revision"] == second
    cd.pass_time(10)
    assert cd.app()["status"]["summary"]["images"] == ["r/shop:2"]
    third = push(lab, source, "3")
    refreshed = cd.ok("GET", "/applications/shop?project=default&refresh=normal")
    assert refreshed["status"]["sync"] | {"comparedTo": None} == {
        "status": "OutOfSync",
        "comparedTo": None,
        "revision": third,
    }
    cd.pass_time(10)
    cd.app()
    fourth = push(lab, source, "4")
    event = {
        "ref": "refs/heads/main",
        "project": {"web_url": cd.repo("dev/shop_helm").removesuffix(".git"), "default_branch": "main"},
    }
    headers = {"X-Gitlab-Event": "Push Hook"}
    assert cd.ask("POST", "/api/webhook", token=None, json=event, headers=headers).status_code == 200
    cd.pass_time(10)
    assert cd.app()["status"]["summary"]["images"] == ["r/shop:4"]
    assert cd.app()["status"]["history"][-1]["revision"] == fourth
    assert cd.ask("POST", "/api/webhook", token=None, json=event).text.strip() == "Unknown webhook event"


def test_a_commit_beside_the_path_changes_the_revision_and_stays_synced(cd: Cd, lab: Lab) -> None:
    identifier = chart(lab, folder="chart/")
    cd.ok("POST", "/repositories", repository(cd.repo("dev/shop_helm")))
    create(cd, AUTOMATED, source__path="chart")
    cd.pass_time(10)
    lab.commit(identifier, {"action": "create", "file_path": "README.md", "content": "x"})
    status = cd.ok("GET", "/applications/shop?project=default&refresh=hard")["status"]
    assert (status["sync"]["status"], status["sync"]["revision"]) == ("Synced", head(lab, identifier))


def test_parameters_of_the_application_beat_the_values_in_git(cd: Cd, source: int) -> None:
    parameters = [{"name": "image.tag", "value": "9", "forceString": True}]
    create(cd, AUTOMATED, source__helm={"parameters": parameters})
    cd.pass_time(10)
    assert cd.app()["status"]["summary"]["images"] == ["r/shop:9"]


def test_syncs_that_are_refused(cd: Cd, source: int) -> None:
    create(cd)
    path = "/applications/shop/sync"
    unknown = cd.no("POST", path, {"project": "default", "revision": "nope"})
    assert unknown[:2] == (400, 9)
    assert unknown[2].startswith("error resolving repo revision: ")
    cd.ok("POST", path, {"project": "default"})
    assert cd.no("POST", path, {"project": "default"}) == (400, 9, "another operation is already in progress")
    cd.pass_time(10)
    cd.ok("DELETE", "/applications/shop?project=default")
    assert cd.no("POST", path, {"project": "default"}) == (400, 9, "application is deleting")


def test_with_auto_sync_a_sync_by_commit_is_refused(cd: Cd, lab: Lab, source: int) -> None:
    create(cd, AUTOMATED)
    cd.pass_time(10)
    sha = head(lab, source)
    refused = (400, 9, f"Cannot sync to {sha}: auto-sync currently set to main")
    assert cd.no("POST", "/applications/shop/sync", {"project": "default", "revision": sha}) == refused
    assert cd.ok("POST", "/applications/shop/sync", {"project": "default"})


def test_a_full_sha_is_accepted_unseen_and_fails_later(cd: Cd, source: int) -> None:
    create(cd)
    cd.ok("POST", "/applications/shop/sync", {"project": "default", "revision": "1" * 40})
    cd.pass_time(5)
    assert cd.app()["status"]["operationState"]["phase"] == "Error"


def test_without_the_kind_namespace_the_sync_fails_though_create_went_well(cd: Cd, source: int) -> None:
    cd.ok("POST", "/projects", project())
    create(cd, AUTOMATED, project="team")
    cd.pass_time(5)
    operation = cd.app(project="team")["status"]["operationState"]
    assert (operation["phase"], operation["message"]) == (
        "Failed",
        "one or more synchronization tasks are not valid",
    )
    result = operation["syncResult"]["resources"][0]
    assert result["message"] == "resource :Namespace is not permitted in project team"


def test_a_failed_revision_is_not_tried_again_by_itself(cd: Cd, lab: Lab, source: int) -> None:
    cd.settings(sync_error="image: Required value")
    create(cd, AUTOMATED)
    cd.pass_time(30)
    failed = cd.app()["status"]["operationState"]
    assert failed["message"] == "one or more objects failed to apply, reason: image: Required value"
    cd.settings(sync_error="")
    cd.pass_time(300)
    assert cd.app()["status"]["operationState"]["finishedAt"] == failed["finishedAt"]
    push(lab, source, "2")
    cd.pass_time(130)
    cd.app()
    cd.pass_time(10)
    assert cd.app()["status"]["operationState"]["phase"] == "Succeeded"


def test_an_outage_of_git_shows_as_unknown_and_heals(cd: Cd, lab: Lab, source: int) -> None:
    create(cd, AUTOMATED)
    cd.pass_time(10)
    cd.app()
    lab.fault(path="info/refs", status=502, times=None)
    status = cd.ok("GET", "/applications/shop?project=default&refresh=normal")["status"]
    assert (status["sync"]["status"], status["conditions"][0]["type"]) == ("Unknown", "ComparisonError")
    lab.control("DELETE", "faults")
    status = cd.ok("GET", "/applications/shop?project=default&refresh=normal")["status"]
    assert (status["sync"]["status"], "conditions" in status) == ("Synced", False)
