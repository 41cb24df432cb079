"""The demo's processes: watched, started again when one dies, ended without leaving any behind."""

import contextlib
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from demo.spawning import Closed, Spawner, end_group, last_lines
from demo.trouble import Trouble

PAUSE_SECONDS = 0.5
LONGEST_PAUSE = 10.0
ENDING_SECONDS = 10.0
LOOK_SECONDS = 0.02


def nothing() -> None:
    """What most processes need after a restart."""


class Kept:
    """One process that is started again, after a pause that grows while it dies at once, whenever it dies."""

    def __init__(
        self, spawner: Spawner, name: str, command: Sequence[str], say: Callable[[str], None], again: Callable[[], None]
    ) -> None:
        self.name, self.restarts = name, 0
        self._spawner, self._command, self._say, self._again = spawner, command, say, again
        self._stopping = threading.Event()
        self._process = spawner.spawn(name, command)
        threading.Thread(target=self._watch, name=f"watch {name}", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process as it is now."""
        return self._process.pid

    def _watch(self) -> None:
        pause = PAUSE_SECONDS / 2
        while not self._stopping.is_set():
            since = time.monotonic()
            code = self._process.wait()
            end_group(self.pid)
            pause = PAUSE_SECONDS if time.monotonic() - since > LONGEST_PAUSE else min(2 * pause, LONGEST_PAUSE)
            try:
                self._start_again(code, pause)
            except Closed:
                return
            except Trouble as trouble:
                self._say(str(trouble))

    def _start_again(self, code: int, pause: float) -> None:
        if self._stopping.is_set():
            return
        log = self._spawner.log(self.name)
        self._say(f"The {self.name} (process {self.pid}) {how_it_ended(code)} and is started again. Its log: {log}")
        self._stopping.wait(pause)
        self._process = self._spawner.spawn(self.name, self._command)
        self.restarts += 1
        self._again()

    def stop(self) -> None:
        """Ask it to end; `gone` waits for that. The spawner is closed by now."""
        self._stopping.set()
        if self._process.poll() is None:
            self._process.terminate()

    def gone(self, until: float) -> None:
        """Wait until `until` (of time.monotonic) for its end, then kill it; its group goes with it."""
        try:
            self._process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._say(f"The {self.name} (process {self.pid}) does not end by itself and is killed.")
        end_group(self.pid)
        self._process.wait()


class Job:
    """One command that ends."""

    def __init__(self, spawner: Spawner, name: str, command: Sequence[str], env: Mapping[str, str] | None) -> None:
        self._name, self._log = name, spawner.log(name)
        self._process = spawner.spawn(name, command, env)

    def finish(self) -> None:
        """Wait for its end. Trouble when it fails, with the end of its log."""
        code = self._process.wait()
        if code != 0:
            raise Trouble(f"{self._name} {how_it_ended(code)}. The end of {self._log}:\n{last_lines(self._log)}")

    def until(self, reached: Callable[[], bool]) -> None:
        """Wait until it has `reached` a point on its way. Trouble when it fails before that."""
        while not reached():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(LOOK_SECONDS)
                self.finish()
                return


class Crew:
    """Everything that the demo has started."""

    def __init__(self, spawner: Spawner, say: Callable[[str], None]) -> None:
        self._spawner, self._say = spawner, say
        self._kept: dict[str, Kept] = {}

    def keep(self, name: str, *command: str, again: Callable[[], None] = nothing) -> None:
        """Start a process and keep it running; `again` is called after each restart."""
        self._kept[name] = Kept(self._spawner, name, command, self._say, again)

    def begin(self, name: str, *command: str, env: Mapping[str, str] | None = None) -> "Job":
        """Start a command that ends."""
        return Job(self._spawner, name, command, env)

    def pid(self, name: str) -> int:
        """The process of that name, as it is now."""
        return self._kept[name].pid

    def stop(self, *last: str) -> None:
        """End everything in order: first who uses the processes named `last`, then those."""
        self._spawner.close()
        end([kept for name, kept in self._kept.items() if name not in last])
        end([self._kept[name] for name in last if name in self._kept])
        self._spawner.sweep()


def end(several: Sequence[Kept]) -> None:
    """End them side by side."""
    for kept in several:
        kept.stop()
    until = time.monotonic() + ENDING_SECONDS
    for kept in several:
        kept.gone(until)


def how_it_ended(code: int) -> str:
    """In words."""
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
