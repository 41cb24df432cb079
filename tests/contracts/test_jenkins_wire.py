"""python-jenkins sends what was recorded of it, and the simulator makes it return or raise what was recorded."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jenkins
import pytest
import requests

from tests.contracts.known import needs_contracts, read
from tests.simulators.ci import ADMIN, FOLDER, XML, Ci, pipeline, text_parameter

pytestmark = needs_contracts

CALLS = {one["call"]: one for one in read("jenkins/client-wire.python-jenkins-1.8.json").get("calls", [])}
CONFIG = "<flow-definition/>"
WITH_A = pipeline(parameters=text_parameter("A"))
WITH_A_AND_B = pipeline(parameters=text_parameter("A") + text_parameter("B"))


@dataclass(frozen=True)
class Case:
    """`prepare` makes the world in which `act` is called with a new client; `same` are fields that must be equal."""

    act: Callable[[jenkins.Jenkins], Any]
    prepare: Callable[[Ci], Any] = lambda ci: None
    same: tuple[str, ...] = ()


def items(*names: str, xml: str = CONFIG) -> Callable[[Ci], None]:
    """Folders above, then the last name as a job."""

    def prepare(ci: Ci) -> None:
        for name in names:
            folder, _, short = name.rpartition("/")
            above = f"/job/{folder}" if folder else ""
            ci.create(short, xml if folder else FOLDER, above)

    return prepare


def built(ci: Ci) -> None:
    items("apps", "apps/new")(ci)
    ci.post("/job/apps/job/new/build?delay=0sec")
    ci.json("/api/json")


def seventh_item(ci: Ci) -> None:
    """The recorded item has the number 7."""
    for number in range(6):
        ci.create(f"other{number}")
        ci.post(f"/job/other{number}/build")
    items("apps", "apps/new")(ci)


def seventh_left(ci: Ci) -> None:
    seventh_item(ci)
    ci.post("/job/apps/job/new/build?delay=0sec")
    ci.json("/api/json")


def seventh_waits(ci: Ci, xml: str = CONFIG, query: str = "build") -> None:
    seventh_item(ci)
    ci.post("/job/apps/job/new/config.xml", data=xml, headers=XML)
    ci.post(f"/job/apps/job/new/{query}")


def parameterized(ci: Ci) -> None:
    seventh_item(ci)
    ci.post("/job/apps/job/new/config.xml", data=WITH_A_AND_B, headers=XML)


def failing(path: str, **fault: Any) -> Callable[[Ci], None]:
    def prepare(ci: Ci) -> None:
        items("apps", "apps/new", "team", "team/app")(ci)
        ci.control("POST", "faults", path=path, **fault)

    return prepare


def lost_race(ci: Ci) -> None:
    items("apps", "apps/new")(ci)
    ci.control("POST", "faults", path="new/api/json", status=404, body="<html/>")


CASES: dict[str, Case] = {
    "server.get_version()": Case(lambda s: s.get_version(), lambda ci: ci.settings(anonymous_read=True)),
    "server.get_whoami() (first call of the session)": Case(
        lambda s: s.get_whoami(), same=("_class", "id", "fullName", "description")
    ),
    "server.get_info()": Case(lambda s: s.get_info(), same=("_class", "mode", "jobs", "quietingDown")),
    "server.job_exists('team/app')": Case(lambda s: s.job_exists("team/app"), items("team", "team/app")),
    "server.job_exists('missing')": Case(lambda s: s.job_exists("missing")),
    "server.create_folder('apps')": Case(lambda s: s.create_folder("apps")),
    "server.create_folder('team/sub')": Case(lambda s: s.create_folder("team/sub"), items("team")),
    "server.create_folder('team') when it exists": Case(lambda s: s.create_folder("team"), items("team")),
    "server.create_job('apps/new', xml)": Case(lambda s: s.create_job("apps/new", CONFIG), items("apps")),
    "server.create_job('apps/new', xml) when it exists": Case(
        lambda s: s.create_job("apps/new", CONFIG), items("apps", "apps/new")
    ),
    "server.create_job(...) losing a race (pre-check says absent, server answers 400)": Case(
        lambda s: s.create_job("apps/new", CONFIG), lost_race
    ),
    "server.get_job_config('apps/new')": Case(lambda s: s.get_job_config("apps/new"), items("apps", "apps/new")),
    "server.reconfig_job('apps/new', xml)": Case(
        lambda s: s.reconfig_job("apps/new", CONFIG), items("apps", "apps/new")
    ),
    "server.upsert_job('apps/new', xml)": Case(lambda s: s.upsert_job("apps/new", CONFIG), items("apps", "apps/new")),
    "server.get_job_info('apps/new')": Case(
        lambda s: s.get_job_info("apps/new"),
        items("apps", "apps/new"),
        same=("name", "fullName", "builds", "nextBuildNumber", "inQueue"),
    ),
    "server.get_job_info('apps/new') while the server answers 503": Case(
        lambda s: s.get_job_info("apps/new"), failing("job/new", status=503, body="<html/>")
    ),
    "server.get_job_info('apps/new') while the server answers 403": Case(
        lambda s: s.get_job_info("apps/new"), failing("job/new", status=403, body="<html>err</html>")
    ),
    "server.build_job('apps/new')": Case(lambda s: s.build_job("apps/new"), seventh_item),
    "server.build_job('apps/new', {'A': 'x y', 'B': True})": Case(
        lambda s: s.build_job("apps/new", {"A": "x y", "B": True}), parameterized
    ),
    "server.build_job('apps/new', {'A': '1'}) folded into an existing queue item (303)": Case(
        lambda s: s.build_job("apps/new", {"A": "1"}),
        lambda ci: seventh_waits(ci, WITH_A, "buildWithParameters?A=1"),
    ),
    "server.build_job('apps/new', {'A': '1'}) on a job that is not parameterized (400)": Case(
        lambda s: s.build_job("apps/new", {"A": "1"}), items("apps", "apps/new")
    ),
    "server.get_queue_item(7)": Case(lambda s: s.get_queue_item(7), seventh_left, same=("_class", "id", "cancelled")),
    "server.cancel_queue(7)": Case(lambda s: s.cancel_queue(7), seventh_waits),
    "server.get_build_info('apps/new', 1)": Case(
        lambda s: s.get_build_info("apps/new", 1), built, same=("building", "result", "number")
    ),
    "server.get_build_stages('apps/new', 1)": Case(lambda s: s.get_build_stages("apps/new", 1), built, ("stages",)),
    "server.get_build_console_output('apps/new', 1)": Case(lambda s: s.get_build_console_output("apps/new", 1), built),
    "server.stop_build('apps/new', 1)": Case(lambda s: s.stop_build("apps/new", 1), built),
    "server.delete_job('apps/new')": Case(lambda s: s.delete_job("apps/new"), items("apps", "apps/new")),
    "server.delete_job('missing')": Case(lambda s: s.delete_job("missing")),
    "new session, crumb issuer answers 404: server.reconfig_job('team/app', xml)": Case(
        lambda s: s.reconfig_job("team/app", CONFIG),
        lambda ci: (items("team", "team/app")(ci), ci.settings(crumbs=False)),
    ),
    "new session, crumb issuer answers 403: server.get_job_info('team/app')": Case(
        lambda s: s.get_job_info("team/app"), failing("crumbIssuer", status=403, body="<html/>")
    ),
}
# What a real server adds to the stub of the recording: a delete leads to the folder above, not to the root.
LANDS = {"server.delete_job('apps/new')": ("GET /", "GET /job/apps/")}
# The stub's console and configuration were its own; those of a server are longer.
TEXTS = ("server.get_job_config('apps/new')", "server.get_build_console_output('apps/new', 1)")


@pytest.fixture
def ci(sim_url: str) -> Iterator[Ci]:
    found = Ci(sim_url)
    found.control("POST", "reset")
    yield found
    found.close()


def test_every_recorded_call_has_its_case() -> None:
    assert set(CASES) == set(CALLS)


@pytest.mark.parametrize("call", CALLS)
def test_a_call_goes_as_recorded(ci: Ci, call: str) -> None:
    case, recorded = CASES[call], CALLS[call]
    case.prepare(ci)
    last = (ci.control("GET", "requests?since=0") or [{"id": 0}])[-1]["id"]
    outcome = run(lambda: case.act(jenkins.Jenkins(ci.url, *ADMIN)), ci.url)
    sent = [one for one in ci.control("GET", f"requests?since={last}") if "crumbIssuer" not in one["path"]]
    expected = [one for one in recorded["requests"] if "crumbIssuer" not in one["target"]]
    if "losing a race" in call:
        sent = sent[1:]  # the recording begins after the check that said absent
    assert [target(one) for one in sent] == [wanted(call, one) for one in expected]
    for one, want in zip(sent, expected, strict=True):
        needed = {name.lower() for name in want["headers"]} - {"cookie", "jenkins-crumb"}
        assert needed <= one["headers"].keys()
    check(call, case, recorded, outcome)


def run(act: Callable[[], Any], url: str) -> Any:
    """What the call returned, or `class: text` of what it raised, with the recording's host name."""
    try:
        return act()
    except (jenkins.JenkinsException, requests.RequestException) as error:
        kind = type(error)
        text = str(error).replace(url, "http://jenkins.example.com")
        return f"{kind.__module__}.{kind.__qualname__}: {text}"


def target(sent: dict[str, Any]) -> str:
    query = f"?{sent['query']}" if sent["query"] else ""
    return f"{sent['method']} {sent['path']}{query}"


def wanted(call: str, one: dict[str, Any]) -> str:
    text = f"{one['method']} {one['target']}"
    old, new = LANDS.get(call, (text, text))
    return new if text == old else text


def check(call: str, case: Case, recorded: dict[str, Any], outcome: Any) -> None:
    if "raises" in recorded:
        assert outcome == recorded["raises"]
        return
    expected = ast.literal_eval(recorded["returns"])
    if isinstance(expected, dict):
        assert {name: outcome[name] for name in case.same} == {name: expected[name] for name in case.same}
    elif call in TEXTS:
        assert expected[:7] in outcome or "<flow-definition" in outcome
    else:
        assert outcome == expected
