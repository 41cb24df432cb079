"""Runs, events and resources, as far as the caller may see them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet, Sum

from accounts.models import User
from accounts.permissions import sees_team, visible
from config.errors import NotFound
from provisioning import sql
from provisioning.models import Event, Run, Step
from provisioning.statuses import STEP_MET

POLL_MS = 1000
# Nothing is under way but waits: their answers come seldom.
POLL_WAITING_MS = 2000


class RunRow(NamedTuple):
    """A run's own columns. Times are a datetime or, from SQLite, text."""

    id: UUID
    workflow: str
    title: str
    status: str
    app_id: int | None
    team_id: int | None
    team: str | None
    requested_by: str | None
    created_at: Any
    finished_at: Any
    version: int


class StepRow(NamedTuple):
    """What of a step is shown."""

    name: str
    title: str
    system: str
    status: str
    needs: str
    version: int
    attempts: int
    looks: int
    slow: bool
    started_at: Any
    finished_at: Any
    due_at: Any
    waiting_for: str
    links: str
    error_code: str
    error_message: str
    error_whose: str
    error_hint: str


class Tally(NamedTuple):
    """What a run's steps come to."""

    total: int
    done: int
    version: int
    under_way: int
    started_at: Any


# --- One run -----------------------------------------------------------------------------------------------------

# One statement, hence one moment: the run's row and all its steps fit together. By hand, since every open console asks
# for it every second: Django takes longer to put it into SQL anew than the database to answer it.
RUN = """
SELECT r.workflow, r.title, r.status, r.app_id, r.team_id, t.name, u.username, r.created_at, r.finished_at, r.version,
       s.name, s.title, s.system, s.status, s.needs, s.version, s.attempts, s.looks, s.slow, s.started_at,
       s.finished_at, s.due_at, s.waiting_for, s.links, s.error_code, s.error_message, s.error_whose, s.error_hint
  FROM provisioning_step s JOIN provisioning_run r ON r.id = s.run_id
       LEFT JOIN accounts_team t ON t.id = r.team_id LEFT JOIN accounts_user u ON u.id = r.requested_by_id
 WHERE s.run_id = %s ORDER BY s.position"""
OF_RUN = len(RunRow._fields) - 1


def require_run(user: User, run_id: UUID) -> None:
    """Raises NotFound when there is no run that the user may see."""
    if not visible(user, Run.objects.filter(pk=run_id)).exists():
        raise NotFound("run")


def run(user: User, run_id: UUID) -> dict[str, Any]:
    """The run with its steps, as JSON; NotFound when there is none that the user may see."""
    rows = sql.rows(RUN, run_id.hex)
    of_run = RunRow(run_id, *rows[0][:OF_RUN]) if rows else None
    if of_run is None or not sees_team(user, of_run.team_id):
        raise NotFound("run")
    steps = [StepRow(*row[OF_RUN:]) for row in rows]
    shown = summary(of_run, tally(steps))
    shown["steps"] = [step_json(step) for step in steps]
    return shown


def tally(steps: Sequence[StepRow]) -> Tally:
    """Count the steps of one run."""
    return Tally(
        total=len(steps),
        done=sum(step.status in STEP_MET for step in steps),
        version=sum(step.version for step in steps),
        under_way=sum(step.status in ("queued", "running") for step in steps),
        started_at=min((step.started_at for step in steps if step.started_at), default=None),
    )


def summary(run: RunRow, steps: Tally) -> dict[str, Any]:
    """A run without its steps, as JSON. It depends on the rows only, so that it changes no oftener than `version`."""
    final = run.finished_at is not None
    return {
        "id": str(run.id),
        "workflow": run.workflow,
        "title": run.title,
        "status": run.status,
        "application": run.app_id,
        "team": run.team,
        "requested_by": run.requested_by,
        "created_at": iso(run.created_at),
        # Not the run's own column: that one is written a moment after the claim, without a new version.
        "started_at": iso(steps.started_at),
        "finished_at": iso(run.finished_at),
        "progress": {"done": steps.done, "total": steps.total},
        "final": final,
        "poll_after_ms": None if final else POLL_MS if steps.under_way else POLL_WAITING_MS,
        "version": run.version + steps.version,
    }


def step_json(step: StepRow) -> dict[str, Any]:
    """A step as JSON."""
    waits = step.status == "waiting"
    return {
        "name": step.name,
        "title": step.title,
        "system": step.system,
        "status": step.status,
        "needs": step.needs.split(),
        "attempts": step.attempts,
        "looks": step.looks,
        "slow": bool(step.slow),
        "started_at": iso(step.started_at),
        "finished_at": iso(step.finished_at),
        "next_at": iso(step.due_at) if waits else None,
        "waiting_for": step.waiting_for or None,
        "error": error_json(step) if waits or step.status == "failed" else None,
        "links": json.loads(step.links),
    }


def error_json(step: StepRow) -> dict[str, str] | None:
    """What went wrong, or holds a waiting step up."""
    if not step.error_code:
        return None
    return {
        "code": step.error_code,
        "message": step.error_message,
        "whose": step.error_whose,
        "hint": step.error_hint,
    }


def iso(at: Any) -> str | None:
    """ISO 8601 in UTC, with Z. Databases answer a datetime without a zone (it is UTC) or text, Django one with UTC."""
    return f"{str(at)[:26].replace(' ', 'T').partition('+')[0]}Z" if at else None


# --- Lists -------------------------------------------------------------------------------------------------------

FILTERS = {
    "status": "status",
    "workflow": "workflow",
    "application": "app_id",
    "user": "requested_by__username",
    "team": "team__name",
}


def runs(user: User, wanted: dict[str, Any]) -> QuerySet[Run]:
    """The runs that the user may see and wants, see FILTERS."""
    rows = visible(user, Run.objects.select_related("team", "requested_by").defer("inputs"))
    return rows.filter(**{FILTERS[name]: value for name, value in wanted.items()})


def summaries(page: Iterable[Run]) -> list[dict[str, Any]]:
    """Runs of a list as JSON, in their order, with one query for all their steps."""
    rows = list(page)
    tallies = tallied(row.pk for row in rows)
    return [summary(run_row(row), tallies[row.pk]) for row in rows]


def run_row(run: Run) -> RunRow:
    """The columns of a run that was read with its team and its author."""
    team, author = run.team, run.requested_by
    return RunRow(
        run.pk, run.workflow, run.title, run.status, run.app_id, run.team_id, team.name if team else None,
        author.username if author else None, run.created_at, run.finished_at, run.version,
    )  # fmt: skip


def tallied(run_ids: Iterable[UUID]) -> dict[UUID, Tally]:
    """The tally of each run."""
    count = {"total": Count("id"), "done": Count("id", Q(status__in=STEP_MET)), "versions": Sum("version")}
    under_way = Count("id", Q(status__in=("queued", "running")))
    rows = (
        Step.objects.filter(run__in=list(run_ids))
        .order_by()
        .values_list("run_id")
        .annotate(**count, under_way=under_way, begun=Min("started_at"))
    )
    return {row[0]: Tally(*row[1:]) for row in rows}


def events(user: User, run_id: UUID, after: int) -> QuerySet[Event]:
    """What happened in the run after the event with that id, in order; NotFound as for the run."""
    require_run(user, run_id)
    return Event.objects.filter(run=run_id, id__gt=after).select_related("actor").order_by("id")
