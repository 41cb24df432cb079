"""Waiting holds no worker: many runs with one wait each, and another run's step in between.

Beside it stands the wait alone: what it would take if a look cost nothing.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from django.db.models import Max

from bench import meters
from bench.ground import Crew, Ground
from bench.results import Row, Spread, once
from bench.runs import Started, ended, forget, seconds_of, start
from bench.workflows import shapes
from provisioning import messages
from provisioning.models import Step
from tests.processes import Process

EVERY = 0.25
WITHIN = 120.0


@dataclass(frozen=True)
class Round:
    """Seconds from the first commit to the last end, processor seconds, and how long the others' steps were kept.

    `flooded`: while all those runs were being started; `kept`: from then on, while they waited and looked again.
    """

    seconds: float
    worker: float
    dispatcher: float
    flooded: list[float]
    kept: list[float]


def measure(ground: Ground) -> Iterator[Row]:
    """All runs at once, in a few rounds."""
    messages.send_in_background()
    size = ground.size
    with ground.crew() as crew:
        worker, dispatcher = prepared(crew)
        rounds = [waited(worker, dispatcher, size.waits, size.wait_seconds) for _ in range(size.wait_rounds)]
    each = f"{size.waits} runs with a wait of {size.wait_seconds:g} s"
    alone = ("the wait alone", once(size.wait_seconds))
    yield Row(each, "s", Spread.of(one.seconds for one in rounds), aim=1.15 * size.wait_seconds, beside=(alone,))
    spent = ("of the dispatcher", Spread.of(one.dispatcher for one in rounds))
    yield Row("  processor time of the worker", "s", Spread.of(one.worker for one in rounds), aim=4, beside=(spent,))
    longest = Spread.of(max(one.kept) for one in rounds)
    usual = Spread.of(median(one.kept) for one in rounds)
    flooded = Spread.of(max(one.flooded, default=0) for one in rounds)
    beside = (("median", usual), ("while all were being started", flooded))
    yield Row("  another run's step is kept waiting, longest", "s", longest, aim=0.2, beside=beside)


def prepared(crew: Crew) -> tuple[Process, Process]:
    """A worker whose children have done something already, and a dispatcher."""
    worker, dispatcher = crew.worker(), crew.dispatcher()
    ended([start(shapes.nothing) for _ in range(20)], WITHIN)
    return worker, dispatcher


def waited(worker: Process, dispatcher: Process, number: int, seconds: float) -> Round:
    """One round."""
    forget()
    before = meters.cpu_seconds(worker), meters.cpu_seconds(dispatcher)
    began = time.time()
    runs = [start(shapes.pauses[seconds]) for _ in range(number)]
    others = look_in(began + 1.2 * seconds)
    took = [run.at - began + each for run, each in zip(runs, ended(runs, WITHIN), strict=True)]
    ended(others, WITHIN)
    spent = meters.cpu_seconds(worker) - before[0], meters.cpu_seconds(dispatcher) - before[1]
    return Round(max(took), *spent, *kept(others, parked(runs)))


def parked(runs: list[Started]) -> float:
    """The moment at which the last of the runs began to wait."""
    steps = Step.objects.filter(run__in=[run.id for run in runs])
    return seconds_of(steps.aggregate(last=Max("waiting_since"))["last"])


def look_in(until: float) -> list[Started]:
    """Another run with one step, every quarter of a second."""
    others = []
    while time.time() < until:
        others.append(start(shapes.one))
        time.sleep(EVERY)
    return others


def kept(runs: list[Started], since: float) -> tuple[list[float], list[float]]:
    """Seconds from each run's commit to the start of its step: of those begun before `since`, and of the others."""
    began = dict(Step.objects.filter(run__in=[run.id for run in runs]).values_list("run", "started_at"))
    seconds = [(run.at < since, seconds_of(began[run.id]) - run.at) for run in runs]
    return [each for early, each in seconds if early], [each for early, each in seconds if not early]
