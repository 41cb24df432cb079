"""Starting runs and watching them end, beside real workers."""

import time
from typing import Any

from django.db import transaction

from provisioning import engine
from provisioning.models import Run, Step
from provisioning.workflows.base import Workflow
from tests.eventually import eventually
from tests.workflows.models import Call


def start(workflow: Workflow, **inputs: Any) -> Run:
    """A new run, whose steps do what `inputs` says."""
    with transaction.atomic():
        return engine.start(workflow, Run(title=f"Try {workflow.name}", inputs=inputs))


def ended(*runs: Run, within: float = 30, status: str = "succeeded") -> float:
    """Wait until all runs have `status`; answers the seconds that it took."""
    began = time.monotonic()
    ids = [run.pk for run in runs]

    def all_ended() -> bool:
        return Run.objects.filter(pk__in=ids, status=status).count() == len(ids)

    eventually(all_ended, within)
    return time.monotonic() - began


def holder(run: Run, name: str) -> int:
    """The id of the process that executes the step now, waited for."""

    def running() -> int:
        call = Call.objects.filter(run=str(run.pk), step=name).order_by("-id").first()
        held = Step.objects.filter(run=run, name=name, status="running").exists()
        return call.pid if call and held else 0

    return eventually(running, within=15)


def calls(run: Run, name: str) -> int:
    """How often the step was executed."""
    return Call.objects.filter(run=str(run.pk), step=name).count()
