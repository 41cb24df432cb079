"""What people see: sentences with the time, a live table for each application, and the links at the end."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

STYLES = {
    "pending": "bright_black",
    "queued": "white",
    "running": "bold blue",
    "waiting": "yellow",
    "succeeded": "green",
    "failed": "bold red",
    "skipped": "bright_black",
    "cancelled": "bright_black",
}
SIGNS = {"pending": "·", "queued": "·", "running": "▶", "waiting": "…", "succeeded": "✔", "failed": "✘"}
TABLE_WIDTH = 50

Run = Mapping[str, Any]


class Screen:
    """Draws on a terminal; prints one line for each change anywhere else (a pipe, a file, CI)."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._since = time.monotonic()
        self._live: Live | None = None
        self._told: dict[tuple[str, str], str] = {}

    @property
    def seconds(self) -> float:
        """Since the demo was started."""
        return time.monotonic() - self._since

    def say(self, sentence: str, style: str = "") -> None:
        """One sentence, above the tables if they are being drawn."""
        stamp = (f"{self.seconds:6.1f} s  ", "bright_black")
        self.console.print(Text.assemble(stamp, (sentence, style)), soft_wrap=True)

    def list(self, rows: Iterable[tuple[str, str]]) -> None:
        """Where to look: what, and its address."""
        for what, address in rows:
            self.console.print(Text.assemble((f"{what:24}", "bold"), address), soft_wrap=True)

    def warn(self, sentence: str) -> None:
        """Why the demo cannot go on."""
        self.still()
        self.console.print(Text(f"\n{sentence}", "red"), soft_wrap=True)

    def show(self, runs: Mapping[str, Run]) -> None:
        """The runs as they are now, by the application's name."""
        if not self.console.is_terminal:
            for name, run in runs.items():
                self._tell(name, run)
            return
        if self._live is None:
            self._live = Live(console=self.console, refresh_per_second=8, vertical_overflow="crop")
            self._live.start()
        self._live.update(self.drawing(runs))

    def still(self) -> None:
        """Leave the last drawing where it is; later sentences go below it."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _tell(self, name: str, run: Run) -> None:
        for step in run["steps"]:
            news = f"{step['status']}{reason(step)}"
            if self._told.get((name, step["name"]), "pending") != news:
                self._told[name, step["name"]] = news
                self.say(f"{name:14} {step['title']}: {news}")

    def drawing(self, runs: Mapping[str, Run]) -> RenderableType:
        """A table for each application, side by side if there is room; else the finished ones shrink to a line."""
        if self.console.width >= TABLE_WIDTH * len(runs):
            return Columns([table(name, run) for name, run in runs.items()], padding=(0, 1))
        open_runs = [name for name, run in runs.items() if not run["final"]]
        room = max(1, (self.console.height - len(runs)) // 18)
        return Group(*(table(n, run) if n in open_runs[:room] else line(n, run) for n, run in runs.items()))


def table(name: str, run: Run) -> Table:
    """One application: its steps, their statuses, and under them what it waits for or why it failed."""
    drawn = Table(title=f"{name}: {run['status']}", title_style=STYLES.get(run["status"], ""), width=TABLE_WIDTH - 2)
    drawn.add_column("step", no_wrap=True)
    drawn.add_column("status", no_wrap=True, min_width=max(map(len, STYLES)))
    for step in run["steps"]:
        style = STYLES.get(step["status"], "")
        sign = SIGNS.get(step["status"], " ")
        drawn.add_row(Text(f"{sign} {step['title']}", style), Text(step["status"], style))
    drawn.caption = "\n".join(f"{step['title']}{reason(step)}" for step in run["steps"] if reason(step)) or " "
    drawn.caption_justify = "left"
    return drawn


def line(name: str, run: Run) -> Text:
    """One application in one line."""
    done, total = run["progress"]["done"], run["progress"]["total"]
    return Text(f"{name}: {run['status']}, {done} of {total} steps done", STYLES.get(run["status"], ""))


def reason(step: Mapping[str, Any]) -> str:
    """What the step waits for, or why it failed and what to do."""
    if step["status"] == "failed" and step["error"]:
        return f": {step['error']['message']} {step['error']['hint']}"
    return f": {step['waiting_for']}" if step["status"] == "waiting" and step["waiting_for"] else ""
