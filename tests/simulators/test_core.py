"""What all simulated systems share: faults, latency, the request log, reset, the clock."""

import asyncio
import threading
import time

import pytest
import requests

from simulators.clock import Clock
from simulators.control import Entry, redact
from simulators.routing import Router
from simulators.system import Call
from tests.eventually import eventually
from tests.simulators.lab import Lab

GROUP = {"name": "a", "path": "a"}


def groups(lab: Lab) -> list[str]:
    return [group["full_path"] for group in lab.state()["groups"]]


@pytest.mark.parametrize(("cut", "made"), [("before", []), ("after", ["a"])])
def test_a_cut_drops_the_connection_before_or_after_the_whole_effect(lab: Lab, cut: str, made: list[str]) -> None:
    lab.fault(method="POST", path="^/api/v4/groups$", cut=cut)
    with pytest.raises(requests.ConnectionError, match="without response"):
        lab.ask("POST", "/groups", json=GROUP)
    assert groups(lab) == made
    assert lab.control("GET", "requests?since=0")[-1]["status"] is None


def test_a_hang_that_outlasts_the_client_has_no_effect(lab: Lab) -> None:
    lab.fault(path="/groups", delay_ms=200)
    with pytest.raises(requests.ReadTimeout):
        lab.ask("POST", "/groups", json=GROUP, timeout=0.05)
    eventually(lambda: lab.control("GET", "requests?since=0")[-1]["note"] == "client left before the effect", 2)
    assert groups(lab) == []


@pytest.mark.parametrize("how", [{"late": True}, {"delay": "after"}])
def test_a_hang_can_be_told_to_have_its_effect_all_the_same(lab: Lab, how: dict[str, object]) -> None:
    lab.fault(path="/groups", delay_ms=150, **how)
    with pytest.raises(requests.ReadTimeout):
        lab.ask("POST", "/groups", json=GROUP, timeout=0.05)
    eventually(lambda: groups(lab) == ["a"], 2)


def test_a_hang_shorter_than_the_clients_patience_only_delays(lab: Lab) -> None:
    lab.fault(path="/groups", delay_ms=100)
    before = time.monotonic()
    assert lab.ask("POST", "/groups", json=GROUP).status_code == 201
    assert time.monotonic() - before > 0.1


def test_a_status_replaces_the_effect_and_with_effect_only_the_answer(lab: Lab) -> None:
    lab.fault(method="post", path="/groups", status=502, body="<html>Bad Gateway</html>")
    answer = lab.ask("POST", "/groups", json=GROUP)
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert groups(lab) == []
    lab.fault(method="POST", path="/groups", status=500, body={"message": "500"}, effect=True)
    assert lab.ask("POST", "/groups", json=GROUP).json() == {"message": "500"}
    assert groups(lab) == ["a"]


