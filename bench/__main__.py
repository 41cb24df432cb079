"""`python -m bench [figure ...] [--quick]`: measure, print, compare.

A figure that misses its aim changes nothing about the exit status, for machines differ; a run that did not come to its
end does.
"""

import argparse
import platform
import sys
import tempfile
import time
import traceback
from importlib import import_module
from pathlib import Path

import psutil
from rich.console import Console

from bench import table
from bench.ground import Ground
from bench.results import Row
from bench.sizes import FULL, QUICK

FIGURES = ("engine", "creation", "waiting", "http", "recovery", "demo")

# Where the output is no terminal.
WIDTH = 150

Rows = list[tuple[str, Row]]


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the figures of docs/benchmarks.md.")
    parser.add_argument("figures", nargs="*", metavar="figure", help=f"of {', '.join(FIGURES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="as little as shows that everything runs")
    parser.add_argument("--markdown", action="store_true", help="print the table as docs/benchmarks.md has it, too")
    wanted = parser.parse_args()
    unknown = sorted(set(wanted.figures) - set(FIGURES))
    if unknown:
        parser.error(f"no figure is called {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    return wanted


def main() -> int:
    """The status to end with: 0 when every run came to its end."""
    wanted, console, began = arguments(), Console(width=None if sys.stdout.isatty() else WIDTH), time.monotonic()
    rows: Rows = []
    size, figures = QUICK if wanted.quick else FULL, wanted.figures or FIGURES
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder, Ground(Path(folder), size) as ground:
        failed = [name for name in figures if not measured(name, ground, console, rows)]
    console.print(table.table(f"{machine()}, {time.monotonic() - began:.0f} s in all", rows))
    if wanted.markdown:
        print("\n".join(table.plain(rows)))
    for name in failed:
        console.print(f"{name} did not come to its end.", style="red")
    return 1 if failed else 0


def measured(name: str, ground: Ground, console: Console, rows: Rows) -> bool:
    """Measure one figure and show it; whether it came to its end. The others go on all the same."""
    console.print(f"[bold]{name}[/bold]")
    try:
        for row in import_module(f"bench.figures.{name}").measure(ground):
            rows.append((name, row))
            table.tell(console, row)
    except Exception:  # noqa: BLE001 - whatever stopped it, the figure is not there and the status says so
        console.print(traceback.format_exc(), style="red", highlight=False, markup=False)
        return False
    return True


def machine() -> str:
    """Where it was measured: figures of two machines are not to be compared."""
    load = "/".join(f"{value:.1f}" for value in psutil.getloadavg())
    memory = psutil.virtual_memory().total / 1e9
    where = f"{psutil.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}"
    return f"{where}, five million additions in {additions():.2f} s, load {load}"


def additions() -> float:
    """Processor seconds that Python takes here for something known: the same machine is slower on some days."""
    began, total = time.process_time(), 0
    for number in range(5_000_000):
        total += number
    return time.process_time() - began


if __name__ == "__main__":
    sys.exit(main())
