"""What somebody who is woken at night wants to know first: how many runs are in trouble, and whether anything works."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, Now

from provisioning.models import Event, Run, Step, Worker
from provisioning.presentation import counted, in_words
from provisioning.pulse import SILENCE_SECONDS

STUCK_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Sign:
    """One thing to see at a glance; `query` filters the list of runs by it."""

    text: str
    bad: bool
    query: str = ""
    page: str = "provisioning_run"

    @property
    def url_name(self) -> str:
        """The list to look at."""
        return f"admin:{self.page}_changelist"


def stuck(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Runs that have been running for more than an hour since they began or were last retried."""
    since = Now() - STUCK_AFTER
    retried = Event.objects.filter(run=OuterRef("pk"), kind="retried", at__gte=since)
    return runs.filter(~Exists(retried), status="running", created_at__lt=since)


def signs() -> list[Sign]:
    """Runs that failed, are stuck, or under way; workers; the oldest step that should be running and is not."""
    counts = Run.objects.filter(status__in=["failed", "running"]).aggregate(
        failed=Count("pk", filter=Q(status="failed")), running=Count("pk", filter=Q(status="running"))
    )
    stuck_runs = stuck(Run.objects.all()).count()
    return [
        Sign(f"{counts['failed']} failed", counts["failed"] > 0, "status__exact=failed"),
        Sign(f"{stuck_runs} stuck", stuck_runs > 0, "age=stuck"),
        Sign(f"{counts['running']} running", False, "status__exact=running"),
        workers(),
        oldest_due(),
    ]


def with_pulse(rows: QuerySet[Worker]) -> QuerySet[Worker]:
    """Workers with the database's time (`now`), whether they are `alive`, and how many steps they have `held`."""
    leases = Step.objects.filter(status="running", lease_owner__startswith=OuterRef("pk")).order_by()
    count = leases.annotate(one=Value(1)).values("one").annotate(number=Count("pk")).values("number")
    alive = Q(beat_at__gte=Now() - timedelta(seconds=SILENCE_SECONDS))
    return rows.annotate(now=Now(), alive=ExpressionWrapper(alive, BooleanField()), held=Coalesce(Subquery(count), 0))


def workers() -> Sign:
    """Who is alive: nobody is the worst that can be."""
    alive_since = Now() - timedelta(seconds=SILENCE_SECONDS)
    beats = Worker.objects.aggregate(
        alive=Count("pk", filter=Q(beat_at__gte=alive_since)), silent=Count("pk", filter=Q(beat_at__lt=alive_since))
    )
    text = f"{counted(beats['alive'], 'worker')} alive"
    if beats["silent"]:
        text += f", {beats['silent']} silent"
    return Sign(text, beats["alive"] == 0, page="provisioning_worker")


def oldest_due() -> Sign:
    """The platform's pulse: the age of the oldest step that is due and that no worker has."""
    due = Step.objects.filter(status__in=["queued", "waiting"], due_at__lte=Now()).aggregate(
        oldest=Min("due_at"), now=Max(Now())
    )
    if due["oldest"] is None:
        return Sign("no step is overdue", False)
    seconds = (due["now"] - due["oldest"]).total_seconds()
    return Sign(f"the oldest due step has waited {in_words(seconds)}", seconds > 2 * settings.RESEND_SECONDS)
