"""The demo's processes: watched, started again when one dies, ended without leaving any behind."""

import contextlib
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from demo.spawning import Closed, Spawner, end_group, last_lines
from demo.trouble import Trouble

PAUSE_SECONDS = 0.5
LONGEST_PAUSE = 10.0
ENDING_SECONDS = 10.0
LOOK_SECONDS = 0.02
MOST_FAILED_STARTS = 4


def nothing() -> None:
    """What most processes need after a restart."""


@dataclass(frozen=True)
class Ears:
    """Who hears of the processes: `say` what happened, `give_up` when one cannot even start."""

    say: Callable[[str], None]
    give_up: Callable[[str], None]


class Kept:
    """One process that is started again whenever it dies, after a pause that grows while it dies at once."""

    def __init__(
        self, spawner: Spawner, name: str, command: Sequence[str], ears: Ears, again: Callable[[], None]
    ) -> None:
        self.name, self.restarts = name, 0
        self._spawner, self._command, self._ears, self._again = spawner, command, ears, again
        self._stopping, self._failed_starts = threading.Event(), 0
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
            at_once = time.monotonic() - since < LONGEST_PAUSE
            pause = min(2 * pause, LONGEST_PAUSE) if at_once else PAUSE_SECONDS
            self._failed_starts = self._failed_starts + 1 if at_once and code > 0 else 0
            try:
                self._start_again(code, pause)
            except Closed:
                return
            except Trouble as trouble:
                self._ears.say(str(trouble))

    def _start_again(self, code: int, pause: float) -> None:
        if self._stopping.is_set():
            return
        what, log = f"Process {self.pid} ({self.name}) {how_it_ended(code)}", self._spawner.log(self.name)
        if self._failed_starts >= MOST_FAILED_STARTS:
            self._ears.give_up(
                f"{what}, as {MOST_FAILED_STARTS - 1} times before. The end of {log}:\n{last_lines(log)}"
            )
            self._stopping.set()
            return
        self._ears.say(f"{what} and is started again. Its log: {log}")
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
            self._ears.say(f"Process {self.pid} ({self.name}) does not end by itself and is killed.")
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

    def __init__(self, spawner: Spawner, ears: Ears) -> None:
        self._spawner, self._ears = spawner, ears
        self._kept: dict[str, Kept] = {}

    def keep(self, name: str, *command: str, again: Callable[[], None] = nothing) -> None:
        """Start a process and keep it running; `again` is called after each restart."""
        self._kept[name] = Kept(self._spawner, name, command, self._ears, again)

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
