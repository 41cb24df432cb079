"""The API under load: a run that is asked for over and over, and applications that are asked for.

The run is a real one, of `create_app`, finished. Only the web processes, the database and Redis run meanwhile. Beside
it stands what the same server gives for a request that does nothing (`/health/live`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import StringIO
from itertools import count

import requests
from django.core.management import call_command

from accounts.models import Team, User
from apps.models import AppType
from apps.operations import create_app
from bench import load, meters
from bench.ground import Ground
from bench.load import Load, Target
from bench.results import Row, Spread
from bench.runs import begin, ended
from projects.models import Project
from provisioning import messages
from tests.launch import free_port

NAME, PASSWORD, PROJECT = "bench", "a-password-for-the-benchmark", "load"
# Enough to keep one web process busy; with more, each request only waits longer for its turn.
CONNECTIONS = 4
WITHIN = 60.0
numbers = count()


@dataclass(frozen=True)
class Site:
    """One web process and who asks it."""

    url: str
    headers: dict[str, str]
    ground: Ground

    def loads(self, *targets: Target) -> list[list[Load]]:
        """Load on all targets at once, so many times."""
        size = self.ground.size
        folder, seconds = self.ground.folder, size.load_seconds
        return [load.put(fresh(targets), seconds, CONNECTIONS, folder) for _ in range(size.load_rounds)]


def fresh(targets: tuple[Target, ...]) -> list[Target]:
    """The targets, with a mark in each body that no earlier load had."""
    return [replace(target, body=target.body.replace("#", str(next(numbers)))) for target in targets]


def measure(ground: Ground) -> Iterator[Row]:
    """One web process for reading, two for writing."""
    messages.send_in_background()
    run_id = finished_run(ground)
    with ground.crew() as crew:
        ports = [free_port(), free_port()]
        crew.web(ports[0])
        site = logged_in(f"http://127.0.0.1:{ports[0]}", ground)
        yield from reading(site, run_id)
        crew.web(ports[1])
        yield from writing(site, [f"http://127.0.0.1:{port}" for port in ports])


def finished_run(ground: Ground) -> str:
    """The id of a finished run of create_app."""
    with ground.crew() as crew:
        crew.simulators()
        call_command("bootstrap", stdout=StringIO())
        crew.worker()
        crew.dispatcher()
        project, _ = Project.objects.get_or_create(name=PROJECT, team=Team.objects.get(name="dev"))
        kind = AppType.objects.get(name="flask")
        made = begin(lambda: create_app(name="load-test", type=kind, project=project, author=None))
        ended([made], WITHIN)
        return str(made.id)


def logged_in(url: str, ground: Ground) -> Site:
    """A member of the team, with a token."""
    team = Team.objects.get(name="dev")
    User.objects.create_user(NAME, f"{NAME}@example.com", PASSWORD, team=team)
    answer = requests.post(f"{url}/api/v1/login", json={"username": NAME, "password": PASSWORD}, timeout=10)
    answer.raise_for_status()
    return Site(url, {"Authorization": f"Bearer {answer.json()['access']}"}, ground)


def reading(site: Site, run_id: str) -> Iterator[Row]:
    """GET of a run, plain and unchanged."""
    plain = Target(f"{site.url}/api/v1/runs/{run_id}", headers=site.headers)
    tag = asked(plain).headers["ETag"]
    same = replace(plain, headers={**site.headers, "If-None-Match": tag})
    if asked(same).status_code != requests.codes.not_modified:
        raise AssertionError("The ETag of the last answer is not known any more.")
    idle = [loads[0] for loads in site.loads(Target(f"{site.url}/health/live"))]
    for what, target, rate, p99 in (("GET /runs/{id}", plain, 600, 20), ("  unchanged: 304", same, 1600, 10)):
        found = [loads[0] for loads in site.loads(target)]
        yield from loaded(what, found, rate, p99, idle)
        yield queries(what, site, lambda target=target: asked(target))  # type: ignore[misc]


def loaded(what: str, found: list[Load], rate: float, p99: float | None, idle: list[Load]) -> Iterator[Row]:
    """Requests per second, and the 99th percentile."""
    rates, slowest = (Spread.of(values) for values in ([one.rate for one in found], [one.p99 for one in found]))
    beside = (("/health/live", Spread.of(one.rate for one in idle)),) if idle else ()
    yield Row(f"{what}, requests per second ({load.generator()})", "/s", rates, rate, at_least=True, beside=beside)
    yield Row(f"{what}, 99th percentile", "ms", slowest, p99)


def queries(what: str, site: Site, ask: Callable[[], object]) -> Row:
    """Statements on the database per request."""
    number = site.ground.size.counted_requests
    ask()
    before = meters.statements()
    for _ in range(number):
        ask()
    counted = meters.statements() - before
    control = Spread.of([meters.control(counted) / number])
    return Row(
        f"{what}, database queries", "", Spread.of([meters.data(counted) / number]), beside=(("and control", control),)
    )


def asked(target: Target) -> requests.Response:
    """One request. HTTPError when it is refused."""
    (made,) = fresh((target,))
    body = made.body.replace("@", "0").encode() or None
    answer = requests.request(made.method, made.url, headers=made.headers, data=body, timeout=10)
    answer.raise_for_status()
    return answer


def writing(site: Site, urls: list[str]) -> Iterator[Row]:
    """POST of an application, over two web processes."""
    project = Project.objects.get(name=PROJECT).pk
    body = f'{{"project": {project}, "name": "load-#-@", "type": "flask"}}'
    headers = {**site.headers, "Content-Type": "application/json"}
    targets = [Target(f"{url}/api/v1/app", "POST", headers, body) for url in urls]
    both = site.loads(*targets)
    found = [Load(sum(one.rate for one in loads), max(one.p99 for one in loads)) for loads in both]
    yield from loaded("POST /app, two web processes", found, 300, None, [])
    yield queries("POST /app", site, lambda: asked(targets[0]))
