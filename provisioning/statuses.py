"""The statuses of runs, steps and resources, with label and colour, and the arrows between them.

API, admin and docs read them from here. Each arrow has its reason; every UPDATE of a status names where it comes from.
"""

from django.db import models


class StepStatus(models.TextChoices):
    """Where one step stands."""

    PENDING = "pending", "pending"  # its needs are not met
    QUEUED = "queued", "queued"  # due, no worker has it yet
    RUNNING = "running", "running"  # a worker holds its lease
    WAITING = "waiting", "waiting"  # for the other side, until `due_at`; holds no worker
    SUCCEEDED = "succeeded", "succeeded"
    FAILED = "failed", "failed"  # stays so until a person goes on
    SKIPPED = "skipped", "skipped"  # left out by staff, with a reason
    CANCELLED = "cancelled", "cancelled"  # never started, and will not


class RunStatus(models.TextChoices):
    """Where one run stands."""

    RUNNING = "running", "running"
    FAILED = "failed", "failed"  # a step failed, the others went on to their end
    SUCCEEDED = "succeeded", "succeeded"
    CANCELLED = "cancelled", "cancelled"


class ResourceState(models.TextChoices):
    """What the ledger says of an object in another system."""

    INTENDED = "intended", "intended"  # we are about to make it, or made it and did not hear
    PRESENT = "present", "present"  # we made it
    ADOPTED = "adopted", "adopted"  # it was there; never taken down by us
    GONE = "gone", "gone"  # taken down, absence seen


COLOURS: dict[str, str] = {
    "pending": "#6b7280",
    "queued": "#4b5563",
    "running": "#1d4ed8",
    "waiting": "#92400e",
    "succeeded": "#166534",
    "failed": "#b91c1c",
    "skipped": "#6b7280",
    "cancelled": "#6b7280",
    "intended": "#92400e",
    "present": "#166534",
    "adopted": "#1d4ed8",
    "gone": "#6b7280",
}

# Statuses that no worker and no message will change any more.
STEP_FINAL = frozenset({"succeeded", "failed", "skipped", "cancelled"})
# Needs in one of these no longer hold their successors back.
STEP_MET = frozenset({"succeeded", "skipped"})
STEP_ACTIVE = frozenset({"queued", "running", "waiting"})
RUN_FINAL = frozenset({"failed", "succeeded", "cancelled"})

STEP_ARROWS: dict[tuple[str, str], str] = {
    ("pending", "queued"): "its last need succeeded",
    ("queued", "running"): "a worker claimed it",
    ("waiting", "running"): "its time came and a worker claimed it",
    ("running", "running"): "its worker died and another claimed it",
    ("running", "waiting"): "the other side is not ready, or away",
    ("running", "succeeded"): "it is done",
    ("running", "failed"): "somebody must act",
    ("failed", "queued"): "a person retried the run",
    ("pending", "cancelled"): "the run was cancelled",
    ("queued", "cancelled"): "the run was cancelled",
    ("waiting", "cancelled"): "the run was cancelled",
    ("running", "cancelled"): "the run was cancelled and the step did not finish",
}

RUN_ARROWS: dict[tuple[str, str], str] = {
    ("running", "succeeded"): "every step is done",
    ("running", "failed"): "a step failed and nothing else is under way",
    ("running", "cancelled"): "a person cancelled it",
    ("failed", "running"): "a person retried it",
    ("failed", "cancelled"): "a person gave it up",
}
