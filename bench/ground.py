"""What figures are measured on: a MariaDB and a Redis of their own, the product's processes, nothing else."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import django
from django.core.management import call_command

from bench.sizes import Size
from tests import environment, processes
from tests.eventually import eventually
from tests.launch import free_port
from tests.processes import Process
from tests.servers import MariaDB, Redis

SLOTS = 2
# Coverage, where a test session runs us, would be measured too.
FOREIGN = ("COV_", "COVERAGE_", "PYTEST_")


class Crew:
    """Processes of one figure, all on one database and broker; stopped at its end."""

    def __init__(self, variables: Mapping[str, str], redis: Redis) -> None:
        self._variables, self._redis = dict(variables), redis
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def keep(self, process: Process) -> Process:
        """Stop it at the end."""
        return self._stack.enter_context(process)

    def run(self, command: list[str], name: str) -> Process:
        """Any command."""
        return self.keep(Process(command, self._variables, name))

    def worker(self, name: str = "worker") -> Process:
        """A Celery worker: a main process and two children. Returns once it waits for messages.

        The level of its log hides the line that says so; its connection shows it too.
        """
        before = self._listening()
        command = ["-m", "celery", "-A", "config", "worker", "-c", str(SLOTS), "-n", f"{name}-{free_port()}@bench"]
        worker = self.keep(processes.python(command, self._variables, name))
        eventually(lambda: self._listening() > before or not worker.alive, within=processes.START_SECONDS)
        if not worker.alive:
            raise RuntimeError(f"The worker ended at its start:\n{worker.log.tail()}")
        return worker

    def _listening(self) -> int:
        with self._redis.client() as client:
            return sum(one["cmd"] == "brpop" for one in client.client_list())

    def dispatcher(self, **variables: str) -> Process:
        """The dispatcher."""
        return self.keep(processes.dispatcher(self._variables | variables))

    def simulators(self) -> Process:
        """All simulated systems."""
        return self.keep(processes.simulators(self._variables, environment.SIMULATORS_PORT))

    def web(self, port: int) -> Process:
        """One web process."""
        return self.keep(processes.web(self._variables, port, "--no-access-log"))


class Ground:
    """The servers, and crews on them."""

    def __init__(self, folder: Path, size: Size) -> None:
        self.folder, self.size = folder, size
        self.mariadb, self.redis = MariaDB(), Redis()

    def __enter__(self) -> Self:
        self.mariadb.start()
        self.redis.start()
        self._set_up()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.redis.close()
        self.mariadb.close()

    def _set_up(self) -> None:
        for name in [name for name in os.environ if name.startswith(FOREIGN)]:
            del os.environ[name]
        environment.prepare(self.folder, self.mariadb.url, self.redis.url)
        os.environ |= {"DJANGO_SETTINGS_MODULE": "bench.settings", "LOG_LEVEL": "WARNING"}
        django.setup()
        call_command("migrate", verbosity=0, interactive=False)

    @contextmanager
    def crew(self, **variables: str) -> Iterator[Crew]:
        """Processes of one figure, on an empty broker; `variables` are added to their environment."""
        self.redis.heal()
        self.redis.flush()
        with Crew({**os.environ, **variables}, self.redis) as crew:
            yield crew
