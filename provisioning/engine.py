"""The engine: start, claim, perform, settle, due.

A run is rows. Each step is a Celery task of its own that enqueues its successors; the message is the step's id and may
be lost or doubled. The dispatcher sends again what is due and was not taken. Either road alone finishes every run.
No HTTP here, and no knowledge of any system. The statements are in sql.py, the arrows in statuses.py.
"""

import json
import logging
import random
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import connection, transaction

from provisioning import faults, messages, sql
from provisioning.claims import Claim, Ended, Outcome
from provisioning.models import Run
from provisioning.statuses import STEP_ACTIVE, STEP_MET
from provisioning.steps import base
from provisioning.systems.errors import Busy, SystemFault
from provisioning.workflows.base import Workflow

log = logging.getLogger(__name__)

MOST_CRASHES = 3
LONGEST_BACK_OFF = 60.0

Answer = TypeVar("Answer")
FindStep = Callable[[str, str], type[base.Step] | None]
OwnerDied = Callable[[str], bool]


class LostLease(Exception):
    """Another worker has the step: stop at once, change nothing."""


def start(workflow: Workflow, run: Run) -> Run:
    """Write the run and all its steps in the caller's transaction; what is due is sent when that commits.

    Raises IntegrityError when `run.active_key` is taken: one unfinished run per subject.
    """
    run.workflow = workflow.name
    run.save(force_insert=True)
    sql.add_steps(workflow.rows(run.pk.hex))
    sql.change(sql.EVENT_ADDED, run.pk.hex, "", "started", run.title, run.requested_by_id)
    send_on_commit([step_id for (step_id,) in sql.rows(sql.DUE_AT_START, run.pk.hex)])
    return run


def advance(step_id: int, owner: str, find: FindStep, died: OwnerDied) -> None:
    """Do one step, if it is due and nobody else has it. Called once per message: perhaps twice, perhaps never."""
    held = over_a_lost_connection(partial(claim, step_id, owner, died))
    if held is None:
        return
    try:
        ended = over_a_lost_connection(partial(perform, held, find))
        over_a_lost_connection(partial(settle, held, ended))
    except LostLease:
        log.warning("step %s of run %s: another worker has it; nothing was settled", held.name, held.run_id)


def over_a_lost_connection(deed: Callable[[], Answer]) -> Answer:
    """Do it again, once, on a fresh connection: the database may have restarted while the step was performed.

    That is safe: claim and settle are guarded by the epoch, and a step looks before it creates.
    """
    try:
        return deed()
    except faults.DATABASE:
        connection.close()
        return deed()


def claim(step_id: int, owner: str, died: OwnerDied) -> Claim | None:
    """Take the lease on a step that is due; None when it is not due or somebody else has it."""
    found = sql.rows(sql.READ, step_id)
    mine = next((row for row in found if row[0] == step_id), None)
    if mine is None:
        return None
    status, epoch, lease_owner, started_at = mine[4], mine[5], mine[10], mine[18]
    buried = status == "running" and died(lease_owner) and sql.change(sql.EXPIRE, -1, step_id, epoch)
    if sql.change(sql.CLAIM, owner, settings.LEASE_SECONDS, step_id, epoch) != 1:
        return None
    held = Claim.of(mine, found, crashes=mine[6] + int(buried))
    if started_at is None:
        sql.change(sql.STARTED, held.run_id.hex)
    return held


def renew(held: Claim) -> None:
    """Renew the lease before a call that changes something; raises LostLease when another worker has the step."""
    if sql.change(sql.RENEW, settings.LEASE_SECONDS, held.step_id, held.epoch) != 1:
        raise LostLease


def perform(held: Claim, find: FindStep) -> Ended:
    """Run the step's code and answer how it ended. Errors of the database pass: the lease brings the step back."""
    if held.crashes >= MOST_CRASHES:
        return Ended(faults.worker_died(held.crashes), memory=held.memory)
    found = find(held.workflow, held.name)
    if found is None:
        return Ended(faults.unknown_step(held.name), memory=held.memory)
    step, context = found(), base.Context(held, partial(renew, held))
    return Ended(outcome_of(held, step, context), step, context.links, context.memory)


def outcome_of(held: Claim, step: base.Step, context: base.Context) -> Outcome:
    """What the step answers, or why it could not."""
    try:
        outcome = step.run(context)
    except SystemFault as fault:
        return fault
    except SoftTimeLimitExceeded:
        return faults.took_too_long()
    except (LostLease, *faults.DATABASE):
        raise
    except Exception as bug:
        log.exception("step %s of run %s ended in a bug", held.name, held.run_id)
        return faults.bug(bug)
    waited = held.waited - held.outage
    if isinstance(outcome, base.Wait) and waited > step.patience:
        return faults.timed_out(step.title, outcome.why, waited)
    return outcome


def settle(held: Claim, ended: Ended) -> None:
    """Write how the step ended. Raises LostLease, and writes nothing, when another worker has it."""
    outcome = ended.outcome
    if isinstance(outcome, base.Wait):
        wait(held, ended, outcome)
    elif isinstance(outcome, dict):
        succeed(held, ended, outcome)
    elif outcome.again and held.outage <= settings.OUTAGE_PATIENCE_SECONDS:
        back_off(held, ended, outcome)
    else:
        fail(held, ended, outcome)


def succeed(held: Claim, ended: Ended, output: dict[str, Any]) -> None:
    """The step is done: queue what needed only this, and finish the run when nothing is left."""
    values = (held.slow, json.dumps(output), json.dumps(ended.links), json.dumps(ended.memory))
    with transaction.atomic():
        sql.change(sql.LOCK_RUN, held.run_id.hex)
        guarded(sql.SUCCEED, held, *values)
        record(held, "succeeded", f"{title(held, ended)}: done.")
        if not release(held):
            finish(held)


