"""What every test may use: servers, processes, simulators, and the database that the session runs on.

`pytest` runs on SQLite, `pytest --on mariadb` on MariaDB. A Redis of its own is started with the session and is the
broker, for the tests' own process too; with `-m "not server"` the broker is memory and no server is started at all.
"""

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TypeVar, cast

import django
import pytest

from tests import environment, processes
from tests.fleet import Fleet
from tests.servers import MariaDB, Redis, Server, ServerMissingError
from tests.simulation import Simulation

IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
SERVER_FIXTURES = {"mariadb", "redis_server", "fleet"}

# Fixtures that import models, so they can be loaded only after Django is set up.
FIXTURES = ("tests.engine.fixtures", "tests.flows.fixtures")

S = TypeVar("S", bound=Server)
folder_key = pytest.StashKey[Path]()
servers_key = pytest.StashKey[dict[type[Server], Server]]()


# --- The session -------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--on mariadb` runs the same tests on MariaDB."""
    parser.addoption("--on", choices=("sqlite", "mariadb"), default="sqlite", help="the database that tests run on")


def pytest_configure(config: pytest.Config) -> None:
    """Start what the session needs, set the environment and only then set Django up, which reads it."""
    config.stash[folder_key] = folder = Path(tempfile.mkdtemp(prefix="slipway-tests-"))
    config.stash[servers_key] = {}
    database = the_server(config, MariaDB).url if config.option.on == "mariadb" else ""
    environment.prepare(folder, database, broker(config))
    django.setup()
    for name in FIXTURES:
        config.pluginmanager.import_plugin(name)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    for started in config.stash.get(servers_key, {}).values():
        started.close()
    shutil.rmtree(config.stash[folder_key], ignore_errors=True)


def the_server(config: pytest.Config, kind: type[S]) -> S:
    """The session's one server of this kind, started when it is first wanted; UsageError when it is not installed."""
    servers = config.stash[servers_key]
    if kind not in servers:
        try:
            servers[kind] = kind()
        except ServerMissingError as error:
            raise pytest.UsageError(str(error)) from error
    return cast(S, servers[kind].heal())


def broker(config: pytest.Config) -> str:
    """The address of the session's Redis; empty where no test needs one, or where none is installed outside CI."""
    if "not server" in config.option.markexpr:
        return ""
    try:
        return the_server(config, Redis).url
    except pytest.UsageError:
        if IN_CI:
            raise
        return ""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whoever asks for a server is a server test, marked or not; the junit report says so too."""
    elsewhere = [
        item for item in items if any(config.option.on not in mark.args for mark in item.iter_markers("only_on"))
    ]
    items[:] = [item for item in items if item not in elsewhere]
    config.hook.pytest_deselected(items=elsewhere)
    for item in items:
        if item.get_closest_marker("mariadb") or SERVER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("server")
        if item.get_closest_marker("server"):
            item.user_properties.append(("server", "yes"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped server test has failed. A failed test shows what its processes said."""
    report = yield
    if IN_CI and report.skipped and item.get_closest_marker("server") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"A server test may not be skipped in CI: {report.longrepr}"
    fleet = item.funcargs.get("fleet") if isinstance(item, pytest.Function) else None
    if report.failed and isinstance(fleet, Fleet):
        report.sections += fleet.logs()
    return report


# --- Servers -----------------------------------------------------------------------------------------------------


def server_or_skip(config: pytest.Config, kind: type[S]) -> S:
    """The session's server, serving; the test is skipped where it is not installed (which CI counts as failed)."""
    try:
        return the_server(config, kind)
    except pytest.UsageError as error:
        pytest.skip(str(error))


@pytest.fixture
def mariadb(pytestconfig: pytest.Config) -> Iterator[MariaDB]:
    """The session's MariaDB, which the test may kill, pause or restart. Not necessarily the database of the test."""
    server = server_or_skip(pytestconfig, MariaDB)
    yield server
    server.heal()


@pytest.fixture
def redis_server(pytestconfig: pytest.Config) -> Iterator[Redis]:
    """The session's Redis and the broker of all processes, empty; the test may kill, pause, flush or restart it."""
    server = server_or_skip(pytestconfig, Redis)
    server.flush()
    yield server
    server.heal()


# --- Processes ---------------------------------------------------------------------------------------------------


@pytest.fixture
def fleet(transactional_db: None, redis_server: Redis) -> Iterator[Fleet]:
    """Starts workers, dispatchers and web servers on the test's database and broker; stops them at the end."""
    with Fleet(environment.of_processes()) as started:
        yield started


@pytest.fixture(scope="session")
def simulators_url() -> Iterator[str]:
    """The simulators' address, all systems in one process for the whole session. Use `simulation`."""
    with processes.simulators(dict(os.environ), environment.SIMULATORS_PORT):
        yield environment.SIMULATORS


@pytest.fixture
def simulation(simulators_url: str) -> Iterator[Simulation]:
    """The simulated systems, empty and without faults, and the control over them."""
    with Simulation(simulators_url) as control:
        control.reset()
        yield control
