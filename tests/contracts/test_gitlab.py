"""The simulated GitLab against what is known about the real one: its routes and the shapes of its answers."""

import re
from typing import Any

import pytest
import requests

from simulators.gitlab.urls import ROUTES, router
from tests.contracts.gitlab_world import Show, World, at, made, plain
from tests.contracts.known import needs_contracts, read
from tests.simulators.lab import create, update

pytestmark = needs_contracts

OPERATIONS = read("gitlab/openapi-operations.json").get("operations", [])
ENTITIES = read("gitlab/openapi-entities.json").get("definitions", {})
SEMANTICS = read("gitlab/semantics.json")
CALLS = read("gitlab/client-wire.python-gitlab-8.6.json").get("calls", [])
JSON_TYPES = {"integer": int, "string": str, "boolean": bool, "array": list, "object": dict}


# --- Routes ------------------------------------------------------------------------------------------------------


def recorded_routes() -> set[tuple[str, str]]:
    """The sim's routes that python-gitlab was seen to call."""
    patterns = {handler: plain(method, f"/api/v4{pattern}") for method, pattern, handler in ROUTES}
    found = set()
    for request in (one for call in CALLS for one in call["requests"]):
        path = request["target"].partition("?")[0].removeprefix("/api/v4")
        if match := router().find(request["method"], path):
            found.add(patterns[match[0]])
    return found


def test_every_route_exists_in_gitlab() -> None:
    known = {plain(one["method"], one["path"]) for one in OPERATIONS}
    known |= {plain(one["method"], one["path"]) for one in SEMANTICS["operations_missing_from_openapi"]}
    offered = {plain(method, f"/api/v4{pattern}") for method, pattern, _ in ROUTES}
    assert offered - known - recorded_routes() == set()


# --- Shapes ------------------------------------------------------------------------------------------------------
def marked(world: World) -> requests.Response:
    world.lab.ok("DELETE", f"/projects/{world.ids['project']}")
    return at("")(world)


def failed(world: World) -> requests.Response:
    world.lab.settings(fork_fails=1)
    fork = world.lab.fork(world.ids["project"], world.ids["group"], "bad")
    return world.lab.ask("GET", f"/projects/{fork['id']}")


def importing(world: World) -> requests.Response:
    world.lab.settings(fork_looks=1)
    fork = world.lab.fork(world.ids["project"], world.ids["group"], "slow")
    return world.lab.ask("GET", f"/projects/{fork['id']}/import")


def enterprise(world: World) -> requests.Response:
    world.lab.settings(edition="ee")
    return made("/protected_branches", name="x", push_access_level=30)(world)


def new_person(world: World) -> requests.Response:
    body = {"username": "alice", "name": "Alice", "email": "a@example.com", "password": "S3cr-et!x9"}
    return world.lab.ask("POST", "/users", json=body)


SAMPLES: dict[str, Show] = {
    "project.fork.201.json": made("/fork", namespace="templates", path="copy", name="copy"),
    "project.fork-finished.200.json": at(""),
    "project.fork-failed.200.json": failed,
    "project.deletion-scheduled.200.json": marked,
    "import-status.fork.200.json": importing,
    "group.get.200.json": lambda world: world.lab.ask("GET", "/groups/platform"),
    "member.add.201.json": made("/members", username="carol", access_level=30),
    "protected-branch.ce.201.json": made("/protected_branches", name="x", push_access_level=30),
    "protected-branch.ee.201.json": enterprise,
    "project-hook.create.201.json": made("/hooks", url="http://jenkins.example.com/x"),
    "deploy-token.create.json": made("/deploy_tokens", name="x", scopes=["read_repository"], expires_at="2099-01-01"),
    "user.create.201.json": new_person,
    "file.get.json": at("/repository/files/values.yaml?ref=main"),
    "commit.create.json": lambda world: world.lab.commit(world.ids["project"], create("new")),
    "branch.json": at("/repository/branches/main"),
    "version.json": lambda world: world.lab.ask("GET", "/version"),
    "metadata.json": lambda world: world.lab.ask("GET", "/metadata"),
    "namespace.exists.json": lambda world: world.lab.ask("GET", "/namespaces/platform/exists"),
}


