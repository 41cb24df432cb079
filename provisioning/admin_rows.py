"""Steps, events, the ledger and the workers in the admin: only to look at."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.safestring import SafeString

from config.admin import ReadOnly
from provisioning import glance, presentation
from provisioning.models import Event, Resource, Step, Worker
from provisioning.presentation import NOTHING
from provisioning.statuses import COLOURS

WORKER_HELP = (
    "A worker says every second that it lives. The steps of a silent one go on in another worker; its row is forgotten "
    "a day later."
)


class Page(ReadOnly):
    """Shows statuses in their colours."""

    class Media:
        css: ClassVar = {"all": ["provisioning/admin.css"]}


def time_of(field: str) -> Callable[[Step], str]:
    """A time to the second, for comparing with logs."""

    @admin.display(description=field.replace("_", " "))
    def shown(step: Step) -> str:
        return presentation.stamp(getattr(step, field))

    return shown


TIMES = [time_of(field) for field in ("due_at", "dispatched_at", "lease_until", "waiting_since", "outage_since")]
INNER_LIFE: Any = (
    "name",
    "position",
    "needs",
    "remembered",
    *TIMES,
    "epoch",
    "lease_owner",
    "crashes",
    "outages",
    "stopping",
)


class StepAdmin(Page):
    """Steps of all runs: what fails against one system tonight, and everything that is known of one step."""

    list_display = ("state", "title", "run_link", "says", "system", "tries", "took")
    list_display_links = ("title",)
    list_filter = ("status", "system", "slow", "error_code")
    list_select_related: ClassVar = ["run"]
    ordering = ("-run_id", "position")
    search_fields = ("title", "name", "error_message", "run__title")
    search_help_text = "Title or name of the step, its error, or the title of its run."
    fieldsets = (
        (None, {"fields": ("state", "run_link", "system", "doing", "tries", "took", "made")}),
        ("What later steps read", {"classes": ("collapse",), "fields": ("given",)}),
        ("For developers", {"classes": ("collapse",), "fields": INNER_LIFE}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Step]:
        rows: QuerySet[Step] = super().get_queryset(request)
        return rows.annotate(now=Now())

    @admin.display(description="Status", ordering="status")
    def state(self, step: Step) -> SafeString:
        """Status, and whether it is slow."""
        return presentation.step_badges(step)

    @admin.display(description="Run")
    def run_link(self, step: Step) -> SafeString:
        """A link to its run."""
        return presentation.run_link(step.run)

    @admin.display(description="Where it stands")
    def says(self, step: Any) -> str:
        """What it waits for or does, or its error, in short."""
        return presentation.one_line(presentation.step_says(step, step.now), 160) or NOTHING

    @admin.display(description="Where it stands")
    def doing(self, step: Any) -> SafeString:
        """What it waits for or does, or its error in full."""
        return presentation.step_in_full(step, step.now)

    @admin.display(description="Tries")
    def tries(self, step: Step) -> str:
        """Attempts, looks and retries."""
        return presentation.tries(step)

    @admin.display(description="Took")
    def took(self, step: Any) -> SafeString:
        """How long since it first began, and when that was."""
        return presentation.step_took(step, step.now)

    @admin.display(description="Links")
    def made(self, step: Step) -> SafeString:
        """What it made."""
        return presentation.aways(step.links)

    @admin.display(description="Output")
    def given(self, step: Step) -> SafeString | str:
        """What later steps read."""
        return presentation.pretty(step.output)

    @admin.display(description="Memory")
    def remembered(self, step: Step) -> SafeString | str:
        """What it wants to know at its next look."""
        return presentation.pretty(step.memory)


class EventAdmin(Page):
    """What happened, over all runs, the latest first."""

    list_display = ("when", "happened", "run_link", "who")
    list_display_links = ("when",)
    list_filter = ("kind",)
    list_select_related: ClassVar = ["run", "actor"]
    ordering = ("-id",)
    search_fields = ("text", "step", "run__title")
    search_help_text = "What happened, the step's name, or the title of the run."
    fields = ("when", "run_link", "step", "kind", "text", "who")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        rows: QuerySet[Event] = super().get_queryset(request)
        return rows.annotate(now=Now())

    @admin.display(description="When", ordering="id")
    def when(self, event: Any) -> SafeString:
        """The time, for comparing with logs, and how long ago."""
        return presentation.lines(("", presentation.stamp(event.at)), ("name", presentation.ago(event.at, event.now)))

    @admin.display(description="What happened")
    def happened(self, event: Event) -> SafeString:
        """In words; the kind is for programs."""
        return presentation.event_says(event)

    @admin.display(description="Run")
    def run_link(self, event: Event) -> SafeString:
        """A link to its run."""
        return presentation.run_link(event.run)

    @admin.display(description="By whom")
    def who(self, event: Event) -> str:
        """The person, where it was one."""
        return str(event.actor or presentation.PLATFORM)


class ResourceAdmin(Page):
    """The ledger: what is ours in the other systems, and which run made it."""

    list_display = ("state_badge", "system", "kind", "where", "owner", "run_link", "changed")
    list_display_links = ("kind",)
    list_filter = ("system", "kind", "state", ("team", admin.RelatedFieldListFilter))
    list_select_related: ClassVar = ["app", "team", "user", "run"]
    ordering = ("-id",)
    search_fields = ("name", "external_id", "app__name")
    search_help_text = "Name, id in the other system, or application."
    fieldsets = (
        (
            None,
            {
                "fields": ("state_badge", "system", "kind", "where", "external_id", "app", "team", "user"),
                "description": "Nothing can be changed here: the object in the other system would not follow.",
            },
        ),
        ("How it came", {"fields": ("run_link", "step", "mark", "created_at", "updated_at")}),
    )

    @admin.display(description="State", ordering="state")
    def state_badge(self, resource: Resource) -> SafeString:
        """Intended, present, adopted or gone."""
        return presentation.badge(resource.state)

    @admin.display(description="Name", ordering="name")
    def where(self, resource: Resource) -> SafeString:
        """The name, linked to the thing."""
        return presentation.away(resource.url, resource.name)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Resource]:
        rows: QuerySet[Resource] = super().get_queryset(request)
        return rows.annotate(now=Now())

    @admin.display(description="Belongs to")
    def owner(self, resource: Resource) -> str:
        """The application, the person or the team."""
        owners = (resource.app, resource.user, resource.team)
        return next((str(owner) for owner in owners if owner), NOTHING)

    @admin.display(description="Changed", ordering="updated_at")
    def changed(self, resource: Any) -> SafeString | str:
        """When the ledger last heard something new of it."""
        return presentation.ago(resource.updated_at, resource.now)

    @admin.display(description="Run")
    def run_link(self, resource: Resource) -> SafeString | str:
        """A link to the run that made it."""
        return presentation.run_link(resource.run) if resource.run else NOTHING


class WorkerAdmin(Page):
    """Who works: alive or silent by the database's clock, and how many steps each holds."""

    list_display = ("pulse", "host", "pid", "beat", "up", "holds")
    list_display_links = ("host",)
    ordering = ("-beat_at",)
    search_fields = ("host", "id")
    search_help_text = "Host, or the worker's id as it stands in a step's lease."
    fieldsets = ((None, {"fields": ("pulse", "host", "pid", "beat", "up", "holds", "id"), "description": WORKER_HELP}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Worker]:
        return glance.with_pulse(super().get_queryset(request))

    @admin.display(description="Pulse", ordering="beat_at")
    def pulse(self, worker: Any) -> SafeString:
        """Alive or silent."""
        return (
            presentation.badge("alive", COLOURS["present"])
            if worker.alive
            else presentation.badge("silent", COLOURS["failed"])
        )

    @admin.display(description="Last beat", ordering="beat_at")
    def beat(self, worker: Any) -> SafeString | str:
        """When it last said that it lives."""
        return presentation.moment(worker.beat_at, worker.now)

    @admin.display(description="Started", ordering="started_at")
    def up(self, worker: Any) -> SafeString | str:
        """Since when it works."""
        return presentation.moment(worker.started_at, worker.now)

    @admin.display(description="Holds")
    def holds(self, worker: Any) -> str:
        """How many steps it is at."""
        return presentation.counted(worker.held, "step")
