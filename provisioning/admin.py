"""Runs as a tired operator wants them: what is wrong, whose move it is, and two buttons. All else is to look at."""

from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from accounts.models import User
from config.admin import link_to
from provisioning import bulk, glance, operations, presentation
from provisioning.admin_rows import EventAdmin, Page, ResourceAdmin, StepAdmin, WorkerAdmin
from provisioning.filters import AgeFilter
from provisioning.inlines import EventRows, ResourceRows, StepRows
from provisioning.models import Event, Resource, Run, Step, Worker

# More at once would hold a request for longer than a person waits.
MOST_AT_ONCE = 500
MORE = ("workflow", "id", "request_id", "began", "ended", "asked", "all_events")


@admin.register(Run)
class RunAdmin(Page):
    """Runs: nothing is edited; failed ones are retried and unfinished ones cancelled, through operations.py."""

    list_display = ("state", "title", "says", "done", "team", "workflow", "requester", "age", "took")
    list_display_links = ("title",)
    list_filter = ("status", "workflow", ("team", admin.RelatedFieldListFilter), AgeFilter)
    list_select_related: ClassVar = ["team", "requested_by"]
    ordering = ("-id",)
    search_fields = ("title", "app__name")
    search_help_text = "Title, application, or the beginning of the run's id."
    actions = ("retry_chosen", "cancel_chosen")
    actions_selection_counter = True
    inlines = (StepRows, EventRows, ResourceRows)
    fieldsets = (
        (None, {"fields": ("state", "trouble", "done", "took", "team", "app", "requested_by", "created")}),
        ("More about it", {"classes": ("collapse",), "fields": MORE}),
    )

    # --- What is shown

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """Runs with the database's time and their steps, in two queries whatever their number."""
        steps = Step.objects.order_by("position").defer("memory", "output", "links", "error_detail")
        rows: QuerySet[Run] = super().get_queryset(request)
        return rows.annotate(now=Now()).prefetch_related(Prefetch("steps", steps))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[QuerySet[Run], bool]:
        """The beginning of an id finds its run; anything else is looked for in titles and names."""
        start = presentation.id_prefix(search_term)
        if start:
            by_id = queryset.filter(pk__startswith=start)
            if by_id.exists():
                return by_id, False
        return super().get_search_results(request, queryset, search_term)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        signs = glance.signs() if request.method == "GET" and self.has_view_permission(request) else []
        return super().changelist_view(request, {"title": "Runs", "signs": signs, **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"may_operate": self.has_operate_permission(request), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    @admin.display(description="Status", ordering="status")
    def state(self, run: Run) -> SafeString:
        """Status in its colour; a cancelled run may still have a step that ends."""
        return presentation.run_badges(run)

    @admin.display(description="Where it stands")
    def says(self, run: Any) -> SafeString | str:
        """The foremost step, in short."""
        return presentation.run_says(run, run.steps.all(), run.now)

    @admin.display(description="Where it stands")
    def trouble(self, run: Any) -> SafeString | str:
        """Every step that is at it or failed, with what to do."""
        return presentation.run_trouble(run, run.steps.all(), run.now)

    @admin.display(description="Done")
    def done(self, run: Run) -> str:
        """Steps done, of how many."""
        return presentation.progress(run.steps.all())

    @admin.display(description="By", ordering="requested_by__username")
    def requester(self, run: Run) -> str:
        """Who asked for it."""
        return str(run.requested_by or presentation.PLATFORM)

    @admin.display(description="Age", ordering="id")
    def age(self, run: Any) -> SafeString | str:
        """Since somebody asked for it."""
        return presentation.ago(run.created_at, run.now)

    @admin.display(description="Took")
    def took(self, run: Any) -> str:
        """From its first step to its end, or until now."""
        return presentation.run_time(run, run.now)

    @admin.display(description="Asked for")
    def created(self, run: Any) -> SafeString | str:
        """When, for comparing with logs, and how long ago."""
        return presentation.moment(run.created_at, run.now)

    @admin.display(description="Began")
    def began(self, run: Any) -> SafeString | str:
        """When its first step was taken."""
        return presentation.moment(run.started_at, run.now)

    @admin.display(description="Ended")
    def ended(self, run: Any) -> SafeString | str:
        """When nothing was left to do."""
        return presentation.moment(run.finished_at, run.now)

    @admin.display(description="Inputs")
    def asked(self, run: Run) -> SafeString | str:
        """What was asked for."""
        return presentation.pretty(run.inputs)

    @admin.display(description="Events")
    def all_events(self, run: Run) -> SafeString:
        """A link to everything that happened."""
        return link_to(f"{reverse('admin:provisioning_event_changelist')}?run__id__exact={run.pk}", "Show all events")

    # --- What may be done

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Retry and cancel are for staff who may change runs."""
        return request.user.has_perm("provisioning.change_run")

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<uuid:run_id>/retry/", self.admin_site.admin_view(self.retry_view), name="provisioning_run_retry"),
            path("<uuid:run_id>/cancel/", self.admin_site.admin_view(self.cancel_view), name="provisioning_run_cancel"),
        ]
        return own + super().get_urls()

    @admin.action(description="Retry what failed", permissions=["operate"])
    def retry_chosen(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        """Go on from the failed steps of each."""
        runs = self.chosen(request, queryset)
        if runs:
            self.do(request, operations.retry_run, runs, "retried")

    @admin.action(description="Cancel…", permissions=["operate"])
    def cancel_chosen(self, request: HttpRequest, queryset: QuerySet[Run]) -> HttpResponse | None:
        """Stop each, after a page that says what that means."""
        runs = self.chosen(request, queryset)
        if runs and "confirmed" not in request.POST:
            return self.confirm(request, runs, request.get_full_path(), request.get_full_path())
        if runs:
            self.do(request, operations.cancel_run, runs, "cancelled")
        return None

    @method_decorator(require_POST)
    def retry_view(self, request: HttpRequest, run_id: UUID) -> HttpResponse:
        """The button on the run's page."""
        run = self.operable(request, run_id)
        self.do(request, operations.retry_run, [run], "retried")
        return HttpResponseRedirect(presentation.page_of(run))

    @method_decorator(require_POST)
    def cancel_view(self, request: HttpRequest, run_id: UUID) -> HttpResponse:
        """The button on the run's page, and on the page that asks once more."""
        run = self.operable(request, run_id)
        if "confirmed" not in request.POST:
            return self.confirm(request, [run], request.path, presentation.page_of(run))
        self.do(request, operations.cancel_run, [run], "cancelled")
        return HttpResponseRedirect(presentation.page_of(run))

    def operable(self, request: HttpRequest, run_id: UUID) -> Run:
        """The run, when this person may act on it; 403 otherwise, 404 when there is none."""
        if not self.has_operate_permission(request):
            raise PermissionDenied
        return get_object_or_404(Run, pk=run_id)

    def chosen(self, request: HttpRequest, queryset: QuerySet[Run]) -> list[Run]:
        """The runs that were ticked, the oldest first; also one that changed so that a filter hides it by now."""
        ticked = (
            queryset
            if request.POST.get("select_across") == "1"
            else Run.objects.filter(pk__in=request.POST.getlist(ACTION_CHECKBOX_NAME))
        )
        runs = list(ticked.order_by("id")[: MOST_AT_ONCE + 1])
        if len(runs) <= MOST_AT_ONCE:
            return runs
        self.message_user(request, f"At most {MOST_AT_ONCE} runs at once. Nothing was done.", messages.ERROR)
        return []

    def do(self, request: HttpRequest, operation: bulk.Operation, runs: list[Run], word: str) -> None:
        """Do it to each, write it into the history, and say what happened to each."""
        tally = bulk.each(operation, runs, cast(User, request.user))
        for run in tally.done:
            self.log_change(request, run, f"Run {word}.")
        level = messages.WARNING if tally.refused else messages.SUCCESS
        said = format_html_join("", "<div>{}</div>", ((sentence,) for sentence in tally.sentences(word)))
        self.message_user(request, said, level if tally.done else messages.ERROR)

    def confirm(self, request: HttpRequest, runs: list[Run], action: str, back: str) -> HttpResponse:
        """Ask once more before runs are cancelled."""
        possible = [run for run in runs if run.status not in ("succeeded", "cancelled")]
        context = {
            **self.admin_site.each_context(request),
            "title": "Cancel runs" if len(runs) > 1 else "Cancel this run",
            "opts": self.opts,
            "media": self.media,
            "rows": [(run, presentation.run_badges(run), run in possible) for run in runs],
            "possible": len(possible),
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
            "action": action,
            "back": back,
        }
        return TemplateResponse(request, "admin/provisioning/run/cancel.html", context)


admin.site.register(Step, StepAdmin)
admin.site.register(Event, EventAdmin)
admin.site.register(Resource, ResourceAdmin)
admin.site.register(Worker, WorkerAdmin)
