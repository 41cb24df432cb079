"""One operation on many runs, and what happened to each."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from django.db import OperationalError

from accounts.models import User
from config.errors import Refusal
from provisioning.models import Run

# So many refusals are told one by one; the others are counted.
MOST_TOLD = 10


class Operation(Protocol):
    """What people may do with one run: retry_run, cancel_run (provisioning/operations.py)."""

    def __call__(self, *, run_id: UUID, actor: User | None) -> Run:
        """Do it; raises Refusal when the run's status does not allow it."""


@dataclass
class Tally:
    """What happened to each run."""

    done: list[Run] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def sentences(self, word: str) -> list[str]:
        """For example: "3 retried, 1 refused.", "Create shop: The run is running: only a failed run can be retried"."""
        counts = [f"{len(self.done)} {word}"] if self.done or not self.refused else []
        counts += [f"{len(self.refused)} refused"] if self.refused else []
        others = len(self.refused) - MOST_TOLD
        return [f"{', '.join(counts)}.", *self.refused[:MOST_TOLD], *([f"And {others} more."] if others > 0 else [])]


def each(operation: Operation, runs: Iterable[Run], actor: User) -> Tally:
    """Do it to each run in a transaction of its own: one that is refused does not keep the others back."""
    tally = Tally()
    for run in runs:
        try:
            tally.done.append(operation(run_id=run.pk, actor=actor))
        except Refusal as refusal:
            tally.refused.append(f"{run.title}: {refusal.detail}")
        except OperationalError:
            tally.refused.append(f"{run.title}: The database was busy. Try again.")
    return tally
