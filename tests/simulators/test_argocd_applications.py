"""Applications: the checks in their order, what counts as the same, and how they go away."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from simulators.argocd.models import VIEWER_TOKEN
from tests.simulators.cd import FINALIZER, SERVER, Cd, application, chart, project, repository
from tests.simulators.lab import Lab

INVALID = "application spec for shop is invalid: InvalidSpecError: "
DIFFERENT = (400, 3, "existing application spec is different, use upsert flag to force update")


@pytest.fixture
def repo(cd: Cd, lab: Lab) -> str:
    """A repository with a chart in it, that Argo CD may read."""
    chart(lab)
    url = cd.repo("dev/shop_helm")
    cd.ok("POST", "/repositories", repository(url))
    return url


def names(cd: Cd) -> list[str]:
    return sorted(cd.state()["applications"])


def test_a_fresh_application_has_an_empty_status_and_no_kind(cd: Cd, repo: str) -> None:
    made = cd.ok("POST", "/applications", application(repo))
    assert set(made) == {"metadata", "spec", "status"}
    assert made["status"] == {
        "sync": {"status": "", "comparedTo": {"source": {"repoURL": ""}, "destination": {}}},
        "health": {},
        "summary": {},
        "sourceHydrator": {},
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"project": "nope"},
            'app is not allowed in project "nope", or the project does not exist',
        ),
        (
            {"destination__server": "https://x"},
            "application destination spec for shop is invalid: error getting cluster by server "
            '"https://x": rpc error: code = NotFound desc = cluster "https://x" not found',
        ),
        (
            {"destination__server": None, "destination__name": "x"},
            "application destination spec for shop is invalid: there are no clusters with this name: x",
        ),
        (
            {"destination__server": None},
            "application destination spec for shop is invalid: Destination server missing from app spec",
        ),
        (
            {"destination__name": "in-cluster"},
            "application destination spec for shop is invalid: "
            f"application destination can't have both name and server defined: in-cluster {SERVER}",
        ),
        (
            {"source__path": None},
            f"{INVALID}spec.source.repoURL and either spec.source.path or spec.source.chart are required",
        ),
        (
            {"source__path": "no/such"},
            f"{INVALID}Unable to generate manifests in no/such: "
            "rpc error: code = Unknown desc = no/such: app path does not exist",
        ),
        (
            {"source__targetRevision": "nope"},
            f"{INVALID}Unable to generate manifests in .: "
            "rpc error: code = Unknown desc = unable to resolve 'nope' to a commit SHA",
        ),
        (
            {"source__helm__releaseName": "x" * 54},
            f"{INVALID}Unable to generate manifests in .: "
            f'rpc error: code = Unknown desc = release name "{"x" * 54}" exceeds max length of 53',
        ),
    ],
)
def test_what_is_wrong_is_400_with_its_reason(cd: Cd, repo: str, changes: dict[str, Any], message: str) -> None:
    assert cd.no("POST", "/applications", application(repo, "shop", **changes)) == (400, 3, message)
    assert names(cd) == []


def test_a_values_file_that_is_missing(cd: Cd, repo: str) -> None:
    body = application(repo, "shop", source__helm={"valueFiles": ["values.yaml", "values-dev.yaml"]})
    message = cd.no("POST", "/applications", body)[2]
    assert message.startswith(f"{INVALID}Unable to generate manifests in .: ")
    assert "values-dev.yaml: no such file or directory" in message
    body["spec"]["source"]["helm"]["ignoreMissingValueFiles"] = True
    assert cd.ok("POST", "/applications", body)


def test_a_repository_without_credentials_is_not_accessible(cd: Cd, lab: Lab) -> None:
    chart(lab)
    message = cd.no("POST", "/applications", application(cd.repo("dev/shop_helm")))[2]
    assert message.startswith(f"{INVALID}repository not accessible: repositories not accessible: ")


def test_a_public_repository_needs_no_registration(cd: Cd, lab: Lab) -> None:
    identifier = chart(lab)
    lab.ok("PUT", f"/projects/{identifier}", visibility="public")
    assert cd.ok("POST", "/applications", application(cd.repo("dev/shop_helm")))


def test_credentials_of_a_scoped_repository_count_only_in_its_project(cd: Cd, lab: Lab) -> None:
    chart(lab)
    url = cd.repo("dev/shop_helm")
    cd.ok("POST", "/projects", project("team", sourceRepos=None))
    cd.ok("POST", "/repositories", repository(url, project="team"))
    assert cd.no("POST", "/applications", application(url))[0] == 400
    assert cd.ok("POST", "/applications", application(url, "shop", project="team"))


def test_names_are_kubernetes_own_affair_and_come_last(cd: Cd, repo: str) -> None:
    assert cd.no("POST", "/applications", application(repo, "")) == (500, 2, "resource name may not be empty")
    status, code, message = cd.no("POST", "/applications", application(repo, "My_Shop", destination__namespace="x"))
    assert (status, code) == (400, 3)
    assert message.startswith(
        'error creating application: Application.argoproj.io "My_Shop" is invalid: metadata.name: Invalid value: '
    )
    assert "does not exist" in cd.no("POST", "/applications", application(repo, "My_Shop", project="x"))[2]


def test_without_validation_only_repository_and_manifests_are_left_out(cd: Cd, repo: str) -> None:
    body = application(repo, "shop", source__path="no/such")
    assert cd.no("POST", "/applications?validate=false", application(repo, "x", project="x"))[0] == 400
    assert cd.ok("POST", "/applications?validate=false", body)
    cd.pass_time(1)
    status = cd.app()["status"]
    assert status["sync"]["status"] == "Unknown"
    assert status["conditions"][0]["type"] == "ComparisonError"
    assert status["conditions"][0]["message"].endswith("no/such: app path does not exist")


def test_the_same_again_is_the_same_object(cd: Cd, repo: str) -> None:
    made = cd.ok("POST", "/applications", application(repo))
    assert cd.ok("POST", "/applications", application(repo)) == made


@pytest.mark.parametrize(
    "changes",
    [
        {"metadata__labels": {"owner": "them"}},
        {"metadata__labels": None},
        {"metadata__annotations": {"a": "b"}},
        {"metadata__annotations": {}},
        {"metadata__finalizers": None},
        {"source__targetRevision": "HEAD"},
        {"source__helm": {}},
        {"syncPolicy": {"syncOptions": []}},
    ],
)
def test_anything_else_is_different_and_changes_nothing(cd: Cd, repo: str, changes: dict[str, Any]) -> None:
    made = cd.ok("POST", "/applications", application(repo))
    assert cd.no("POST", "/applications", application(repo, "shop", **changes)) == DIFFERENT
    assert cd.state()["applications"]["shop"] == made


@pytest.mark.parametrize(
    "changes", [{"syncPolicy": {}}, {"project": None}, {"source__chart": ""}, {"unknown": {"a": 1}}]
)
def test_what_go_reads_as_absent_is_the_same(cd: Cd, repo: str, changes: dict[str, Any]) -> None:
    made = cd.ok("POST", "/applications", application(repo))
    assert cd.ok("POST", "/applications", application(repo, "shop", **changes)) == made


def test_an_empty_list_makes_its_own_repeat_differ(cd: Cd, repo: str) -> None:
    body = application(repo, "shop", source__helm={"parameters": []})
    assert cd.ok("POST", "/applications", body)["spec"]["source"]["helm"] == {}
    assert cd.no("POST", "/applications", body) == DIFFERENT


def test_the_repeat_is_checked_first(cd: Cd, lab: Lab, repo: str) -> None:
    cd.ok("POST", "/applications", application(repo))
    lab.fault(path="info/refs", status=503)
    assert "repository not accessible" in cd.no("POST", "/applications", application(repo))[2]


def test_upsert_replaces_the_spec_and_merges_labels(cd: Cd, repo: str) -> None:
    cd.ok("POST", "/applications", application(repo))
    changed = application(repo, "shop", metadata__labels={"new": "1"}, metadata__finalizers=None, info=[])
    made = cd.ok("POST", "/applications?upsert=true", changed)
    assert made["metadata"]["labels"] == {"owner": "us", "new": "1"}
    assert "finalizers" not in made["metadata"]


def test_of_twenty_equal_creates_one_makes_it_and_all_are_fine(cd: Cd, repo: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: cd.ok("POST", "/applications", application(repo)), range(20)))
    assert len({one["metadata"]["uid"] for one in made}) == 1


def test_of_two_different_creates_one_is_refused(cd: Cd, repo: str) -> None:
    bodies = [application(repo, "shop", metadata__labels={"owner": who}) for who in ("us", "them")]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda body: cd.ask("POST", "/api/v1/applications", json=body), bodies))
    assert sorted(answer.status_code for answer in answers) == [200, 400]


def test_put_replaces_everything_and_patch_a_part(cd: Cd, repo: str) -> None:
    cd.ok("POST", "/applications", application(repo))
    put = cd.ok("PUT", "/applications/shop?project=default", application(repo, "shop", metadata__labels={"new": "1"}))
    assert put["metadata"]["labels"] == {"new": "1"}
    merge = '{"metadata":{"labels":{"new":null,"two":"2"}},"spec":{"source":{"helm":{"releaseName":"rel"}}}}'
    patched = cd.ok("PATCH", "/applications/shop", {"project": "default", "patch": merge, "patchType": "merge"})
    assert (patched["metadata"]["labels"], patched["spec"]["source"]["helm"]) == ({"two": "2"}, {"releaseName": "rel"})
    operations = '[{"op":"replace","path":"/spec/source/helm/releaseName","value":"other"}]'
    assert (
        cd.ok("PATCH", "/applications/shop", {"patch": operations})["spec"]["source"]["helm"]["releaseName"] == "other"
    )
    assert cd.no("PATCH", "/applications/shop", {"patch": merge})[0] == 500
    assert cd.no("PATCH", "/applications/shop", {"patch": "{}", "patchType": "strategic"}) == (
        400,
        3,
        "Patch type 'strategic' is not supported",
    )
    broken = application(repo, "shop", source__path="no/such")
    assert "app path does not exist" in cd.no("PUT", "/applications/shop?project=default", broken)[2]
    spec = cd.ok("PUT", "/applications/shop/spec?project=default", application(repo)["spec"])
    assert spec == application(repo)["spec"]


def test_the_list_is_sorted_filtered_and_light(cd: Cd, repo: str) -> None:
    for name, owner in (("b", "us"), ("a", "them"), ("c", "us")):
        cd.ok("POST", "/applications?validate=false", application(repo, name, metadata__labels={"owner": owner}))

    def listed(query: str = "", **how: Any) -> list[str]:
        return [one["metadata"]["name"] for one in cd.ok("GET", f"/applications{query}", **how)["items"] or []]

    assert listed() == ["a", "b", "c"]
    assert listed("?selector=owner%3Dus") == ["b", "c"]
    assert listed("?selector=owner+notin+(us,you)") == ["a"]
    assert listed("?selector=owner,!other") == ["a", "b", "c"]
    assert listed("?name=b") == ["b"]
    assert listed("?projects=team&projects=other") == []
    assert listed(token=VIEWER_TOKEN) == ["a", "b", "c"]
    assert cd.ok("GET", "/applications?name=b&fields=items.metadata.name")["items"] == [{"metadata": {"name": "b"}}]
    assert cd.ok("GET", "/applications?name=x&fields=items.metadata.name")["items"] is None


def test_a_deleted_application_stays_until_its_resources_are_gone(cd: Cd, repo: str) -> None:
    cd.ok("POST", "/applications", application(repo, "shop", metadata__finalizers=None))
    path = "/applications/shop?project=default"
    assert cd.ok("DELETE", f"{path}&cascade=true") == {}
    dying = cd.app()["metadata"]
    assert dying["finalizers"] == [FINALIZER]
    assert cd.ok("DELETE", path) == {}
    assert cd.app()["metadata"]["deletionTimestamp"] == dying["deletionTimestamp"]
    cd.pass_time(1.1)
    assert cd.no("GET", path)[0] == 404
    assert names(cd) == []


def test_creating_what_is_dying(cd: Cd, repo: str) -> None:
    cd.ok("POST", "/applications", application(repo))
    cd.ok("DELETE", "/applications/shop?project=default")
    again = cd.ok("POST", "/applications", application(repo))
    assert "deletionTimestamp" in again["metadata"]
    without = application(repo, "shop", metadata__finalizers=None)
    assert cd.no("POST", "/applications", without) == DIFFERENT
    assert cd.ok("POST", "/applications?upsert=true", without)
    assert names(cd) == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("propagationPolicy=orphan", "invalid propagation policy: orphan"),
        (
            "cascade=false&propagationPolicy=foreground",
            "cannot set propagation policy when cascading is disabled",
        ),
    ],
)
def test_deletes_that_make_no_sense(cd: Cd, repo: str, query: str, message: str) -> None:
    cd.ok("POST", "/applications", application(repo))
    assert cd.no("DELETE", f"/applications/shop?project=default&{query}") == (400, 3, message)


def test_without_cascade_it_is_gone_at_once(cd: Cd, repo: str) -> None:
    cd.ok("POST", "/applications", application(repo))
    cd.ok("DELETE", "/applications/shop?project=default&cascade=false")
    assert names(cd) == []


@pytest.mark.parametrize(("cut", "made"), [("before", []), ("after", ["shop"])])
def test_a_lost_answer_leaves_the_whole_application_or_none(cd: Cd, repo: str, cut: str, made: list[str]) -> None:
    cd.control("POST", "faults", method="POST", path="^/api/v1/applications$", cut=cut)
    with pytest.raises(requests.ConnectionError):
        cd.ask("POST", "/api/v1/applications", json=application(repo))
    assert names(cd) == made
    assert cd.ok("POST", "/applications", application(repo))["metadata"]["name"] == "shop"
