"""Every recorded request of python-gitlab that this platform may make is answered with GitLab's status."""

import re
from typing import Any

import pytest

from simulators.gitlab.urls import ROUTES, router
from tests.contracts.gitlab_world import World, plain
from tests.contracts.known import needs_contracts, read

pytestmark = needs_contracts

OPERATIONS = read("gitlab/openapi-operations.json").get("operations", [])
SEMANTICS = read("gitlab/semantics.json")
CALLS = read("gitlab/client-wire.python-gitlab-8.6.json").get("calls", [])
NOT_OFFERED = re.compile(r"/access_tokens")

STATUSES = {  # where the OpenAPI is wrong or silent; its successes count otherwise
    ("DELETE", "/api/v4/groups/{}"): SEMANTICS.get("group_delete", {}).get("success"),
    ("POST", "/api/v4/projects/{}/repository/commits"): SEMANTICS.get("commits_api", {}).get("success"),
    ("GET", "/api/v4/user"): 200,
}
PREPARE: dict[str, list[tuple[str, str]]] = {
    "project.protectedbranches.create({...})": [("DELETE", "/protected_branches/main")],
    "project.restore()": [("DELETE", "")],
    "gl.projects.delete(1, permanently_remove=True, full_path='g/x-deletion_scheduled-1')": [("DELETE", "")],
}
NEEDS_MEMBER = re.compile(r"^group\.members\.(get|update|delete)")
NEEDS_NO_FILE = "project.files.create({...})"
EXPECTED_FAILURES = {"project.files.update('a/b.txt', {...})": 400}  # its last_commit_id `abc` is stale
CHANGED_LATER = "project.commits.create({...})"


def expected_status(method: str, pattern: str) -> int:
    """The success that the contract names for a route; AssertionError when it names none."""
    key = plain(method, f"/api/v4{pattern}")
    if key in STATUSES:
        return int(STATUSES[key])
    for one in OPERATIONS:
        if plain(one["method"], one["path"]) == key:
            return int(next(status for status in one["responses"] if status.startswith("2")))
    for one in SEMANTICS["operations_missing_from_openapi"]:
        if plain(one["method"], one["path"]) == key:
            return int(one["success"])
    raise AssertionError(f"nothing is known about {key}")


def prepare(world: World, call: str) -> None:
    """What must be so before the call, beyond the world as it is built."""
    lab, url = world.lab, f"/projects/{world.ids['project']}"
    for method, path in PREPARE.get(call, []):
        lab.ok(method, f"{url}{path}")
    if NEEDS_MEMBER.match(call):
        lab.ok("POST", f"/groups/{world.ids['group']}/members", user_id=world.ids["carol"], access_level=30)
    if call == NEEDS_NO_FILE:
        assert lab.commit(world.ids["project"], {"action": "delete", "file_path": "a/b.txt"}).ok


def pattern_of(method: str, path: str) -> str:
    """The sim's route for a request; HEAD has some of its own."""
    match = router().find(method, path.partition("?")[0])
    assert match, f"no route for {method} {path}"
    return next(
        pattern for verb, pattern, handler in ROUTES if handler is match[0] and verb == method and same(pattern, path)
    )


def same(pattern: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", pattern), path.partition("?")[0]) is not None


RECORDED = [
    pytest.param(call["call"], request, id=f"{call['call']} {number}")
    for call in CALLS
    for number, request in enumerate(call["requests"])
    if not NOT_OFFERED.search(request["target"])
]


@pytest.mark.parametrize(("call", "request_"), RECORDED)
def test_what_python_gitlab_sends_is_answered_as_by_gitlab(world: World, call: str, request_: Any) -> None:
    prepare(world, call)
    target, body = world.translate(request_["target"], request_.get("json"))
    if call == CHANGED_LATER:
        file = world.lab.ok("GET", f"/projects/{world.ids['project']}/repository/files/values.yaml?ref=main")
        body["actions"][0]["last_commit_id"] = file["last_commit_id"]
    headers = {"Content-type": "application/json", "User-Agent": "python-gitlab/8.6.0", "Accept": "*/*"}
    answer = world.lab.ask(request_["method"], target, json=body, headers=headers)
    wanted = EXPECTED_FAILURES.get(call) or expected_status(request_["method"], pattern_of(request_["method"], target))
    assert answer.status_code == wanted, answer.text
