"""A workflow is data: a name and its steps."""

from collections.abc import Iterator

from django.db.models.functions import Now

from provisioning.models import Run, Step
from provisioning.statuses import StepStatus
from provisioning.steps.base import Step as StepClass


class Workflow:
    """A name and step classes in the order shown. A step needs the one before it, unless it says otherwise."""

    def __init__(self, name: str, *steps: type[StepClass]) -> None:
        self.name = name
        self.steps = {step.name: step for step in steps}
        self.needs = dict(self._needs(steps))

    def _needs(self, steps: tuple[type[StepClass], ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
        before: type[StepClass] | None = None
        for step in steps:
            needs = step.needs if step.needs is not None else ((before,) if before else ())
            unknown = [need.name for need in needs if need.name not in self.steps]
            if unknown:
                raise ValueError(f"{self.name}: {step.name} needs {', '.join(unknown)}, which the workflow lacks")
            yield step.name, tuple(need.name for need in needs)
            before = step

    def rows(self, run: Run) -> list[Step]:
        """All step rows of a new run; those without needs are due at once."""
        return [self._row(run, position, step) for position, step in enumerate(self.steps.values())]

    def _row(self, run: Run, position: int, step: type[StepClass]) -> Step:
        row = Step(run=run, position=position, name=step.name, title=step.title, system=step.system)
        row.needs = " ".join(self.needs[step.name])
        if not row.needs:
            row.status, row.due_at, row.dispatched_at = StepStatus.QUEUED, Now(), Now()
        return row
