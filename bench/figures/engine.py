"""The engine alone: runs of eight steps that do nothing, beside bare Celery chains of eight tasks.

All three go through the same worker (`celery -c 2`: a main process and two children), in turns, so that what else the
machine does meets all of them alike. The engine's messages come from this process' sender thread, as in a web process.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import redis

from bench import meters
from bench.ground import Ground
from bench.results import Row, Spread
from bench.runs import Started, ended, forget, start
from bench.workflows import chains, shapes
from provisioning import messages
from provisioning.models import Run, Step
from tests.eventually import eventually
from tests.processes import Process

WITHIN = 120.0
QUEUE = "steps"
BARE, COMMITTED = "bare Celery chain", "the same with two commits a task"


@dataclass(frozen=True)
class Burst:
    """So many at once: seconds from the first message to the last end, processor seconds of the worker, counts."""

    runs: int
    seconds: float
    cpu: float
    statements: Counter[str]
    messages: int

    @property
    def rate(self) -> float:
        """Runs in a second."""
        return self.runs / self.seconds


class Lane:
    """One worker and one dispatcher, and the three ways to send eight tasks through them."""

    def __init__(self, ground: Ground, worker: Process) -> None:
        self.ground, self.worker = ground, worker
        # A client of its own: the usual one gives up after 5 s, and many chains at once all end last.
        self.client = redis.Redis(port=ground.redis.port, socket_timeout=2 * WITHIN, decode_responses=True)

    def engine(self) -> Callable[[], float]:
        """Our own run; answers how to wait for the moment of its end."""
        run = start(shapes.nothing)
        return lambda: run.at + ended([run], WITHIN)[0]

    def bare(self) -> None:
        """A chain without rows."""
        chains.send_bare("chain")

    def committed(self, step_ids: list[int]) -> None:
        """A chain on rows."""
        chains.send_with_rows("chain", step_ids)

    def chains_ended(self, number: int) -> list[float]:
        """The moments at which so many chains ended, waited for."""
        return [self._chain_ended() for _ in range(number)]

    def _chain_ended(self) -> float:
        found = self.client.blpop([chains.ENDED], timeout=int(WITHIN))
        if found is None:
            raise AssertionError(f"A chain did not end within {WITHIN:g} s.")
        return float(found[1].split()[1])

    def burst(self, number: int, send: Callable[[], None], last: Callable[[], float]) -> Burst:
        """Let the worker stand still while `number` messages come in, and see how long it takes to do them all."""
        self.worker.pause()
        send()
        # A worker that waits for a message is given one although it stands still.
        eventually(lambda: self.client.llen(QUEUE) >= number - 1, within=30)
        cpu, statements, sent = meters.cpu_seconds(self.worker), meters.statements(), meters.messages(self.client)
        began = time.time()
        self.worker.resume()
        seconds = last() - began
        spent = meters.cpu_seconds(self.worker) - cpu
        counted = meters.statements() - statements
        # The first message of each was sent before the clock was started.
        return Burst(number, seconds, spent, counted, meters.messages(self.client) - sent + number)


def measure(ground: Ground) -> Iterator[Row]:
    """Idle runs, then many at once."""
    messages.send_in_background()
    with ground.crew() as crew:
        lane = Lane(ground, crew.worker())
        crew.dispatcher()
        warm_up(lane)
        yield idle(lane, ground.size.idle_runs)
        forget()
        yield from at_once(lane, ground.size.bursts, ground.size.burst_runs)
        forget()


def warm_up(lane: Lane) -> None:
    """Both children import, connect and fill their caches."""
    ended([start(shapes.nothing) for _ in range(20)], WITHIN)
    for _ in range(20):
        lane.bare()
    lane.chains_ended(20)


def idle(lane: Lane, number: int) -> Row:
    """Milliseconds that a step adds when nothing else is under way: seconds from commit to end, by eight."""
    ours, bare, committed = [], [], []
    for step_ids in rows(number):
        ours.append(ended([start(shapes.nothing)], WITHIN)[0])
        bare.append(timed(lane, lane.bare))
        committed.append(timed(lane, lambda ids=step_ids: lane.committed(ids)))  # type: ignore[misc]
    beside = ((BARE, per_step(bare)), (COMMITTED, per_step(committed)))
    return Row("time added per step, one idle run", "ms", per_step(ours), aim=4, beside=beside)


def timed(lane: Lane, send: Callable[[], None]) -> float:
    """Seconds of one chain."""
    began = time.time()
    send()
    return lane.chains_ended(1)[0] - began


def per_step(seconds: list[float]) -> Spread:
    """Milliseconds per step."""
    return Spread.of(1000 * value / shapes.STEPS for value in seconds)


def rows(number: int) -> list[list[int]]:
    """Ids of the steps of so many runs that are not the engine's business: pending, and never due."""
    runs = [Run(workflow="bench", title="Benchmark") for _ in range(number)]
    Run.objects.bulk_create(runs)
    Step.objects.bulk_create(Step(run=run, position=i, name=f"{i}") for run in runs for i in range(shapes.STEPS))
    found = Step.objects.filter(run__in=runs).order_by("run", "position").values_list("id", flat=True)
    ids = list(found)
    return [ids[at : at + shapes.STEPS] for at in range(0, len(ids), shapes.STEPS)]


