"""docker-compose.yml and the image, as far as they can be checked without Docker."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet

from tests import environment

ROOT = Path(__file__).resolve().parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PLATFORM = {"migrate", "bootstrap", "web", "worker", "dispatcher"}
ONCE = {"migrate", "bootstrap"}
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()


def default(value: str) -> str:
    """What compose puts in for ${NAME:-default} when NAME is not set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


def test_every_part_is_there() -> None:
    assert set(SERVICES) == PLATFORM | {"mysql", "redis", "simulators"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_only_for_what_exists(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        condition = how["condition"]
        assert condition == ("service_completed_successfully" if other in ONCE else "service_healthy")
        assert condition != "service_healthy" or "test" in SERVICES[other]["healthcheck"]


@pytest.mark.parametrize("name", SERVICES)
def test_whatever_ends_is_started_again(name: str) -> None:
    assert SERVICES[name]["restart"] == ("on-failure" if name in ONCE else "unless-stopped")


@pytest.mark.parametrize("name", SERVICES)
def test_commands_are_executed_without_a_shell_so_that_signals_arrive(name: str) -> None:
    command = SERVICES[name]["command"]
    assert isinstance(command, list)
    assert all(isinstance(word, str) for word in command)


def test_all_parts_of_the_platform_share_image_and_environment() -> None:
    for part in ("image", "build", "environment"):
        assert len({json.dumps(SERVICES[name][part]) for name in PLATFORM}) == 1


def test_only_web_and_simulators_are_reached_from_outside() -> None:
    assert {name for name, service in SERVICES.items() if service.get("ports")} == {"web", "simulators"}


def test_a_worker_has_time_for_a_warm_stop() -> None:
    assert SERVICES["worker"]["stop_grace_period"] == "90s"


def test_every_variable_is_one_that_the_settings_read() -> None:
    settings = (ROOT / "config" / "settings.py").read_text()
    unknown = [name for name in COMPOSE["x-environment"] if f'"{name}"' not in settings]
    assert not unknown


def test_what_must_be_set_is_set() -> None:
    checks = (ROOT / "config" / "checks.py").read_text()
    required = re.findall(r'^    "([A-Z_]+)": "', checks.split("REQUIRED = {", 1)[1].split("}", 1)[0], re.MULTILINE)
    assert required
    assert set(required) <= set(COMPOSE["x-environment"])


def test_the_local_sealing_key_can_seal_and_local_secrets_say_so() -> None:
    values = COMPOSE["x-environment"]
    Fernet(default(values["SEALING_KEY"]))
    assert default(values["SECRET_KEY"]).startswith("local-only")
    assert "local-only" in default(values["DATABASE_URL"])
    assert default(SERVICES["mysql"]["environment"]["MYSQL_PASSWORD"]) == "local-only"


def test_the_simulators_accept_the_local_tokens() -> None:
    values = {name: default(value) for name, value in COMPOSE["x-environment"].items()}
    for name in ("GITLAB_TOKEN", "JENKINS_USER", "JENKINS_TOKEN", "ARGOCD_TOKEN"):
        assert values[name] == environment.VARIABLES[name]


def test_what_was_acknowledged_is_kept() -> None:
    mysql, redis = SERVICES["mysql"]["command"], " ".join(SERVICES["redis"]["command"])
    assert {"--character-set-server=utf8mb4", "--default-time-zone=+00:00"} <= set(mysql)
    assert "--innodb-flush-log-at-trx-commit=1" in mysql
    for words in ("--appendonly yes", "--appendfsync everysec", "--maxmemory-policy noeviction"):
        assert words in redis
    named = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert named == set(COMPOSE["volumes"])


def test_the_image_is_built_in_two_stages_and_runs_as_nobody_special() -> None:
    targets = re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE, re.MULTILINE)
    assert {service["build"]["target"] for service in SERVICES.values() if "build" in service} <= set(targets)
    for target in ("platform", "simulators"):
        stage = re.split(rf"^FROM \S+ AS {target}$", DOCKERFILE, flags=re.MULTILINE)[1].split("\nFROM ")[0]
        assert "USER 10001" in stage
        assert "gcc" not in stage


def test_the_image_gets_what_it_copies_and_every_package() -> None:
    context = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    for source in re.findall(r"^COPY (?!--from)(\S+) \S+$", DOCKERFILE, re.MULTILINE):
        assert source == "." or source in context
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench", "demo"}
    assert packages <= context