def differences(sample: Any, answer: Any, where: str = "") -> list[str]:
    """Where an answer lacks a field of the sample or has it with another type; null goes with everything."""
    if isinstance(sample, dict) and isinstance(answer, dict):
        lacking = [f"{where}.{name} is missing" for name in sample if name not in answer]
        pairs = [(sample[name], answer[name], f"{where}.{name}") for name in sample if name in answer]
        return lacking + [text for pair in pairs for text in differences(*pair)]
    if isinstance(sample, list) and isinstance(answer, list):
        return differences(sample[0], answer[0], f"{where}[0]") if sample and answer else []
    if sample is None or answer is None or type(sample) is type(answer):
        return []
    return [f"{where} is {type(answer).__name__}, not {type(sample).__name__}"]


@pytest.mark.parametrize("name", SAMPLES)
def test_an_answer_has_the_fields_of_the_sample(world: World, name: str) -> None:
    answer = SAMPLES[name](world)
    status = re.search(r"\.(20\d)\.json$", name)
    assert answer.ok
    assert status is None or answer.status_code == int(status[1])
    sample = read(f"gitlab/samples/{name}")
    sample.pop("last_pipeline", None)  # nobody runs pipelines here
    if name == "commit.create.json":
        sample["status"] = None
    assert differences(sample, answer.json()) == []


@pytest.mark.parametrize("kind", ["push", "tag-push"])
def test_a_hook_carries_the_fields_of_the_sample(world: World, kind: str) -> None:
    url = f"/projects/{world.ids['project']}"
    world.lab.ok("PUT", f"{url}/hooks/{world.ids['hook']}", tag_push_events=True)
    if kind == "push":
        assert world.lab.commit(world.ids["project"], update("values.yaml", "a: 1\n")).ok
    else:
        world.lab.ok("POST", f"{url}/repository/tags", tag_name="v1", ref="main")
    record = world.lab.state()["deliveries"][-1]
    sample = read(f"gitlab/samples/webhook.{kind}.json")
    assert record["event"].lower().replace(" ", "-") == f"{kind}-hook"
    assert differences(sample, record["request"]) == []


RESPONSES: dict[str, Show] = {
    "API_Entities_ProjectWithAccess": at(""),
    "API_Entities_BasicProjectDetails": lambda world: world.lab.ask("GET", "/projects?simple=true"),
    "API_Entities_Project": lambda world: world.lab.ask("GET", "/groups/platform/projects"),
    "API_Entities_ProjectImportStatus": at("/import"),
    "API_Entities_Branch": at("/repository/branches/main"),
    "API_Entities_CommitDetail": at("/repository/commits/main"),
    "API_Entities_Commit": at("/repository/commits"),
    "API_Entities_Tag": at("/repository/tags/rel%2F1"),
    "API_Entities_TreeObject": at("/repository/tree"),
    "API_Entities_ProjectHook": at("/hooks"),
    "API_Entities_ProtectedBranch": at("/protected_branches/main"),
    "API_Entities_DeployToken": at("/deploy_tokens"),
    "API_Entities_Metadata": lambda world: world.lab.ask("GET", "/metadata"),
    "API_Entities_Member": made("/members", username="carol", access_level=30),
    "API_Entities_GroupDetail": lambda world: world.lab.ask("GET", "/groups/platform"),
    "API_Entities_NamespaceExistence": lambda world: world.lab.ask("GET", "/namespaces/platform/exists"),
}
UNTYPED = {  # the generator calls every field without a documented type a string
    "API_Entities_GroupDetail",
    "API_Entities_ProjectHook",
    "API_Entities_Member",
}


@pytest.mark.parametrize("entity", RESPONSES)
def test_an_answer_has_no_field_that_gitlab_does_not_know(world: World, entity: str) -> None:
    found = RESPONSES[entity](world).json()
    answer = found[0] if isinstance(found, list) else found
    properties = ENTITIES[entity]["properties"]
    assert set(answer) - set(properties) == set()
    if entity in UNTYPED:
        return
    for name, value in answer.items():
        wanted = JSON_TYPES.get(properties[name].get("type", ""))
        assert wanted is None or value is None or isinstance(value, wanted), name
