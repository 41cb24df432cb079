"""What the page of a run shows below it: its steps, what happened, what it made. Only to look at."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from provisioning import presentation
from provisioning.models import Event, Resource, Step

LAST_EVENTS = 200


class Rows(admin.TabularInline):
    """Rows of a run that nobody changes. Whoever may see the run sees them."""

    extra = max_num = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody may."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody may."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody may."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may see runs."""
        user = request.user
        return user.has_perm("provisioning.view_run") or user.has_perm("provisioning.change_run")


class StepRows(Rows):
    """The steps in their order, each with what somebody needs who wants to know why it stands still."""

    model = Step
    ordering = ("position",)
    fields = readonly_fields = ("state", "step", "says", "tries", "took", "made")
    verbose_name_plural = "steps, in their order"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Step]:
        rows: QuerySet[Step] = super().get_queryset(request)
        return rows.annotate(now=Now()).defer("memory", "output")

    @admin.display(description="Status")
    def state(self, step: Step) -> SafeString:
        """Status, and whether it is slow."""
        return presentation.step_badges(step)

    @admin.display(description="Step")
    def step(self, step: Step) -> SafeString:
        """Title, system, and the name that the API uses."""
        where = f"{step.name} in {step.system}" if step.system else step.name
        return presentation.lines(("title", step.title), ("name", where))

    @admin.display(description="Where it stands")
    def says(self, step: Any) -> SafeString:
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


class LastEvents(BaseInlineFormSet):
    """Only the last events: a run that was retried for a week has thousands."""

    def get_queryset(self) -> QuerySet[Any]:
        if not hasattr(self, "last"):
            self.last = super().get_queryset()[:LAST_EVENTS]
        return self.last


class EventRows(Rows):
    """What happened, the latest first."""

    model = Event
    formset = LastEvents
    ordering = ("-id",)
    fields = readonly_fields = ("when", "happened", "who")
    verbose_name_plural = f"what happened (the last {LAST_EVENTS}, latest first)"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        rows: QuerySet[Event] = super().get_queryset(request)
        return rows.annotate(now=Now()).select_related("actor")

    @admin.display(description="When")
    def when(self, event: Any) -> SafeString | str:
        """The time, for comparing with logs, and the age."""
        return presentation.moment(event.at, event.now)

    @admin.display(description="What happened")
    def happened(self, event: Event) -> SafeString:
        """In words; the kind is for programs."""
        return presentation.event_says(event)

    @admin.display(description="By whom")
    def who(self, event: Event) -> str:
        """The person, where it was one."""
        return str(event.actor or presentation.PLATFORM)


class ResourceRows(Rows):
    """What the run made in other systems, according to the ledger."""

    model = Resource
    ordering = ("id",)
    fields = readonly_fields = ("badge", "system", "kind", "where", "external_id", "step")
    verbose_name_plural = "what it made in other systems"

    @admin.display(description="State")
    def badge(self, resource: Resource) -> SafeString:
        """Intended, present, adopted or gone."""
        return presentation.badge(resource.state)

    @admin.display(description="Name")
    def where(self, resource: Resource) -> SafeString:
        """The name, linked to the thing."""
        return presentation.away(resource.url, resource.name)
