"""The simulated Argo CD answers as its swagger, its CRDs and the contract's samples say."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from simulators.argocd.errors import HTTP
from simulators.argocd.models import VIEWER_TOKEN
from simulators.argocd.urls import TABLE
from tests.contracts import swagger
from tests.contracts.known import needs_contracts, read
from tests.contracts.shapes import differences
from tests.simulators.cd import SERVER, Cd, changed, chart, escaped, project, repository
from tests.simulators.lab import Lab, create

pytestmark = needs_contracts

SAMPLE = "argocd/samples/"
NAME, TEAM = "shop-frontend", "team-shop"
STAGES = ["01-create", "02-outofsync-missing", "03-sync-accepted", "04-operation-running", "05-synced-progressing"]
STAGES.append("06-synced-healthy")


@pytest.fixture
def lab(sim_url: str) -> Iterator[Lab]:
    found = Lab(sim_url)
    found.control("POST", "reset")
    yield found
    found.close()


@pytest.fixture
def cd(sim_url: str, lab: Lab) -> Iterator[Cd]:
    """An Argo CD with the sample's project, beside a GitLab with the sample's chart."""
    found = Cd(sim_url)
    found.control("POST", "reset")
    found.settings(sync_seconds=10.0, health_seconds=10.0)
    identifier = chart(lab, folder="deploy/chart/")
    assert lab.commit(identifier, create("deploy/chart/values-dev.yaml", "replicas: 2\n")).ok
    made = read(f"{SAMPLE}project.create.request.json")
    made["project"]["spec"]["sourceRepos"] = [found.repo("dev/shop_helm")]
    found.ok("POST", "/projects", made)
    found.ok("POST", "/repositories", repository(found.repo("dev/shop_helm")))
    yield found
    found.close()


def body(cd: Cd, /, **changes: Any) -> dict[str, Any]:
    """The sample's request to create, with a repository that is there."""
    sent: dict[str, Any] = read(f"{SAMPLE}application.create.request.json")
    sent["spec"]["source"]["repoURL"] = cd.repo("dev/shop_helm")
    return changed(sent, **changes)


def life(cd: Cd) -> Iterator[Any]:
    """One application at the stages of the samples."""
    yield cd.ok("POST", "/applications", body(cd))
    cd.pass_time(1)
    yield cd.app(NAME, TEAM)
    sync = read(f"{SAMPLE}application.sync.request.json")
    yield cd.ok("POST", f"/applications/{NAME}/sync", sync)
    yield cd.app(NAME, TEAM)
    cd.pass_time(12)
    yield cd.app(NAME, TEAM)
    cd.pass_time(12)
    yield cd.app(NAME, TEAM)


def without(answer: Any, *names: str) -> Any:
    """The same without these keys, at any depth."""
    if isinstance(answer, list):
        return [without(item, *names) for item in answer]
    if not isinstance(answer, dict):
        return answer
    return {key: without(item, *names) for key, item in answer.items() if key not in names}


def test_an_application_has_the_shape_of_the_samples_all_its_life(cd: Cd) -> None:
    for stage, answer in zip(STAGES, life(cd), strict=True):
        sample = read(f"{SAMPLE}application.{stage}.200.json")
        # managedFields is bookkeeping of Kubernetes; what becomes of each resource is told when the sync ends.
        ignored = ("managedFields", "resources") if stage.startswith("04") else ("managedFields",)
        assert differences(without(sample, *ignored), without(answer, *ignored)) == [], stage
        for part in ("sync", "health"):
            assert answer["status"][part].get("status") == sample["status"][part].get("status"), stage
        phase = answer["status"].get("operationState", {}).get("phase")
        assert phase == sample["status"].get("operationState", {}).get("phase"), stage


def test_a_list_and_a_dying_application_too(cd: Cd) -> None:
    *_, last = life(cd)
    listed = read(f"{SAMPLE}applications.list.200.json")
    assert differences(listed, cd.ok("GET", "/applications")) == []
    assert cd.ok("DELETE", f"/applications/{NAME}?project={TEAM}") == read(f"{SAMPLE}application.delete.200.json")
    dying = read(f"{SAMPLE}application.10-deleting.200.json")
    assert differences(dying, cd.app(NAME, TEAM)) == []
    assert cd.app(NAME, TEAM)["status"]["history"] == last["status"]["history"]


