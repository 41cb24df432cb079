"""The simulated Jenkins answers in the shapes and with the words of the contract's samples."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.contracts.known import FOLDER, needs_contracts, read
from tests.contracts.shapes import differences
from tests.simulators.ci import FOLDER as FOLDER_XML
from tests.simulators.ci import PASSWORD, XML, Ci, choice_parameter, pipeline, text_parameter

pytestmark = needs_contracts

SEMANTICS = read("jenkins/semantics.json")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PARAMETERS = text_parameter("APP_NAME") + choice_parameter("ENV", "dev", "prod")


@pytest.fixture
def ci(sim_url: str) -> Iterator[Ci]:
    """A Jenkins with a folder, a plain job and one with parameters."""
    found = Ci(sim_url)
    found.control("POST", "reset")
    found.create("team", FOLDER_XML)
    found.create("app", pipeline(), "/job/team")
    found.create("with", pipeline(parameters=PARAMETERS), "/job/team")
    yield found
    found.close()


def sample(name: str) -> Any:
    return read(f"jenkins/samples/{name}")


def words(name: str) -> str:
    return (FOLDER / "jenkins" / "samples" / name).read_text()


def built(ci: Ci, seconds: float, result: str = "SUCCESS") -> Any:
    """One build of the job with parameters; it has run for a minute when it is looked at."""
    ci.settings(build_seconds=seconds, build_result=result)
    ci.post("/job/team/job/with/buildWithParameters?APP_NAME=shop&delay=0sec")
    ci.json("/api/json")
    ci.settings(clock=60)
    return ci.json("/job/team/job/with/1/api/json")


def waiting(ci: Ci) -> Any:
    ci.post("/job/team/job/with/buildWithParameters?APP_NAME=shop")
    return ci.json("/queue/item/1/api/json")


def cancelled(ci: Ci) -> Any:
    waiting(ci)
    ci.post("/queue/cancelItem?id=1")
    return ci.json("/queue/item/1/api/json")


def executed(ci: Ci) -> Any:
    built(ci, 0.0)
    return ci.json("/queue/item/1/api/json")


def blocked(ci: Ci) -> Any:
    tag = "org.jenkinsci.plugins.workflow.job.properties.DisableConcurrentBuildsJobProperty"
    ci.create("one", pipeline(f"<{tag}/>", parameters=PARAMETERS), "/job/team")
    ci.settings(build_seconds=600.0)
    for name in ("shop", "mall"):
        ci.post(f"/job/team/job/one/buildWithParameters?delay=0sec&APP_NAME={name}")
        ci.json("/api/json")
    return ci.json("/queue/item/2/api/json")


def user(ci: Ci) -> Any:
    ci.member("jdoe")
    return ci.json("/user/jdoe/api/json")


def role(ci: Ci, kind: str, name: str) -> Any:
    item = ",".join(f"hudson.model.Item.{name}" for name in ("Read", "Build", "Cancel"))
    ci.role(kind, "reader", "hudson.model.Hudson.Read" if kind == "globalRoles" else item, "^team$")
    ci.strategy("assignUserRole", type=kind, roleName="reader", user="jdoe")
    return ci.json(f"/role-strategy/strategy/getRole?type={kind}&roleName={name}")


def token(ci: Ci) -> Any:
    path = "/user/admin/descriptorByName/jenkins.security.ApiTokenProperty/generateNewToken"
    return ci.post(path, data={"newTokenName": "x"}).json()


def stages(ci: Ci) -> Any:
    built(ci, 1.0, "FAILURE")
    return ci.json("/job/team/job/with/1/wfapi/describe")


ANSWERS: dict[str, Any] = {
    "root.json": lambda ci: ci.json("/api/json"),
    "folder.json": lambda ci: ci.json("/job/team/api/json"),
    "job.pipeline.never-built.json": lambda ci: ci.json("/job/team/job/app/api/json"),
    "job.pipeline.parameterized.json": lambda ci: built(ci, 1.0) and ci.json("/job/team/job/with/api/json"),
    "build.running.json": lambda ci: built(ci, 600.0),
    "build.success.json": lambda ci: built(ci, 1.0),
    "build.failure.json": lambda ci: built(ci, 1.0, "FAILURE"),
    "queue-item.waiting.json": waiting,
    "queue-item.blocked.json": blocked,
    "queue-item.left.cancelled.json": cancelled,
    "queue-item.left.executed.json": executed,
    "crumb.json": lambda ci: ci.json("/crumbIssuer/api/json"),
    "whoami.json": lambda ci: ci.json("/whoAmI/api/json"),
    "user.created.json": user,
    "me.json": lambda ci: ci.json("/me/api/json"),
    "generate-new-token.json": token,
    "wfapi.describe.no-stages.json": stages,
    "role-strategy.get-role.global.json": lambda ci: role(ci, "globalRoles", "reader"),
    "role-strategy.get-role.project.json": lambda ci: role(ci, "projectRoles", "reader"),
    "role-strategy.get-role.unknown.json": lambda ci: role(ci, "projectRoles", "nope"),
    "role-strategy.get-role-assignments.json": lambda ci: ci.json("/role-strategy/strategy/getRoleAssignments"),
}
# The fields that tell the state: equal, not only alike.
TELLING = (
    *("_class", "building", "result", "inProgress", "blocked", "buildable", "cancelled", "stuck", "params", "color"),
    *("useCrumbs", "mode", "authenticated", "anonymous", "inQueue", "nextBuildNumber"),
)


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_has_the_shape_of_its_sample(ci: Ci, name: str) -> None:
    expected, answer = sample(name), ANSWERS[name](ci)
    assert differences(expected, answer) == []
    if isinstance(expected, dict) and "parameterized" not in name:
        told = {field: expected[field] for field in TELLING if field in expected}
        if name.startswith("queue-item"):
            told.pop("params")  # the sample's job has one parameter
        assert {field: answer[field] for field in told} == told


def test_samples_of_configurations_are_accepted_and_read_back(ci: Ci) -> None:
    for number, path in enumerate(sorted((FOLDER / "jenkins" / "samples").glob("*.config.xml"))):
        made = ci.post(f"/createItem?name=item{number}", data=path.read_bytes(), headers=XML)
        assert made.status_code == 200, path.name
        assert "<?xml version='1.1' encoding='UTF-8'?>" in ci.get(f"/job/item{number}/config.xml").text
    assert len(ci.state()["items"]) == 3 + number + 1


REFUSALS: dict[str, Any] = {
    "anonymous-no-permission.403.html": (lambda ci: ci.get("/api/json", auth=None), "Authentication required"),
    "create-item.exists.400.html": (
        lambda ci: ci.create("app", folder="/job/team"),
        "<h1>Error</h1><p>A job already exists with the name ‘app’</p>",
    ),
    "no-valid-crumb.403.html": (
        lambda ci: ci.post("/createItem?name=x", data=pipeline(), headers=XML, auth=PASSWORD),
        "HTTP ERROR 403 No valid crumb was included in the request",
    ),
    "create-account.taken.200.html": (
        lambda ci: ci.post("/securityRealm/createAccountByAdmin", data={"username": "admin"}),
        '<div class="error jenkins-!-margin-bottom-2">\n      User name is already taken\n    </div>',
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_has_the_status_and_words_of_its_sample(ci: Ci, name: str) -> None:
    act, phrase = REFUSALS[name]
    answer: requests.Response = act(ci)
    assert answer.status_code == int(name.split(".")[-2])
    assert answer.headers["Content-Type"].startswith("text/html")
    assert phrase in words(name)
    assert phrase in answer.content.decode()


CREATES: dict[str, tuple[str, dict[str, str], str]] = {
    "A job already exists with the name ?<name>?": ("name=team", XML, pipeline()),
    "Query parameter 'name' is required": ("", XML, pipeline()),
    "No Content-Type header set": ("name=x", {}, ""),
    "No mode given": ("name=x", FORM, ""),
    "No item type ?<x>? is known": ("name=x", FORM, "mode=no"),
    "?<c>? is an unsafe character": ("name=%3Cc%3E", XML, pipeline()),
}


def test_every_refusal_of_create_that_the_contract_words_is_worded_so(ci: Ci) -> None:
    worded = {one["x_error"]: one["status"] for one in SEMANTICS["create_item"]["failures"] if "x_error" in one}
    assert set(worded) == set(CREATES)
    for text, (query, headers, body) in CREATES.items():
        answer = ci.post(f"/createItem?{query}", data=body.encode(), headers=headers)
        start, _, rest = text.partition("<")
        assert answer.status_code == worded[text]
        assert answer.headers["X-Error"].startswith(start)
        assert answer.headers["X-Error"].endswith(rest.partition(">")[2])


def test_every_unsafe_character_is_refused(ci: Ci) -> None:
    for char in r"?*/\%!@#$^&|<>[]:;":
        assert ci.post("/createItem", params={"name": f"a{char}b"}, data=pipeline(), headers=XML).status_code == 400


def test_every_role_route_of_the_contract_is_there_and_posts_only(ci: Ci) -> None:
    routes = SEMANTICS["role_strategy"]
    for name in routes["posts"]:
        assert ci.get(f"{routes['base']}{name}").status_code == 405, name
    for name in sorted(set(routes["gets"]) - {"getMatchingJobs"}):
        assert ci.get(f"{routes['base']}{name}?roleName=admin").status_code == 200, name
    assert ci.post(routes["wrong_in_seed"].split(" ")[0] + "assignRole").status_code == 404
