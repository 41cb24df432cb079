"""Runs and their steps, what happened, and what was made: the rows are the truth, messages only wake workers."""

from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Team
from apps.models import App
from provisioning.identity import uuid7
from provisioning.statuses import ResourceState, RunStatus, StepStatus


class Run(models.Model):
    """One piece of work that somebody asked for: a workflow's steps, all written when it starts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workflow = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=16, choices=RunStatus, default=RunStatus.RUNNING)
    active_key = models.CharField(
        max_length=120,
        unique=True,
        null=True,
        editable=False,
        help_text="One unfinished run per subject: empty once the run is finished, since MySQL has no partial index.",
    )
    version = models.PositiveIntegerField(default=1, help_text="Raised under the row's lock by every settled step.")
    app = models.ForeignKey(App, on_delete=models.PROTECT, null=True, related_name="runs")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="runs")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="requested_runs"
    )
    inputs = models.JSONField(default=dict, help_text="What was asked for. Never a secret.")
    request_id = models.CharField(max_length=64, blank=True, help_text="X-Request-Id of the call that started it.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["status", "-id"], name="run_status"),
            models.Index(fields=["team", "-id"], name="run_team"),
            models.Index(fields=["workflow", "-id"], name="run_workflow"),
        ]

    def __str__(self) -> str:
        return self.title


class Step(models.Model):
    """One step of a run. The engine alone changes these rows (provisioning/sql.py)."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    system = models.CharField(max_length=32, blank=True)
    needs = models.CharField(
        max_length=500, blank=True, help_text="Names of steps of the same run, with spaces between."
    )
    status = models.CharField(max_length=16, choices=StepStatus, default=StepStatus.PENDING)
    version = models.PositiveIntegerField(
        default=0, help_text="Raised by every visible change; the run's version is its own plus those of its steps."
    )
    due_at = models.DateTimeField(null=True, help_text="Not before this time.")
    dispatched_at = models.DateTimeField(null=True, help_text="When a message was last sent for it.")

    epoch = models.PositiveIntegerField(default=0, help_text="Raised by every claim: the fence against late workers.")
    lease_owner = models.CharField(max_length=64, blank=True, help_text="worker id:process id")
    lease_until = models.DateTimeField(null=True)
    crashes = models.PositiveSmallIntegerField(default=0, help_text="Workers that died in it since it last settled.")

    attempts = models.PositiveIntegerField(default=0, help_text="Executions that ended in success or an error.")
    looks = models.PositiveIntegerField(default=0, help_text="Checks of something that was not ready yet.")
    outages = models.PositiveIntegerField(default=0, help_text="Errors in a row that pass by themselves.")
    retries = models.PositiveIntegerField(default=0, help_text="How often a person retried it.")
    waiting_for = models.CharField(max_length=500, blank=True)
    waiting_since = models.DateTimeField(null=True)
    outage_since = models.DateTimeField(null=True)
    slow = models.BooleanField(default=False, help_text="It waits longer than usual.")
    stopping = models.BooleanField(default=False, help_text="The run was cancelled while it ran.")

    memory = models.JSONField(default=dict, help_text="What the step wants to know at its next look.")
    output = models.JSONField(default=dict, help_text="What later steps read.")
    links = models.JSONField(default=list, help_text="[{title, url}] of what it made.")

    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    error_whose = models.CharField(max_length=16, blank=True)
    error_hint = models.CharField(max_length=500, blank=True)
    error_detail = models.TextField(blank=True, help_text="For staff; redacted.")

    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["run", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "position"], name="step_position"),
            models.UniqueConstraint(fields=["run", "name"], name="step_name"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["status", "due_at"], name="step_due"),
            models.Index(fields=["status", "lease_until"], name="step_lease"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def error(self) -> dict[str, Any] | None:
        """What went wrong, whose move it is and what to do: the shape of API.md."""
        if not self.error_code:
            return None
        return {
            "code": self.error_code,
            "message": self.error_message,
            "whose": self.error_whose,
            "hint": self.error_hint,
        }


class Event(models.Model):
    """Something that happened in a run. Written under the run's lock, so ids ascend in the order of commits."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    step = models.CharField(max_length=64, blank=True, help_text="The step's name; empty for the run itself.")
    kind = models.CharField(max_length=32)
    text = models.CharField(max_length=500)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["run", "id"], name="event_run")]

    def __str__(self) -> str:
        return self.text


class Resource(models.Model):
    """The ledger: one row per object in another system that we made, are about to make, or adopted."""

    system = models.CharField(max_length=32)
    kind = models.CharField(max_length=32)
    name = models.CharField(max_length=200, help_text="The object's name in its system, unique there.")
    active_key = models.CharField(
        max_length=255, unique=True, null=True, editable=False, help_text="system:kind:name until the object is gone."
    )
    external_id = models.CharField(max_length=300, blank=True)
    url = models.CharField(max_length=500, blank=True, help_text="Where people see it.")
    mark = models.UUIDField(
        default=uuid4, editable=False, help_text="Written on the object where it has a place for it."
    )
    state = models.CharField(max_length=16, choices=ResourceState, default=ResourceState.INTENDED)
    app = models.ForeignKey(App, on_delete=models.PROTECT, null=True, related_name="resources")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="resources")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="resources")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="resources")
    step = models.CharField(max_length=64, blank=True, help_text="Name of the step that made it.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.system} {self.kind} {self.name}"


class Worker(models.Model):
    """A worker that says every second that it lives; steps of a silent one go on elsewhere (provisioning/pulse.py)."""

    id = models.CharField(primary_key=True, max_length=32)
    host = models.CharField(max_length=100)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-beat_at"]

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"
