"""Starting runs as a web process does, and watching them end by the database's clock."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from provisioning import engine
from provisioning.models import Run
from provisioning.workflows.base import Workflow
from tests.eventually import eventually


@dataclass(frozen=True)
class Started:
    """A run, and the moment (seconds since 1970) at which its rows were committed."""

    id: UUID
    at: float


def start(workflow: Workflow, **inputs: Any) -> Started:
    """A new run."""
    return begin(lambda: engine.start(workflow, Run(title="Benchmark", inputs=inputs)))


def begin(make: Callable[[], Run]) -> Started:
    """A new run, made by `make`. Its message goes out right after the moment that is noted."""
    moments: list[float] = []
    with transaction.atomic():
        transaction.on_commit(lambda: moments.append(time.time()))
        run = make()
    return Started(run.pk, moments[0])


def ended(runs: Iterable[Started], within: float, every: float = 0.05) -> list[float]:
    """Seconds from each run's commit to its end, in the runs' order. AssertionError when one is not done in time."""
    asked = list(runs)
    ids = [run.id for run in asked]

    def over() -> bool:
        left = Run.objects.filter(pk__in=ids).exclude(status="succeeded").values_list("id", "status")[:1]
        return not left

    eventually(over, within, every)
    finished = dict(Run.objects.filter(pk__in=ids).values_list("id", "finished_at"))
    return [seconds_of(finished[run.id]) - run.at for run in asked]


def seconds_of(moment: Any) -> float:
    """A moment of the database as seconds since 1970; both clocks are this machine's."""
    return float(moment.timestamp())


def forget() -> None:
    """Empty the tables of runs."""
    with connection.cursor() as cursor:
        cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
        for table in ("event", "resource", "step", "run"):
            cursor.execute(f"TRUNCATE provisioning_{table}")
        cursor.execute("SET FOREIGN_KEY_CHECKS = 1")
