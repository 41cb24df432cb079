"""The fault matrix: every call of a workflow's steps x every way in which a call can go wrong."""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Now

from provisioning.models import Run, Step
from provisioning.operations import retry_run
from tests.engine.platform import Platform
from tests.flows.world import World

PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body></html>"
HTML = {"Content-Type": "text/html"}
ALWAYS = {"times": None}

FAULTS: dict[str, dict[str, Any]] = {
    "cut before": {"cut": "before", **ALWAYS},
    "cut after": {"cut": "after", **ALWAYS},
    "hang": {"delay_ms": 600, **ALWAYS},
    "late": {"delay_ms": 600, "delay": "after", **ALWAYS},
    "401": {"status": 401, "body": {"message": "401 Unauthorized"}, **ALWAYS},
    "403": {"status": 403, "body": {"message": "403 Forbidden"}, **ALWAYS},
    "404": {"status": 404, "body": {"message": "404 Not found", "code": 5}, **ALWAYS},
    "409": {"status": 409, "body": {"message": "409 Conflict", "code": 6}, **ALWAYS},
    "429": {"status": 429, "body": "Retry later\n", **ALWAYS},
    "429 with Retry-After": {"status": 429, "body": "Retry later\n", "headers": {"Retry-After": "7"}, **ALWAYS},
    "500": {"status": 500, "body": {"message": "500 Internal Server Error"}, **ALWAYS},
    "500 after its effect": {"status": 500, "body": {"message": "oops"}, "effect": True, **ALWAYS},
    "502 page": {"status": 502, "body": PAGE, "headers": HTML, **ALWAYS},
    "503": {"status": 503, "body": "Please wait", **ALWAYS},
    "garbage": {"garbage": True, **ALWAYS},
}


@dataclass(frozen=True)
class Call:
    """A call that a step makes, whatever the ids and names in it are."""

    step: str
    system: str
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.step}-{self.method}-{self.path.rpartition('/')[2]}"

    @classmethod
    def of(cls, step: str, system: str, asked: dict[str, Any], app: str) -> "Call":
        """From a line of a simulator's request log."""
        path = re.sub(r"(?<=/)\d+(?=/|$)", "ID", asked["path"])
        return cls(step, system, asked["method"], path.replace(app, "APP"))

    def pattern(self, app: str) -> str:
        """The regular expression that finds the call for this application."""
        return "^" + re.escape(self.path).replace("ID", r"\d+").replace("APP", app) + "$"

    def meets(self, asked: dict[str, Any], app: str) -> bool:
        """Whether a line of the request log is this call."""
        return asked["method"] == self.method and re.search(self.pattern(app), asked["path"]) is not None


def the_calls_of(world: World, platform: Platform, run: Run, app: str) -> list[Call]:
    """Every call that the steps of a run make when all is well, in order, each once."""
    found: list[Call] = []
    while letters := platform.letters():
        for step_id in letters:
            seen = {system: last(world, system) for system in SYSTEMS}
            platform.do(step_id)
            name = Step.objects.get(pk=step_id).name
            for system in SYSTEMS:
                asked = world.simulation.requests(system, seen[system])
                found += [Call.of(name, system, one, app) for one in asked if ours(one)]
    return list(dict.fromkeys(found))


SYSTEMS = ("gitlab", "jenkins", "argocd")


def last(world: World, system: str) -> int:
    """The number of the last request that the system noted."""
    asked = world.simulation.requests(system)
    return asked[-1]["id"] if asked else 0


def ours(asked: dict[str, Any]) -> bool:
    """Whether the platform asked, not another simulated system."""
    return asked["headers"].get("user-agent", "").startswith("slipway/")


def time_passes() -> None:
    """Whatever waits is due."""
    Step.objects.filter(status="waiting").update(due_at=Now(), dispatched_at=None)


def meet_the_fault(platform: Platform, run: Run, name: str) -> Step:
    """Do the step that is queued, and twice more when its time has come."""
    platform.do(platform.step(run, name).pk)
    for _ in range(2):
        time_passes()
        platform.do(*Step.objects.filter(run=run, status="waiting").values_list("id", flat=True))
    return platform.step(run, name)


def recover(platform: Platform, run: Run) -> Run:
    """The fault is over: time passes, and a person retries what failed."""
    for _ in range(30):
        run.refresh_from_db()
        if run.status == "succeeded":
            break
        if run.status == "failed":
            retry_run(run_id=run.pk, actor=None)
        time_passes()
        platform.do(*Step.objects.filter(run=run, status__in=("queued", "waiting")).values_list("id", flat=True))
        platform.letters()
    return run
