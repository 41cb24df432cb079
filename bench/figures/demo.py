"""`make demo`: seconds to the first finished application, and the memory of each process.

Warm: the virtual environment is there. Bare: a fresh clone, no virtual environment, nothing in pip's cache.
"""

import re
import shutil
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.ground import Crew, Ground
from bench.results import Row, Spread
from provisioning.workflows.create_app import create_app
from tests.eventually import eventually
from tests.launch import free_port
from tests.processes import ROOT, Process

WITHIN = 120.0
BARE_WITHIN = 900.0
INSTALLS, STARTS, STAYS = r"^Installing ", r"Starting: ", r"stays up until Ctrl-C"
DONE = re.compile(r"^ *[\d.]+ s  (\S+) +(.+): succeeded$")
# What tells the processes apart, in this order: words of their command lines.
KINDS = (
    ("simulators", "simulators"),
    ("redis", "redis"),
    ("web", "uvicorn"),
    ("worker", "celery"),
    ("dispatcher", "dispatch"),
    ("demo", "demo"),
)


@dataclass(frozen=True)
class Shown:
    """Seconds to the first finished application, seconds of pip in them, and megabytes by process."""

    seconds: float
    pip: float
    memory: dict[str, float]


def measure(ground: Ground) -> Iterator[Row]:
    """Warm, then bare."""
    warm = [played(ground, ROOT, WITHIN) for _ in range(ground.size.demos)]
    yield Row("make demo, warm: to the first application", "s", Spread.of(one.seconds for one in warm), aim=15)
    yield from memory(warm)
    bare = [bare_demo(ground) for _ in range(ground.size.bare_demos)]
    if bare:
        pip = ("of it pip", Spread.of(one.pip for one in bare))
        took = Spread.of(one.seconds for one in bare)
        yield Row("make demo, bare: to the first application", "s", took, aim=90, beside=(pip,))


def memory(shown: list[Shown]) -> Iterator[Row]:
    """What each process holds for itself, and its share of what it shares (PSS)."""
    for kind in sorted(shown[0].memory):
        yield Row(f"  memory of {kind}", "MB", Spread.of(one.memory[kind] for one in shown))
    yield Row("  memory in all", "MB", Spread.of(sum(one.memory.values()) for one in shown))


def bare_demo(ground: Ground) -> Shown:
    """In a clone that is thrown away."""
    clone = ground.folder / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True, timeout=60)
    try:
        return played(ground, clone, BARE_WITHIN)
    finally:
        shutil.rmtree(clone)


def played(ground: Ground, root: Path, within: float) -> Shown:
    """One demo, from the command to Ctrl-C."""
    folder = ground.folder / "demo"
    variables = {
        "DEMO_DATA": str(folder),
        "DEMO_PORT": str(free_port()),
        "DEMO_SIM_PORT": str(free_port()),
        "PIP_CACHE_DIR": str(ground.folder / "pip"),
    }
    with ground.crew(**variables) as crew:
        shown = watched(crew, root, within)
    shutil.rmtree(folder)
    return shown


def watched(crew: Crew, root: Path, within: float) -> Shown:
    """Start it, watch it, end it."""
    began = time.monotonic()
    demo = crew.run(["make", "-C", str(root), "demo"], "demo")
    pip = pip_seconds(demo, within)
    eventually(lambda: first_application(demo) or not demo.alive, within)
    seconds = time.monotonic() - began
    demo.ready(STAYS, within)
    found = memory_of(demo)
    ended(demo)
    return Shown(seconds, pip, found)


def pip_seconds(demo: Process, within: float) -> float:
    """Seconds from pip's start to the demo's own; 0 where nothing was to be installed."""
    demo.ready(f"{INSTALLS}|{STARTS}", within)
    began = time.monotonic()
    if demo.log.find(INSTALLS) is None:
        return 0.0
    demo.ready(STARTS, within)
    return time.monotonic() - began


def first_application(demo: Process) -> bool:
    """Whether all steps of one application are done."""
    done: dict[str, set[str]] = defaultdict(set)
    for line in demo.log.lines:
        if found := DONE.match(line):
            done[found[1]].add(found[2])
    return any(len(titles) == len(create_app.steps) for titles in done.values())


def memory_of(demo: Process) -> dict[str, float]:
    """Megabytes of each process of the demo."""
    found: dict[str, float] = defaultdict(float)
    for one in psutil.Process(demo.pid).children(recursive=True):
        kind = kind_of(one)
        if kind:
            found[kind] += one.memory_full_info().pss / 1e6
    return dict(found)


def kind_of(process: psutil.Process) -> str:
    """What the process is; empty for the shells between."""
    if not process.name().startswith(("python", "redis")):
        return ""
    words = " ".join(process.cmdline())
    kind = next((kind for kind, word in KINDS if word in words), "")
    parent = process.parent()
    if kind == "worker" and parent is not None and "celery" in parent.cmdline():
        return "the worker's children"
    return kind


def ended(demo: Process) -> None:
    """Ctrl-C: everything ends."""
    others = psutil.Process(demo.pid).children(recursive=True)
    demo.send_group(signal.SIGINT)
    demo.wait()
    _, left = psutil.wait_procs(others, timeout=15)
    if left:
        raise AssertionError(f"Ctrl-C did not end {', '.join(one.name() for one in left)}.")
