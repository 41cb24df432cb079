"""What people may do with a run: the one door for API, admin and command line."""

from functools import partial
from uuid import UUID

from django.db import transaction

from accounts.models import User
from config.errors import Refusal
from provisioning import messages, sql
from provisioning.models import Run, Step


def retry_run(*, run_id: UUID, actor: User | None) -> Run:
    """Go on from what failed. Pressed twenty times at once, it retries once; the others are refused (`not_failed`)."""
    with transaction.atomic():
        if sql.change(sql.RETRY_RUN, run_id.hex) != 1:
            raise not_allowed(run_id, "not_failed", "retried", "only a failed run can be")
        failed = Step.objects.filter(run_id=run_id, status="failed").order_by("position")
        steps = list(failed.values_list("id", "title"))
        sql.change(sql.RETRY_STEPS, False, run_id.hex)
        record(run_id, "retried", f"Retried: {', '.join(title for _, title in steps)}.", actor)
        transaction.on_commit(partial(messages.send, [step_id for step_id, _ in steps]), robust=True)
    return Run.objects.get(pk=run_id)


def cancel_run(*, run_id: UUID, actor: User | None) -> Run:
    """Stop: steps not started are cancelled, a running one finishes and is kept. Nothing is taken down."""
    with transaction.atomic():
        if sql.change(sql.CANCEL_RUN, run_id.hex) != 1:
            raise not_allowed(run_id, "already_final", "cancelled", "only a running or failed run can be")
        sql.change(sql.CANCEL_STEPS, run_id.hex)
        if sql.change(sql.STOP_STEPS, True, run_id.hex) == 0:
            sql.change(sql.FREE, run_id.hex)
        record(run_id, "run_cancelled", "The run was cancelled; what it made stays.", actor)
    return Run.objects.get(pk=run_id)


def record(run_id: UUID, kind: str, text: str, actor: User | None) -> None:
    """Write an event of the run. The run's row is locked."""
    sql.change(sql.EVENT_ADDED, run_id.hex, "", kind, text[:500], actor.pk if actor else None)


def not_allowed(run_id: UUID, code: str, done: str, rule: str) -> Refusal:
    """The run's status does not allow it. Raises Run.DoesNotExist when there is no such run."""
    status = Run.objects.values_list("status", flat=True).get(pk=run_id)
    return Refusal(code, f"The run is {status}: {rule} {done}.", run=str(run_id))