def at_once(lane: Lane, rounds: int, number: int) -> Iterator[Row]:
    """Runs per second, processor time, messages and statements."""
    ours, bare, committed = [], [], []
    for _ in range(rounds):
        ours.append(engine_burst(lane, number))
        bare.append(lane.burst(number, lambda: repeat(number, lane.bare), lambda: max(lane.chains_ended(number))))
        committed.append(committed_burst(lane, number))
        forget()
    besides = ((BARE, bare), (COMMITTED, committed))
    yield rates(number, ours, besides)
    share = Spread.of(one.rate / other.rate for one, other in zip(ours, committed, strict=True))
    yield Row(f"its share of the rate of {COMMITTED}", "", share, aim=0.9, at_least=True)
    yield processor(ours, besides)
    yield from counts(ours, committed)


def engine_burst(lane: Lane, number: int) -> Burst:
    """Ours."""
    runs: list[Started] = []
    return lane.burst(
        number,
        lambda: runs.extend(start(shapes.nothing) for _ in range(number)),
        lambda: max(run.at + seconds for run, seconds in zip(runs, ended(runs, WITHIN), strict=True)),
    )


def committed_burst(lane: Lane, number: int) -> Burst:
    """The chain on rows."""
    prepared = rows(number)

    def send() -> None:
        for step_ids in prepared:
            lane.committed(step_ids)

    return lane.burst(number, send, lambda: max(lane.chains_ended(number)))


def repeat(number: int, deed: Callable[[], None]) -> None:
    """Do it so many times."""
    for _ in range(number):
        deed()


Besides = tuple[tuple[str, list[Burst]], ...]


def rates(number: int, ours: list[Burst], besides: Besides) -> Row:
    """Runs per second."""
    beside = tuple((name, Spread.of(burst.rate for burst in bursts)) for name, bursts in besides)
    got = Spread.of(burst.rate for burst in ours)
    return Row(f"runs per second, {number} at once", "runs/s", got, aim=60, at_least=True, beside=beside)


def processor(ours: list[Burst], besides: Besides) -> Row:
    """Processor time of the worker, children and main process."""

    def cost(bursts: list[Burst]) -> Spread:
        return Spread.of(1000 * burst.cpu / burst.runs for burst in bursts)

    beside = tuple((name, cost(bursts)) for name, bursts in besides)
    return Row("processor time of the worker per run", "ms", cost(ours), aim=18, beside=beside)


def counts(ours: list[Burst], committed: list[Burst]) -> Iterator[Row]:
    """Messages and statements; the pulse and the dispatcher are in them, a few a second."""
    steps = ours[0].runs * shapes.STEPS
    sent = [Spread.of(burst.messages / steps for burst in bursts) for bursts in (ours, committed)]
    yield Row("messages per step", "", sent[0], beside=((COMMITTED, sent[1]),))
    for what, count in (("statements per step", meters.data), ("transaction round trips per step", meters.control)):
        each = [Spread.of(count(burst.statements) / steps for burst in bursts) for bursts in (ours, committed)]
        yield Row(what, "", each[0], beside=((COMMITTED, each[1]),))
