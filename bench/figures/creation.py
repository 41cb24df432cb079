"""An application from its request to its last step, on the simulators: wall clock over critical path.

Beside it, in turns and on the same simulators: the same step code by plain Python one after another, and the critical
path (bench/plain.py). That they make the same calls is shown by the simulators' own logs.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from itertools import count

from django.core.management import call_command

from accounts.models import Team
from apps.models import App, AppType
from apps.operations import create_app
from bench import plain
from bench.ground import Ground
from bench.results import Row, Spread, once
from bench.runs import begin, ended
from projects.models import Project
from provisioning import messages
from tests import environment
from tests.simulation import SYSTEMS, Simulation

WITHIN = 60.0
LATENCY_MS = 50
FORK_SECONDS = 2.0
BRANCHES = 4
names = (f"bench-{number}" for number in count(1))

Calls = Counter[tuple[str, str]]


def measure(ground: Ground) -> Iterator[Row]:
    """Quick systems, then slow ones."""
    messages.send_in_background()
    with ground.crew() as crew, Simulation(environment.SIMULATORS) as simulation, ThreadPoolExecutor(BRANCHES) as pool:
        crew.simulators()
        call_command("bootstrap", stdout=StringIO())
        crew.worker()
        crew.dispatcher()
        # Protected at once, else it depends on who is faster whether there is a protection to replace: one call more.
        simulation.settings("gitlab", protect_seconds=0)
        race = Race(simulation, pool)
        for _ in range(2):
            race.turn()
        yield calls_of(race)
        yield from compared(race, ground.size.creations, "no latency")
        race.slow_down()
        slow = f"{LATENCY_MS} ms a call, forks of {FORK_SECONDS:g} s"
        yield from compared(race, ground.size.slow_creations, slow)


class Race:
    """Creates applications in three ways, one after another."""

    def __init__(self, simulation: Simulation, pool: ThreadPoolExecutor) -> None:
        self.simulation, self.pool = simulation, pool
        self.project, _ = Project.objects.get_or_create(name="bench", team=Team.objects.get(name="dev"))
        self.type = AppType.objects.get(name="flask")
        self.fork_seconds = 0.0

    def slow_down(self) -> None:
        """From now on every call takes a while, and a fork too."""
        self.fork_seconds = FORK_SECONDS
        for system in SYSTEMS:
            self.simulation.settings(system, latency_ms=LATENCY_MS)
        self.simulation.settings("gitlab", fork_seconds=FORK_SECONDS)

    def turn(self) -> tuple[float, float, float]:
        """Seconds of the platform, of the critical path, and of one call after another."""
        return self.platform(), self.critical_path(), self.one_after_another()

    def platform(self) -> float:
        """The platform: from the commit of the request to the end of the run."""
        run = begin(lambda: create_app(name=next(names), type=self.type, project=self.project, author=None))
        return ended([run], WITHIN)[0]

    def critical_path(self) -> float:
        """Plain Python, branches side by side, no needless wait."""
        return plain.critical_path(self.app(), self.pool, self.fork_seconds)

    def one_after_another(self) -> float:
        """Plain Python, one step after another."""
        return plain.one_after_another(self.app())

    def app(self) -> App:
        """An application that is in no table."""
        return App(name=next(names), project=self.project, type=self.type)

    def calls(self, way: Callable[[], float]) -> Calls:
        """What the systems were asked, by system and method."""
        last = {system: max((one["id"] for one in self.simulation.requests(system)), default=0) for system in SYSTEMS}
        way()
        asked = {system: self.simulation.requests(system, since=last[system]) for system in SYSTEMS}
        return Counter((system, one["method"]) for system, found in asked.items() for one in found)


def calls_of(race: Race) -> Row:
    """How many calls one application takes: the three ways make the same ones."""
    ours, path, script = (race.calls(way) for way in (race.platform, race.critical_path, race.one_after_another))
    beside = (("critical path", once(path.total())), ("plain Python", once(script.total())))
    return Row("calls for one application", "", once(ours.total()), beside=beside)


def compared(race: Race, times: int, how: str) -> Iterator[Row]:
    """So many turns."""
    turns = [race.turn() for _ in range(times)]
    ours, path, script = (Spread.of(turn[way] for turn in turns) for way in range(3))
    beside = (("critical path", path), ("plain Python, one after another", script))
    yield Row(f"create_app, {how}", "s", ours, beside=beside)
    over = Spread.of(turn[0] / turn[1] for turn in turns)
    yield Row("  wall clock over critical path", "", over, aim=1.05)
