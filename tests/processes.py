"""Real processes beside the tests: worker, dispatcher, web, simulators, to be waited for, killed, paused.

Used by tests (through the fixture `processes`) and by bench/; knows neither pytest nor Django. Each helper takes the
whole environment of its process.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psutil

from tests.eventually import eventually
from tests.launch import accepts, free_port, tied

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30.0
STOP_SECONDS = 20.0


class Log:
    """What a process prints, read by a thread, so that one can wait for a line without polling."""

    def __init__(self, stream: IO[str]) -> None:
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._reader.start()

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self.add(line.rstrip("\n"))
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def add(self, line: str) -> None:
        """One more line, as if the process had printed it."""
        with self._changed:
            self._lines.append(line)
            self._changed.notify_all()

    @property
    def ended(self) -> bool:
        """Whether the process closed its output."""
        with self._changed:
            return self._ended

    @property
    def lines(self) -> list[str]:
        """Everything so far."""
        with self._changed:
            return list(self._lines)

    def find(self, pattern: str, after: int = 0) -> re.Match[str] | None:
        """The first match of the regular expression in the lines from number `after` on."""
        return next((found for line in self.lines[after:] if (found := re.search(pattern, line))), None)

    def wait_for(self, pattern: str, within: float, after: int = 0) -> re.Match[str] | None:
        """The first match, waited for; None when the time is over or the process closed its output."""
        deadline = time.monotonic() + within
        while True:
            with self._changed:
                seen, ended = len(self._lines), self._ended
            found = self.find(pattern, after)
            left = deadline - time.monotonic()
            if found or ended or left <= 0:
                return found
            with self._changed:
                if len(self._lines) == seen and not self._ended:
                    self._changed.wait(left)

    def join(self, within: float = 5) -> None:
        """Wait until the process closed its output and all of it was read."""
        self._reader.join(within)

    def tail(self, lines: int = 60) -> str:
        """The last lines."""
        return "\n".join(self.lines[-lines:])


class Process:
    """A command in a process group of its own. Starts at once; a context manager that stops it."""

    def __init__(self, command: list[str], environment: Mapping[str, str], name: str = "") -> None:
        self.name = name or Path(command[0]).name
        self._popen = subprocess.Popen(
            tied(command),
            env=dict(environment),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        assert self._popen.stdout is not None
        self.log = Log(self._popen.stdout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The id of the main process, and of its group."""
        return self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether the main process is there (paused counts)."""
        return self._popen.poll() is None

    @property
    def returncode(self) -> int | None:
        """None while it lives; negative: the signal that ended it."""
        return self._popen.poll()

    def children(self) -> list[int]:
        """The ids of its child processes (a prefork worker's slots)."""
        return [child.pid for child in psutil.Process(self.pid).children(recursive=True)] if self.alive else []

    def ready(self, pattern: str, within: float = START_SECONDS, after: int = 0) -> re.Match[str]:
        """Wait for a line that matches; AssertionError with the end of the log when it does not come."""
        found = self.log.wait_for(pattern, within, after)
        if found is None:
            self._reap()
            ended = "" if self.alive else f" (it ended with {self.returncode})"
            raise AssertionError(f"{self.name} did not say {pattern!r} within {within:g} s{ended}:\n{self.log.tail()}")
        return found

    def _reap(self) -> None:
        # A process that closed its output is about to end: its code tells more than its silence.
        if self.log.ended:
            with suppress(subprocess.TimeoutExpired):
                self._popen.wait(1)

    def listening(self, port: int, within: float = START_SECONDS) -> Self:
        """Wait until it accepts connections on the port."""
        eventually(lambda: accepts(port) or not self.alive, within, every=0.01)
        if not self.alive:
            self.log.join()
            raise AssertionError(f"{self.name} ended with {self.returncode}:\n{self.log.tail()}")
        return self

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the main process."""
        self._popen.send_signal(number)

    def send_group(self, number: signal.Signals) -> None:
        """Send a signal to the process and all its children; nothing when they are gone."""
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return

    def kill(self) -> None:
        """SIGKILL to the main process only, as the kernel's out-of-memory killer does; waits for its end."""
        self.send(signal.SIGKILL)
        self.wait()

    def kill_group(self) -> None:
        """SIGKILL to the process and its children, as a lost machine looks from outside."""
        self.send_group(signal.SIGKILL)
        self.wait()

    def terminate(self) -> None:
        """SIGTERM to the main process: a warm stop. Does not wait for its end (`wait` does)."""
        self.send(signal.SIGTERM)

    def pause(self) -> None:
        """SIGSTOP to the process and all its children; returns once they stand still."""
        self.send_group(signal.SIGSTOP)
        eventually(lambda: all(stands_still(pid) for pid in [self.pid, *self.children()]), within=5, every=0.001)

    def resume(self) -> None:
        """SIGCONT to the process and all its children."""
        self.send_group(signal.SIGCONT)

    def wait(self, within: float = STOP_SECONDS) -> int:
        """Wait for its end and return its code (negative: the signal). AssertionError with the end of its log."""
        try:
            return self._popen.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not end within {within:g} s:\n{self.log.tail()}") from None

    def stop(self, within: float = STOP_SECONDS) -> None:
        """End it, cleanly if it can, by force if not; nothing of its group stays."""
        if self.alive:
            self.resume()
            self.terminate()
            try:
                self._popen.wait(within)
            except subprocess.TimeoutExpired:
                self.log.add(f"-- {self.name} did not end within {within:g} s of SIGTERM and was killed --")
        self.send_group(signal.SIGKILL)
        self._popen.wait()
        self.log.join()


def stands_still(pid: int) -> bool:
    """Whether the process is stopped by a signal, or gone."""
    try:
        return psutil.Process(pid).status() in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def python(arguments: list[str], environment: Mapping[str, str], name: str) -> Process:
    """A process of this Python."""
    return Process([sys.executable, *arguments], environment, name)


def worker(environment: Mapping[str, str], concurrency: int = 2, *options: str, name: str = "worker") -> Process:
    """A Celery worker, waited for until it takes messages."""
    arguments = ["-m", "celery", "-A", "config", "worker", "-c", str(concurrency), "-n", f"{name}-{free_port()}@tests"]
    started = python([*arguments, *options], environment, name)
    started.ready(r"\bready\.")
    return started


def dispatcher(environment: Mapping[str, str], name: str = "dispatcher") -> Process:
    """The dispatcher, waited for until it has begun."""
    started = python(["manage.py", "dispatch"], environment, name)
    started.ready("dispatcher ready")
    return started


def web(environment: Mapping[str, str], port: int, *options: str, name: str = "web") -> Process:
    """The web server on 127.0.0.1:`port`, waited for until it accepts connections."""
    arguments = ["-m", "uvicorn", "config.asgi:application", "--port", str(port), "--log-level", "warning"]
    return python([*arguments, *options], environment, name).listening(port)


def simulators(environment: Mapping[str, str], port: int, *options: str, name: str = "simulators") -> Process:
    """All simulated systems on 127.0.0.1:`port`, waited for until they accept connections."""
    started = python(["-m", "simulators", "--port", str(port), *options], environment, name)
    started.ready("simulators ready")
    return started