SHAPES: dict[str, Any] = {
    "project.create.200.json": lambda cd: cd.ok("GET", f"/projects/{TEAM}"),
    "repositories.list.200.json": lambda cd: cd.ok("GET", "/repositories"),
    "repository.create.200.json": lambda cd: cd.ok("POST", "/repositories", repository(cd.repo("dev/shop_helm"))),
    "repository.get.200.json": lambda cd: cd.ok("GET", f"/repositories/{escaped(cd.repo('dev/shop_helm'))}"),
    "session.userinfo.200.json": lambda cd: cd.ok("GET", "/session/userinfo"),
    "version.authenticated.200.json": lambda cd: cd.ask("GET", "/api/version").json(),
    "project.token.create.200.json": lambda cd: cd.ok(
        "POST", f"/projects/{TEAM}/roles/ci/token", read(f"{SAMPLE}project.token.create.request.json")
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_an_answer_has_the_shape_of_its_sample(cd: Cd, name: str) -> None:
    assert differences(without(read(SAMPLE + name), "managedFields"), SHAPES[name](cd)) == []


def test_a_failed_connection_is_worded_as_in_the_sample(cd: Cd, lab: Lab) -> None:
    lab.fault(path="info/refs", status=401)
    read_back = cd.ok("GET", f"/repositories/{escaped(cd.repo('dev/shop_helm'))}?forceRefresh=true")
    sample = read(f"{SAMPLE}repository.get.failed-connection.200.json")
    assert differences(sample, read_back) == []
    assert read_back["connectionState"]["message"] == sample["connectionState"]["message"]


OTHER = "https://gitlab.example.com/other/repo.git"
CREATE = "/applications?validate=false"
ERRORS: dict[str, Any] = {
    "401-no-session": lambda cd: ("GET", "/applications", None, {"token": None}),
    "401-login": lambda cd: ("POST", "/session", {"username": "admin", "password": "no"}, {"token": None}),
    "404-project": lambda cd: cd.ok("DELETE", f"/projects/{TEAM}") or ("GET", f"/projects/{TEAM}", None, {}),
    "400-project-unknown": lambda cd: ("POST", CREATE, body(cd, project="no-such-project"), {}),
    "400-cluster-unknown": lambda cd: ("POST", CREATE, body(cd, destination__server="https://other.example.com"), {}),
    "400-path-missing": lambda cd: ("POST", "/applications", body(cd, source__path="no/such/path"), {}),
    "400-repo-not-permitted": lambda cd: ("POST", CREATE, body(cd, source__repoURL=OTHER), {}),
    "400-destination-not-permitted": lambda cd: (
        "POST",
        CREATE,
        body(cd, destination__namespace="kube-system", destination__server=SERVER),
        {},
    ),
    "400-application-spec-different": lambda cd: (
        cd.ok("POST", CREATE, body(cd)) and ("POST", CREATE, body(cd, source__targetRevision="HEAD"), {})
    ),
    "400-project-spec-different": lambda cd: (
        "POST",
        "/projects",
        read(f"{SAMPLE}project.create.request.json"),
        {},
    ),
    "403-rbac": lambda cd: ("POST", CREATE, body(cd), {"token": VIEWER_TOKEN}),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_the_sample_word_for_word(cd: Cd, name: str) -> None:
    method, path, sent, how = ERRORS[name](cd)
    answer = cd.ask(method, f"/api/v1{path}", json=sent, **how)
    sample = read(f"{SAMPLE}error.{name}.json")
    if name == "403-rbac":  # it names the time at which the token was made
        sample = {**sample, **dict.fromkeys(("error", "message"), sample["error"].replace("09-09T08", "01-01T00"))}
    assert answer.json() == sample
    assert answer.status_code == int(name.partition("-")[0])
    assert answer.headers["Content-Type"] == "application/json"


def test_every_code_has_the_status_of_the_gateway() -> None:
    known = {one["code"]: one["http"] for one in read("argocd/grpc-http-status.json")["map"]}
    assert {code: known[code] for code in HTTP} == HTTP


def answers(cd: Cd) -> Iterator[tuple[str, str, Any]]:
    """Method, path and answer of every simulated operation that has a body."""
    repo = f"/repositories/{escaped(cd.repo('dev/shop_helm'))}"
    for method, path, sent in (
        ("GET", "/session/userinfo", None),
        ("GET", "/projects", None),
        ("POST", "/projects", project("other")),
        ("GET", "/projects/other", None),
        ("PUT", "/projects/other", {"project": cd.ok("POST", "/projects", project("other"))}),
        ("DELETE", "/projects/other", None),
        ("POST", f"/projects/{TEAM}/roles/ci/token", {"id": "x"}),
        ("DELETE", f"/projects/{TEAM}/roles/ci/token/1", None),
        ("GET", "/repositories", None),
        ("POST", "/repositories", repository(cd.repo("dev/shop_helm"))),
        ("GET", repo, None),
        ("PUT", repo, repository(cd.repo("dev/shop_helm"))),
        ("GET", "/clusters", None),
        ("GET", f"/clusters/{escaped(SERVER)}", None),
        ("POST", "/applications", body(cd)),
        ("PUT", f"/applications/{NAME}?project={TEAM}", body(cd)),
        ("PUT", f"/applications/{NAME}/spec?project={TEAM}", body(cd)["spec"]),
        ("PATCH", f"/applications/{NAME}", read(f"{SAMPLE}application.patch.request.json") | {"project": TEAM}),
        ("DELETE", f"/applications/{NAME}?project={TEAM}&cascade=false", None),
    ):
        yield method, path, cd.ok(method, path, sent)
    for answer in life(cd):
        yield "GET", f"/applications/{NAME}", answer
    yield "GET", "/applications", cd.ok("GET", "/applications")
    yield "DELETE", f"/applications/{NAME}", cd.ok("DELETE", f"/applications/{NAME}?project={TEAM}")
    yield "GET", f"/applications/{NAME}", cd.app(NAME, TEAM)
    yield "DELETE", repo, cd.ok("DELETE", repo)


def test_every_answer_is_valid_by_the_swagger(cd: Cd) -> None:
    for method, path, answer in answers(cd):
        schema = swagger.operation(method, f"/api/v1{path}")["responses"]["200"]["schema"]
        assert swagger.violations(schema, answer) == [], f"{method} {path}"


def test_every_route_of_the_simulator_is_in_the_swagger() -> None:
    document = {
        (method.upper(), re.sub(r"\{[^}]+\}", "{}", path))
        for path, methods in swagger.DOCUMENT["paths"].items()
        for method in methods
    }
    simulated = {(method, re.sub(r"\{[^}]+\}", "{}", path)) for method, path, _ in TABLE if path.startswith("/api/v1")}
    assert simulated - document == set()


def test_what_is_stored_is_valid_by_the_crds(cd: Cd) -> None:
    for file, found in (
        ("crd-application", cd.ok("POST", "/applications", body(cd))),
        ("crd-appproject", cd.ok("GET", f"/projects/{TEAM}")),
    ):
        schema = read(f"argocd/{file}.schema.json")["openAPIV3Schema"]["properties"]["spec"]
        jsonschema.validate(found["spec"], schema)
