"""Recovery: from the fault to the end of the run that it met. What the run had left to do takes milliseconds."""

import os
import signal
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from django.conf import settings

from bench.ground import Ground
from bench.results import Row, Spread, once
from bench.runs import Started, ended, forget, start
from bench.workflows import shapes
from provisioning import messages
from tests.eventually import eventually
from tests.processes import Process

WITHIN = 60.0
numbers = count()


def measure(ground: Ground) -> Iterator[Row]:
    """A child's death, a worker's, a lost message, and Redis away while a run is asked for."""
    messages.send_in_background()
    for what in (killed_children, killed_workers, lost_messages, redis_away):
        yield from what(ground)
        forget()


def killed_children(ground: Ground) -> Iterator[Row]:
    """SIGKILL to the child that executes a step."""
    with ground.crew() as crew:
        crew.worker()
        crew.dispatcher()
        took = Spread.of(child_killed(ground.folder) for _ in range(ground.size.recoveries))
    yield from median_and_worst("SIGKILL of a child in a step", took, 5, lease())


def median_and_worst(what: str, took: Spread, aim: float, *beside: tuple[str, Spread]) -> Iterator[Row]:
    """Both are promised."""
    yield Row(what, "s", took, aim, beside=beside)
    yield Row(f"  worst of {len(took.values)}", "s", once(took.most), aim)


def lease() -> tuple[str, Spread]:
    """What it would take if nobody watched over workers."""
    return "the lease alone", once(settings.LEASE_SECONDS)


def child_killed(folder: Path) -> float:
    """Seconds."""
    run, pid = get_stuck(folder)
    began = time.time()
    os.kill(pid, signal.SIGKILL)
    return since(began, run)


def get_stuck(folder: Path) -> tuple[Started, int]:
    """A run whose step holds its worker, and the process that executes it."""
    place = folder / f"stuck-{next(numbers)}"
    run = start(shapes.stuck, at=str(place))
    return run, eventually(lambda: int(place.read_text()), within=WITHIN)


def since(began: float, run: Started) -> float:
    """Seconds from `began` to the end of the run."""
    return run.at + ended([run], WITHIN)[0] - began


def killed_workers(ground: Ground) -> Iterator[Row]:
    """SIGKILL to a worker's main process and children while they execute a step; another worker is there."""
    with ground.crew() as crew:
        crew.dispatcher()
        holder = crew.worker()
        seconds = []
        for _ in range(ground.size.recoveries):
            run, _ = get_stuck(ground.folder)
            heir = crew.worker()
            seconds.append(worker_killed(run, holder))
            holder = heir
    took = Spread.of(seconds)
    yield from median_and_worst("SIGKILL of a whole worker in a step", took, 5, lease())


def worker_killed(run: Started, holder: Process) -> float:
    """Seconds."""
    began = time.time()
    holder.kill_group()
    return since(began, run)


def lost_messages(ground: Ground) -> Iterator[Row]:
    """Redis forgets the message of a queued step: seconds from the run's commit to its end.

    The runs are lost one after another before there is a worker, so that one wait of 16 s serves all of them; the
    pauses between them meet the dispatcher's second at different places.
    """
    size = ground.size
    with ground.crew() as crew:
        crew.dispatcher(RESEND_SECONDS=str(size.resend_seconds))
        runs = [lost(ground) for _ in range(size.recoveries)]
        crew.worker()
        took = Spread.of(ended(runs, WITHIN))
    yield from median_and_worst("a lost message", took, size.resend_seconds + 1)


def lost(ground: Ground) -> Started:
    """A run whose message is gone."""
    run = start(shapes.one)
    with ground.redis.client() as client:
        eventually(lambda: client.llen("steps"), within=5, every=0.001)
    ground.redis.flush()
    time.sleep(0.37)
    return run


def redis_away(ground: Ground) -> Iterator[Row]:
    """Redis is down when a run is asked for: seconds from its return to the run's end, and how long asking took."""
    with ground.crew() as crew:
        crew.worker()
        crew.dispatcher()
        ended([start(shapes.one)], WITHIN)
        both = [asked_without_redis(ground) for _ in range(ground.size.recoveries)]
    took = Spread.of(seconds for seconds, _ in both)
    asking = Spread.of(1000 * seconds for _, seconds in both)
    yield from median_and_worst("Redis' return, a run was asked for meanwhile", took, 3)
    yield Row("  asking for a run while Redis is away", "ms", asking, aim=100)


def asked_without_redis(ground: Ground) -> tuple[float, float]:
    """Seconds from Redis' return to the run's end, and seconds that it took to ask."""
    ground.redis.kill()
    began = time.time()
    run = start(shapes.one)
    asking = time.time() - began
    ground.redis.start()
    return since(time.time(), run), asking
