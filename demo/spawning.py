"""How the demo starts a process, and how the next demo finds what a killed one left behind."""

import contextlib
import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import psutil

from demo.plan import ROOT


class Closed(Exception):
    """The demo is stopping: nothing is started any more."""


class Spawner:
    """Starts processes with one environment, each with a log of its own, and writes down which."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self._book, self._env, self._logs = folder / "processes", env, folder / "logs"
        self._gate, self._closed = threading.Lock(), False
        self._started: list[subprocess.Popen[bytes]] = []

    def log(self, name: str) -> Path:
        """Where a process writes."""
        return self._logs / f"{name}.log"

    def spawn(
        self, name: str, command: Sequence[str], more: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[bytes]":
        """A process in a group of its own: Ctrl-C reaches the demo only, which then ends the others in order.

        Raises Closed when the demo is stopping, so that nothing is started behind its back.
        """
        with self._gate, self.log(name).open("ab") as output:
            if self._closed:
                raise Closed
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**self._env, **(more or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            self._started.append(process)
            self._write_down(process.pid)
            return process

    def _write_down(self, pid: int) -> None:
        with contextlib.suppress(psutil.NoSuchProcess), self._book.open("a") as book:
            book.write(json.dumps([pid, psutil.Process(pid).create_time()]) + "\n")

    def close(self) -> None:
        """From now on nothing is started."""
        with self._gate:
            self._closed = True

    def sweep(self) -> None:
        """Kill whatever still runs."""
        for process in self._started:
            if process.poll() is None:
                end_group(process.pid)
                process.wait()


def end_leftovers(folder: Path, say: Callable[[str], None]) -> None:
    """End what a demo that was killed could not end itself. A pid that was given out anew since is left alone."""
    left = [pid for pid, created in written_down(folder / "processes") if is_same(pid, created)]
    for pid in left:
        end_group(pid)
    psutil.wait_procs([psutil.Process(pid) for pid in left if psutil.pid_exists(pid)], timeout=5)
    if left:
        say(f"An earlier demo was killed; {len(left)} processes that it left behind were ended.")


def written_down(book: Path) -> Iterator[tuple[int, float]]:
    """Process ids and the times of their start."""
    for line in book.read_text().splitlines() if book.exists() else ():
        with contextlib.suppress(ValueError):
            pid, created = json.loads(line)
            yield int(pid), float(created)


def is_same(pid: int, created: float) -> bool:
    """Whether the process that was started then still runs."""
    try:
        return abs(psutil.Process(pid).create_time() - created) < 1
    except psutil.Error:
        return False


def end_group(pid: int) -> None:
    """Kill what is in the group of a process: itself, or the children that it left when it was killed."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log, to show people why a process did not do its work."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:]) if log.exists() else ""