def test_a_fault_ends_after_so_many_times_and_others_come_in_order(lab: Lab) -> None:
    lab.fault(path="/version", status=500, times=2)
    lab.fault(path="/version", status=429, headers={"Retry-After": "7"}, body="Retry later\n")
    answers = [lab.ask("GET", "/version") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [500, 500, 429, 200]
    assert answers[2].headers["Retry-After"] == "7"
    assert answers[2].headers["content-type"].startswith("text/plain")


def test_a_fault_without_times_stays_until_it_is_lifted(lab: Lab) -> None:
    lab.fault(path="/version", status=503, times=None)
    assert [lab.ask("GET", "/version").status_code for _ in range(5)] == [503] * 5
    lab.control("DELETE", "faults")
    assert lab.ask("GET", "/version").status_code == 200


def test_garbage_is_a_success_that_is_no_json(lab: Lab) -> None:
    lab.fault(path="/version", garbage=True)
    answer = lab.ask("GET", "/version")
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_the_path_is_matched_raw(lab: Lab) -> None:
    lab.fault(path="^/api/v4/projects/a%2Fb$", status=418)
    assert lab.ask("GET", "/projects/1").status_code == 404
    assert lab.ask("GET", "/projects/a%2Fb").status_code == 418


@pytest.mark.parametrize("wrong", [{"pth": "x"}, {"path": "("}, {"cut": "later"}, {"delay": "never"}])
def test_a_senseless_fault_is_refused_with_the_reason(lab: Lab, wrong: dict[str, str]) -> None:
    answer = requests.post(f"{lab.url}/_sim/faults", json=wrong, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize("wrong", [{"fork_second": 1}, {"edition": "fee"}, {"fork_looks": "3"}, {"clock": -1}])
def test_a_wrong_setting_is_refused_and_changes_nothing(lab: Lab, wrong: dict[str, object]) -> None:
    before = lab.control("GET", "settings")
    answer = requests.post(f"{lab.url}/_sim/settings", json={"latency_ms": 5, **wrong}, timeout=5)
    assert answer.status_code == 400
    assert lab.control("GET", "settings") == before


def test_latency_delays_every_answer(lab: Lab) -> None:
    lab.settings(latency_ms=60)
    before = time.monotonic()
    lab.ask("GET", "/version")
    assert time.monotonic() - before > 0.06


def test_the_log_tells_what_was_asked_without_secrets(lab: Lab) -> None:
    last = lab.control("GET", "requests?since=0")
    assert last == []
    body = {"name": "x", "username": "x", "email": "x@example.com", "password": "hunter2-hunter2"}
    lab.ask("POST", "/users?private_token=abc&x=1", json=body)
    lab.ask("GET", "/version")
    first, second = lab.control("GET", "requests?since=0")
    assert first["body"]["password"] == "[redacted]"
    assert first["body"]["email"] == "x@example.com"
    assert first["headers"]["private-token"] == "[redacted]"
    assert "abc" not in first["query"]
    assert (second["method"], second["path"], second["status"]) == ("GET", "/api/v4/version", 200)
    assert lab.control("GET", f"requests?since={first['id']}") == [second]


def test_secrets_are_redacted_however_deep_they_lie() -> None:
    body = {"items": [{"bearerToken": "x", "url": "y", "sshPrivateKey": "z", "empty_token": ""}], "scopes": ["a"]}
    shown = {"bearerToken": "[redacted]", "url": "y", "sshPrivateKey": "[redacted]", "empty_token": ""}
    assert redact(body) == {"items": [shown], "scopes": ["a"]}


@pytest.mark.parametrize(
    ("kind", "content", "shown"),
    [
        ("application/json", b'{"password1": "x", "a": 1}', {"password1": "[redacted]", "a": 1}),
        ("application/x-www-form-urlencoded", b"password1=x&a=1", "password1=%5Bredacted%5D&a=1"),
        ("application/xml", b"<a><secretToken>x</secretToken></a>", "<a><secretToken>[redacted]</secretToken></a>"),
        ("application/x-git-upload-pack-request", b"0000", "4 bytes of application/x-git-upload-pack-request"),
        ("application/json", b"{", "1 bytes that are no JSON"),
        ("", b"", None),
    ],
)
def test_a_body_is_logged_as_its_kind_allows(kind: str, content: bytes, shown: object) -> None:
    call = Call("POST", "/", headers={"content-type": kind}, content=content)
    assert Entry(1, 0.0, call).public()["body"] == shown


def test_a_long_body_is_measured_and_let_go() -> None:
    entry = Entry(1, 0.0, Call("POST", "/", content=b"x" * 200_000))
    entry.finish(200)
    assert (entry.public()["body"], entry.call.content) == ("200000 bytes", b"")


def test_reset_forgets_everything(lab: Lab) -> None:
    lab.group("a")
    lab.fault(path="/version", status=500, times=None)
    lab.settings(fork_seconds=5, latency_ms=10)
    lab.control("POST", "reset")
    assert (groups(lab), lab.control("GET", "faults"), lab.control("GET", "requests?since=0")) == ([], [], [])
    assert lab.control("GET", "settings")["fork_seconds"] == 0
    assert lab.ask("GET", "/version").status_code == 200


def test_an_unknown_control_call_is_404(lab: Lab) -> None:
    assert requests.get(f"{lab.url}/_sim/nothing", timeout=5).status_code == 404


def test_all_systems_are_listed_and_reset_at_once(sim_url: str, lab: Lab) -> None:
    assert requests.get(sim_url, timeout=5).json()["gitlab"] == f"{sim_url}/gitlab"
    lab.group("a")
    requests.post(f"{sim_url}/_sim/reset", timeout=5)
    assert groups(lab) == []


def test_calls_are_answered_side_by_side(lab: Lab) -> None:
    lab.settings(latency_ms=150)
    before = time.monotonic()
    threads = [threading.Thread(target=requests.get, args=(f"{lab.url}/-/health",)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - before < 1


def test_the_clock_moves_when_told_and_wakes_sleepers() -> None:
    async def story() -> float:
        clock = Clock()
        before = clock.now()
        sleeper = asyncio.create_task(clock.sleep(3600))
        await asyncio.sleep(0)
        clock.advance(3601)
        await asyncio.wait_for(sleeper, 1)
        return clock.now() - before

    assert asyncio.run(story()) >= 3600


def test_the_clock_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="forward"):
        Clock().advance(-1)


def test_a_router_keeps_encoded_slashes_in_their_segment() -> None:
    router: Router[str] = Router()
    router.add("GET", "/projects/{id}", "one")
    router.add("GET", "/projects/{id}/members/all", "all")
    router.add("GET", "/projects/{id}/members/{user_id}", "member")
    assert router.find("GET", "/projects/a%2Fb%20c") == ("one", {"id": "a/b c"})
    assert router.find("GET", "/projects/1/members/all") == ("all", {"id": "1"})
    assert router.find("GET", "/projects/1/members/7") == ("member", {"id": "1", "user_id": "7"})
    assert router.find("POST", "/projects/1") is None
    assert router.find("GET", "/projects/") is None
