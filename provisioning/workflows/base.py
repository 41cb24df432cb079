"""A workflow is data: a name and its steps."""

from collections.abc import Iterator
from typing import Any

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

    def rows(self, run_id: str) -> list[tuple[Any, ...]]:
        """All steps of a new run, as `sql.add_steps` takes them; those without needs are due at once."""
        return [
            (run_id, position, name, step.title, step.system, " ".join(self.needs[name]), self._first(name))
            for position, (name, step) in enumerate(self.steps.items())
        ]

    def _first(self, name: str) -> str:
        return StepStatus.PENDING.value if self.needs[name] else StepStatus.QUEUED.value