def fail(held: Claim, ended: Ended, fault: SystemFault | faults.Failure) -> None:
    """Somebody must act. The other branches of the run go on to their end."""
    with transaction.atomic():
        sql.change(sql.LOCK_RUN, held.run_id.hex)
        guarded(sql.FAIL, held, json.dumps(ended.memory), *described(fault))
        record(held, "failed", f"{title(held, ended)}: {fault.message}")
        finish(held)


def wait(held: Claim, ended: Ended, outcome: base.Wait) -> None:
    """Not ready: free the worker. People hear of the first wait, of a new reason, and when it gets slow."""
    slow = held.slow or (ended.step is not None and held.waited > ended.step.slow_after)
    values = (outcome.after, outcome.why[:500], slow, json.dumps(ended.memory))
    news = []
    if outcome.why != held.waiting_for:
        news.append(("waiting", f"{title(held, ended)}: waits. {outcome.why}"))
    if slow and not held.slow:
        news.append(("slow", f"{title(held, ended)}: slower than usual. {outcome.why}"))
    put_off(held, sql.WAIT, values, news)


def back_off(held: Claim, ended: Ended, fault: SystemFault | faults.Failure) -> None:
    """An error that passes by itself: try again later, for as long as the patience for outages lasts."""
    counts, pause = (False, fault.after) if isinstance(fault, Busy) else (True, pause_after(held.outages))
    values = (counts, pause, fault.message[:500], json.dumps(ended.memory), *described(fault))
    news = [("trouble", f"{title(held, ended)}: {fault.message}")] if fault.code != held.error_code else []
    put_off(held, sql.BACK_OFF, values, news)


def pause_after(outages: int) -> float:
    """Seconds until the next try; the jitter keeps those whom one outage stopped from coming back in one moment."""
    return min(LONGEST_BACK_OFF, 2.0**outages) * random.uniform(0.5, 1)  # noqa: S311 - nothing secret


def put_off(held: Claim, statement: str, values: tuple[Any, ...], news: list[tuple[str, str]]) -> None:
    """Settle as waiting; a step of a cancelled run ends here instead."""
    with transaction.atomic():
        if news:
            sql.change(sql.LOCK_RUN, held.run_id.hex)
        if sql.change(statement, *values, held.step_id, held.epoch, False) == 1:
            for kind, text in news:
                record(held, kind, text)
            return
    with transaction.atomic():
        sql.change(sql.LOCK_RUN, held.run_id.hex)
        guarded(sql.STOP, held)
        record(held, "cancelled", "It was cancelled before it was done.")
        finish(held)


def guarded(statement: str, held: Claim, *values: Any) -> None:
    """Settle with the epoch as guard."""
    if sql.change(statement, *values, held.step_id, held.epoch) != 1:
        raise LostLease


def release(held: Claim) -> list[int]:
    """Queue the successors whose needs are all met, and send them on commit. The run's row is locked."""
    waiting = held.successors()
    if any(len(sibling.needs) > 1 for sibling in waiting):
        met = {name for name, status in sql.rows(sql.STATUSES, held.run_id.hex) if status in STEP_MET}
        waiting = [sibling for sibling in waiting if met.issuperset(sibling.needs)]
    queued = [sibling.id for sibling in waiting if sql.change(sql.QUEUE, sibling.id) == 1]
    send_on_commit(queued)
    return queued


def finish(held: Claim) -> None:
    """End the run when nothing is under way any more. The run's row is locked."""
    statuses = {status for _, status in sql.rows(sql.STATUSES, held.run_id.hex)}
    if statuses & STEP_ACTIVE:
        return
    ending = "failed" if "failed" in statuses else "succeeded"
    if sql.change(sql.FINISH, ending, ending, held.run_id.hex) == 1:
        record(held, f"run_{ending}", f"The run {ending}.", step="")
    else:
        sql.change(sql.FREE, held.run_id.hex)


def due(limit: int = 500) -> list[int]:
    """Ids of steps that are due and not on their way, each given to one caller only. For the dispatcher."""
    found = [*sql.rows(sql.DUE, -settings.RESEND_SECONDS, limit), *sql.rows(sql.EXPIRED, -5, limit)]
    return [step_id for step_id, seen in found if taken(step_id, seen)]


def overdue_waits(seconds: float, limit: int = 500) -> list[int]:
    """Ids of waits whose time came `seconds` ago and that nobody sent, each given to one caller only."""
    return [step_id for step_id, seen in sql.rows(sql.OVERDUE_WAITS, -seconds, limit) if taken(step_id, seen)]


def taken(step_id: int, seen: Any) -> bool:
    """Whether this caller is the one to send the step; two dispatchers do no harm."""
    if seen is None:
        return sql.change(sql.SEND_FIRST, step_id) == 1
    return sql.change(sql.SEND_AGAIN, step_id, seen) == 1


def send_on_commit(step_ids: list[int]) -> None:
    """Send messages when the rows are committed; an error there is healed by the dispatcher."""
    if step_ids:
        transaction.on_commit(partial(messages.send, step_ids), robust=True)


def record(held: Claim, kind: str, text: str, step: str | None = None) -> None:
    """Write an event. The run's row is locked, so that ids ascend in the order of commits."""
    sql.change(sql.EVENT_ADDED, held.run_id.hex, held.name if step is None else step, kind, text[:500], None)


def described(fault: SystemFault | faults.Failure) -> tuple[str, str, str, str, str]:
    """The error's columns: code, message, whose, hint, detail."""
    return fault.code, fault.message[:500], fault.whose, fault.hint[:500], fault.detail[:4000]


def title(held: Claim, ended: Ended) -> str:
    """How people know the step."""
    return ended.step.title if ended.step else held.name
