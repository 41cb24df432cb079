"""What the clients really send, held against what is known of the real systems: recordings, OpenAPI, Swagger."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from provisioning.systems.argocd import ArgoCD, Project
from provisioning.systems.gitlab import Action, GitLab
from provisioning.systems.jenkins import Jenkins
from tests.systems import bodies
from tests.systems.stub import Reply, Seen, Stub, data

CONTRACTS = Path(__file__).resolve().parents[3] / "shared" / "contracts"
pytestmark = pytest.mark.skipif(not CONTRACTS.is_dir(), reason="contracts not present")
TREE = "api/json?depth=0"


def read(name: str) -> Any:
    """A JSON file of the contracts; empty where there are none."""
    return json.loads((CONTRACTS / name).read_text(encoding="utf-8")) if CONTRACTS.is_dir() else {}


GITLAB_CALLS = {
    one["call"]: one["requests"] for one in read("gitlab/client-wire.python-gitlab-8.6.json").get("calls", [])
}
JENKINS_CALLS = {
    one["call"]: one["requests"] for one in read("jenkins/client-wire.python-jenkins-1.8.json").get("calls", [])
}
OPERATIONS = read("gitlab/openapi-operations.json").get("operations", [])
ENTITIES = read("gitlab/openapi-entities.json").get("definitions", {})
SWAGGER = read("argocd/swagger.trimmed.json")

GITLAB: dict[str, tuple[Callable[[GitLab], object], Reply]] = {
    "gl.version()": (lambda it: it.version(), data({"version": "18.2.1"})),
    "gl.auth()": (lambda it: it.whoami(), data({"id": 1, "username": "root"})),
    "gl.groups.get('platform', with_projects=False)": (lambda it: it.group("platform"), data(bodies.group())),
    "gl.projects.get('group/sub/app')": (lambda it: it.project("group/sub/app"), data(bodies.project())),
    "gl.projects.create({...})": (lambda it: it.create_project(7, "app", "app"), data(bodies.project(), 201)),
    "project.forks.create({namespace})": (
        lambda it: it.fork(1, group="platform/apps", path="app1", name="app1", description="mark"),
        data(bodies.project(), 201),
    ),
    "project.delete()": (lambda it: it.delete_project(1), data({"message": "202 Accepted"}, 202)),
    "project.protectedbranches.get('release/*')": (
        lambda it: it.protection(1, "release/*"),
        data(bodies.protection(30)),
    ),
    "project.files.get('charts/app/values.yaml', ref='main')": (
        lambda it: it.read_file(1, "charts/app/values.yaml", "main"),
        data(bodies.file(b"a: 1")),
    ),
    "project.commits.create({...})": (
        lambda it: it.commit(1, "main", "m", [Action("update", "values.yaml", "a: 1", "abc")]),
        data({"id": "c" * 40, "web_url": "u"}, 201),
    ),
    "project.hooks.list(get_all=True)": (lambda it: it.hooks(1), data([bodies.hook(1)])),
    "project.hooks.create({...})": (
        lambda it: it.create_hook(
            1, url="http://jenkins.example.com/project/app", name="n", description="d", secret="s3cret"
        ),
        data(bodies.hook(1), 201),
    ),
    "project.hooks.update(1,{...})": (
        lambda it: it.update_hook(
            1,
            1,
            url="http://jenkins.example.com/project/app",
            name="n",
            description="d",
            secret="s3cret",
            push_events=False,
        ),
        data(bodies.hook(1)),
    ),
    "project.hooks.delete(1)": (lambda it: it.delete_hook(1, 1), Reply(204)),
    "project.deploytokens.create({...})": (
        lambda it: it.create_deploy_token(1, "argocd"),
        data({"id": 1, "name": "argocd", "username": "u", "token": "gldt-x"}, 201),
    ),
    "project.deploytokens.list()": (lambda it: it.deploy_tokens(1), data([])),
    "project.deploytokens.delete(1)": (lambda it: it.delete_deploy_token(1, 1), Reply(204)),
}
# What we send otherwise than the recorded call, and why it is right.
OURS = {
    "namespace_path": "namespace",  # the recorded one is deprecated
}


@pytest.mark.parametrize("name", GITLAB)
def test_gitlab_is_asked_as_python_gitlab_was_recorded(stub: Stub, gitlab: GitLab, name: str) -> None:
    call, reply = GITLAB[name]
    stub.will(reply)
    call(gitlab)
    (sent,), (recorded,) = stub.seen, GITLAB_CALLS[name]
    assert (sent.method, urlsplit(sent.target).path) == (recorded["method"], urlsplit(recorded["target"]).path)
    wanted = dict(parse_qsl(urlsplit(recorded["target"]).query))
    assert wanted.items() <= dict(parse_qsl(urlsplit(sent.target).query)).items()
    asked = {OURS.get(key, key): value for key, value in (sent.json if sent.body else {}).items()}
    common = recorded.get("json", {}).keys() & asked.keys()
    assert {key: asked[key] for key in common} == {key: recorded["json"][key] for key in common}
    assert sent.headers["PRIVATE-TOKEN"] == "glpat-secret-token"
    assert sent.headers["Content-type"] == "application/json"


def test_a_rule_is_made_and_removed_as_recorded(stub: Stub, gitlab: GitLab) -> None:
    ours = data(bodies.protection(30), 201)
    stub.will(data(bodies.protection(40)), Reply(204), ours, data(bodies.protection(30)))
    gitlab.protect(1, "main")
    (recorded,) = GITLAB_CALLS["project.protectedbranches.create({...})"]
    assert (stub.asked[2], stub.seen[2].json) == (f"POST {recorded['target']}", recorded["json"])
    (removed,) = GITLAB_CALLS["project.protectedbranches.delete('feature/x')"]
    assert stub.asked[1] == f"DELETE {removed['target']}".replace("feature%2Fx", "main")


@pytest.mark.parametrize("name", [name for name in GITLAB if name != "gl.auth()"])
def test_gitlab_knows_every_field_that_is_sent(stub: Stub, gitlab: GitLab, name: str) -> None:
    call, reply = GITLAB[name]
    stub.will(reply)
    call(gitlab)
    (sent,) = stub.seen
    operation = operation_of(sent)
    known = {one["name"] for one in operation["parameters"]}
    assert set(dict(parse_qsl(urlsplit(sent.target).query))) <= known | {"page", "per_page"}
    if sent.body:
        check_fields(sent.json, ENTITIES[operation["body"]["$ref"]], name)


def operation_of(sent: Seen) -> Any:
    """The operation in the OpenAPI that a request is."""
    for one in OPERATIONS:
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(one["path"]))
        if one["method"] == sent.method and re.fullmatch(pattern, urlsplit(sent.target).path):
            return one
    raise AssertionError(f"GitLab's OpenAPI has no {sent.method} {sent.target}")


def check_fields(body: Any, schema: Any, where: str) -> None:
    """All that is sent is known. What GitLab does not know it ignores, and says 201 all the same."""
    if schema.get("type") == "array":
        for item in body:
            check_fields(item, schema["items"], where)
    for key, value in body.items() if schema.get("type") == "object" else ():
        assert key in schema["properties"], f"{where}: unknown field {key}"
        check_fields(value, schema["properties"][key], f"{where}.{key}")


# --- Jenkins -----------------------------------------------------------------------------------------------------

XML = Reply(200, b"<flow-definition/>", {"Content-Type": "application/xml"})
MADE, MOVED = Reply(200), Reply(302, b"", {"Location": "http://jenkins/job/apps/"})
NEW, ABSENT = data(bodies.job("new")), Reply(404, b"", {"X-Jenkins": "2.5"})
JENKINS: dict[str, tuple[Callable[[Jenkins], object], list[Reply], int]] = {
    # verb, answers, which of the recorded requests is ours (there are crumbs and looks around it)
    "server.get_whoami() (first call of the session)": (lambda it: it.whoami(), [data({"id": "admin"})], 1),
    "server.get_job_info('apps/new')": (lambda it: it.job("apps", "new"), [NEW], 0),
    "server.get_job_config('apps/new')": (lambda it: it.job_config("apps", "new"), [XML], 0),
    "server.create_job('apps/new', xml)": (
        lambda it: it.create_job("apps", "new", "<flow-definition/>"),
        [MADE, NEW],
        1,
    ),
    "server.reconfig_job('apps/new', xml)": (lambda it: it.update_job("apps", "new", "<flow-definition/>"), [MADE], 0),
    "server.delete_job('apps/new')": (lambda it: it.delete_job("apps", "new"), [MOVED, ABSENT], 0),
}


@pytest.mark.parametrize("name", JENKINS)
def test_jenkins_is_asked_as_python_jenkins_was_recorded(stub: Stub, jenkins: Jenkins, name: str) -> None:
    call, replies, which = JENKINS[name]
    stub.will(*replies)
    call(jenkins)
    sent, recorded = stub.seen[0], request_of(JENKINS_CALLS[name][which])
    assert (sent.method, sent.target, sent.body.decode()) == recorded
    assert sent.headers["Authorization"].startswith("Basic ")
    assert "Jenkins-Crumb" not in sent.headers


def request_of(recorded: Any) -> tuple[str, str, str]:
    """Method, target and body of a recorded request."""
    return recorded["method"], recorded["target"], recorded.get("body", "")


# --- Argo CD -----------------------------------------------------------------------------------------------------

ARGOCD: list[tuple[Callable[[ArgoCD], object], Any]] = [
    (lambda it: it.userinfo(), {"loggedIn": True, "username": "provisioner"}),
    (lambda it: it.project("dev"), bodies.argo_project()),
    (lambda it: it.create_project(Project("dev", {})), bodies.argo_project()),
    (lambda it: it.update_project(Project("dev", {}, resource_version="1")), bodies.argo_project()),
    (lambda it: it.repositories(), {"items": []}),
    (lambda it: it.repository("https://a/b.git", project="p", refresh=True), bodies.repository()),
    (lambda it: it.register_repository("https://a/b.git", username="u", password="p"), bodies.repository()),
    (lambda it: it.delete_repository("https://a/b.git"), {}),
    (lambda it: it.application("shop", "dev"), bodies.application()),
    (lambda it: it.find_application("shop"), {"items": []}),
    (lambda it: it.create_application(read("argocd/samples/application.create.request.json")), bodies.application()),
    (lambda it: it.delete_application("shop", "dev"), {}),
]


@pytest.mark.parametrize(("call", "answer"), ARGOCD)
def test_argo_cd_knows_every_route_and_parameter(
    stub: Stub, argocd: ArgoCD, call: Callable[[ArgoCD], object], answer: Any
) -> None:
    stub.will(data(answer))
    call(argocd)
    (sent,) = stub.seen
    path = urlsplit(sent.target).path
    routes = [route for route in SWAGGER["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), path)]
    assert routes, f"Argo CD's swagger has no {path}"
    known = {one["name"] for one in SWAGGER["paths"][routes[0]][sent.method.lower()].get("parameters", [])}
    assert set(dict(parse_qsl(urlsplit(sent.target).query))) <= known


def test_a_project_and_a_repository_are_sent_as_in_the_samples(stub: Stub, argocd: ArgoCD) -> None:
    project, repository = (read(f"argocd/samples/{name}.create.request.json") for name in ("project", "repository"))
    stub.will(data(bodies.argo_project()), data(bodies.repository()))
    argocd.create_project(Project("team-shop", project["project"]["spec"]))
    argocd.register_repository(repository["repo"], username="deploy-reader", password="<read-token>")
    assert [one.json for one in stub.seen] == [project, repository]


@pytest.mark.parametrize(
    ("sample", "read_it"),
    [
        ("repository.get.200", lambda it: it.repository("https://a/b.git")),
        ("repository.get.failed-connection.200", lambda it: it.repository("https://a/b.git")),
        ("repositories.list.200", lambda it: it.repositories()),
        ("project.create.200", lambda it: it.project("team-shop")),
        ("application.01-create.200", lambda it: it.application("shop-frontend", "team-shop")),
        ("application.10-deleting.200", lambda it: it.application("shop-frontend", "team-shop")),
        ("applications.list.200", lambda it: it.find_application("shop-frontend")),
        ("session.userinfo.200", lambda it: it.userinfo()),
    ],
)
def test_argo_cds_samples_are_understood(
    stub: Stub, argocd: ArgoCD, sample: str, read_it: Callable[[ArgoCD], object]
) -> None:
    stub.will(data(read(f"argocd/samples/{sample}.json")))
    assert read_it(argocd)


@pytest.mark.parametrize(
    ("sample", "read_it"),
    [
        ("project.fork.201", lambda it: it.project(311)),
        ("project.fork-finished.200", lambda it: it.project("platform/shop-api")),
        ("project.fork-failed.200", lambda it: it.project(311).import_error),
        ("project.deletion-scheduled.200", lambda it: it.project(311).deleting),
        ("group.get.200", lambda it: it.group("platform")),
        ("protected-branch.ce.201", lambda it: it.protection(1, "main").allows(30, 30)),
        ("protected-branch.ee.201", lambda it: it.protection(1, "main").allows(30, 30)),
        ("project-hooks.list", lambda it: it.hooks(1)),
        ("deploy-tokens.list", lambda it: it.deploy_tokens(1)),
        ("version", lambda it: it.version()),
        ("user.admin-view", lambda it: it.whoami()),
        ("commit.create", lambda it: it.commit(1, "main", "m", [])),
        ("deploy-token.create", lambda it: it.create_deploy_token(1, "argocd").token),
    ],
)
def test_gitlabs_samples_are_understood(
    stub: Stub, gitlab: GitLab, sample: str, read_it: Callable[[Any], object]
) -> None:
    stub.will(data(read(f"gitlab/samples/{sample}.json")))
    assert read_it(gitlab)


def test_jenkins_samples_are_understood(stub: Stub, jenkins: Jenkins) -> None:
    stub.will(*(data(read(f"jenkins/samples/{name}.json")) for name in ("folder", "job.pipeline.never-built")))
    assert jenkins.folder("team")
    assert jenkins.job("team", "app")
    config = (CONTRACTS / "jenkins/samples/pipeline.scm.parameterized.config.xml").read_bytes()
    stub.will(Reply(200, config, {"Content-Type": "application/xml"}))
    assert jenkins.job_config("team", "app") == config.decode()
    assert unquote(stub.asked[0]) == f"GET /job/team/{TREE}"
