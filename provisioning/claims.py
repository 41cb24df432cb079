"""What a worker knows of the step that it holds, and how its execution ended."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

from provisioning.faults import Failure
from provisioning.steps.base import Step, Wait
from provisioning.systems.errors import SystemFault

Outcome = dict[str, Any] | Wait | SystemFault | Failure


@dataclass(frozen=True)
class Sibling:
    """A step of the same run, as it was when the claim was made."""

    id: int
    name: str
    needs: tuple[str, ...]
    output: str


@dataclass(frozen=True)
class Claim:
    """A step that this worker holds until its lease runs out; what it settles is guarded by the epoch."""

    step_id: int
    run_id: UUID
    workflow: str
    name: str
    epoch: int
    crashes: int
    looks: int
    outages: int
    slow: bool
    waiting_for: str
    error_code: str
    memory: dict[str, Any]
    waited: float
    outage: float
    siblings: Mapping[str, Sibling]

    @classmethod
    def of(cls, mine: tuple[Any, ...], found: Iterable[tuple[Any, ...]], crashes: int) -> Self:
        """The row that sql.READ answered, as it stands after the claim."""
        return cls(
            step_id=mine[0],
            run_id=UUID(str(mine[1])),
            name=mine[2],
            epoch=mine[5] + 1,
            crashes=crashes,
            looks=mine[7],
            outages=mine[8],
            slow=bool(mine[9]),
            waiting_for=mine[11],
            error_code=mine[12],
            memory=json.loads(mine[13]),
            waited=float(mine[15] or 0),
            outage=float(mine[16] or 0),
            workflow=mine[17],
            siblings={row[2]: Sibling(row[0], row[2], tuple(row[3].split()), row[14]) for row in found},
        )

    def output(self, name: str) -> dict[str, Any]:
        """What a step that this one needs, directly or through others, put out."""
        if name not in self.ancestors():
            raise LookupError(f"{self.name} does not need {name}")
        return dict(json.loads(self.siblings[name].output))

    def ancestors(self) -> set[str]:
        """Names of all steps that had to be done before this one."""
        found: set[str] = set()
        todo = list(self.siblings[self.name].needs)
        while todo:
            need = todo.pop()
            if need not in found:
                found.add(need)
                todo += self.siblings[need].needs
        return found

    def successors(self) -> list[Sibling]:
        """The steps that need this one directly."""
        return [sibling for sibling in self.siblings.values() if self.name in sibling.needs]


@dataclass
class Ended:
    """How one execution of a step ended, and what it leaves behind."""

    outcome: Outcome
    step: Step | None = None
    links: list[dict[str, str]] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)
