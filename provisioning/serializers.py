"""The shapes of runs, events and resources as they go out, and of what is asked of a run.

Runs are read most of all, by every open console every second: their JSON is put together by hand out of rows
(provisioning/queries.py); the classes here describe it for the documentation, and a test holds the two together.
"""

from typing import Any

from rest_framework import serializers

from provisioning.models import Event, Resource
from provisioning.statuses import RunStatus, StepStatus


class LinkShape(serializers.Serializer[Any]):
    """Something to click on."""

    title = serializers.CharField()
    url = serializers.URLField()


class ErrorShape(serializers.Serializer[Any]):
    """Why a step failed, or what holds it up; `whose` is remote, operator, requester or platform."""

    code = serializers.CharField()
    message = serializers.CharField()
    whose = serializers.CharField()
    hint = serializers.CharField()


class StepShape(serializers.Serializer[Any]):
    """A step. A waiting one says what it waits for and when it looks again."""

    name = serializers.CharField()
    title = serializers.CharField()
    system = serializers.CharField()
    status = serializers.ChoiceField(StepStatus.choices)
    needs = serializers.ListField(child=serializers.CharField())
    attempts = serializers.IntegerField(help_text="Executions that ended in an error or success.")
    looks = serializers.IntegerField(help_text="Checks of something that was not ready yet.")
    slow = serializers.BooleanField(help_text="It waits longer than usual.")
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    next_at = serializers.DateTimeField(allow_null=True)
    waiting_for = serializers.CharField(allow_null=True)
    error = ErrorShape(allow_null=True)
    links = LinkShape(many=True)


class ProgressShape(serializers.Serializer[Any]):
    """How many steps are done."""

    done = serializers.IntegerField()
    total = serializers.IntegerField()


class RunSummaryShape(serializers.Serializer[Any]):
    """A run in a list. `final`: nothing will change without a person."""

    id = serializers.UUIDField()
    workflow = serializers.CharField()
    title = serializers.CharField()
    status = serializers.ChoiceField(RunStatus.choices)
    application = serializers.IntegerField(allow_null=True)
    team = serializers.CharField(allow_null=True)
    requested_by = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    progress = ProgressShape()
    final = serializers.BooleanField()
    poll_after_ms = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField()


class RunShape(RunSummaryShape):
    """A run with its steps, in the order shown."""

    steps = StepShape(many=True)


class EventShape(serializers.ModelSerializer[Event]):
    """Something that happened in a run; `id` is what `after` takes."""

    step = serializers.SerializerMethodField()
    actor = serializers.CharField(source="actor.username", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Event
        fields = ("id", "at", "step", "kind", "text", "actor")
        read_only_fields = fields

    def get_step(self, event: Event) -> str | None:
        """The step's name; null for the run itself."""
        return event.step or None


class ResourceShape(serializers.ModelSerializer[Resource]):
    """An object in another system: its id there, and where people see it."""

    id = serializers.CharField(source="external_id", read_only=True)
    link = serializers.CharField(source="url", read_only=True)

    class Meta:
        model = Resource
        fields = ("system", "kind", "name", "id", "link", "state", "created_at")
        read_only_fields = fields


class RunFilter(serializers.Serializer[dict[str, Any]]):
    """Which runs a list shall hold."""

    status = serializers.ChoiceField(RunStatus.choices, required=False)
    workflow = serializers.CharField(required=False, max_length=64)
    application = serializers.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
    user = serializers.CharField(required=False, max_length=32, help_text="A username.")
    team = serializers.CharField(required=False, max_length=32, help_text="A team's name.")


class EventsAfter(serializers.Serializer[dict[str, int]]):
    """From where on events are wanted."""

    after = serializers.IntegerField(default=0, min_value=0, max_value=2**63 - 1)


class CancelShape(serializers.Serializer[dict[str, bool]]):
    """How to stop."""

    undo = serializers.BooleanField(default=False, help_text="Take down what the run made. Not possible yet.")
