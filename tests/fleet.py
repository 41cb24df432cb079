"""The processes that one test starts, all on the same database and broker."""

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from tests import processes
from tests.launch import free_port
from tests.processes import Process


class Fleet:
    """Starts processes in one environment and stops all of them at the end."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.started: list[Process] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def _add(self, process: Process) -> Process:
        self.started.append(process)
        return self._stack.enter_context(process)

    def worker(self, concurrency: int = 2, *options: str, name: str = "worker", **variables: str) -> Process:
        """A ready Celery worker; `variables` are added to its environment."""
        return self._add(processes.worker(self.environment | variables, concurrency, *options, name=name))

    def dispatcher(self, name: str = "dispatcher", **variables: str) -> Process:
        """A dispatcher that has begun."""
        return self._add(processes.dispatcher(self.environment | variables, name=name))

    def web(self, name: str = "web", **variables: str) -> str:
        """A web server that accepts connections; returns its address."""
        port = free_port()
        self._add(processes.web(self.environment | variables, port, name=name))
        return f"http://127.0.0.1:{port}"

    def logs(self) -> list[tuple[str, str]]:
        """(title, end of the log) of each process, for a test's report."""
        return [(f"{process.name} {process.pid}", process.log.tail()) for process in self.started]
