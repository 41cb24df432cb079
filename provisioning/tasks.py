"""The one Celery task: do one step. And what a worker process does when it starts and ends."""

import time
from typing import Any

from celery import Task, shared_task, signals
from django.db import connection

from config import checks
from provisioning import engine, messages, owner, workflows
from provisioning.checks import refuse_unfit_database
from provisioning.pulse import Pulse, hello


@shared_task(name=messages.TASK, bind=True)
def run_step(self: Task, step_id: int) -> None:
    """Do the step, if it is due and nobody else has it; its successors are sent by `settle`."""
    drop_bad_connection()
    engine.advance(step_id, owner.me(), workflows.find_step, owner.died)


def drop_bad_connection() -> None:
    """Begin with a fresh connection after an error or when the old one has had its time (CONN_MAX_AGE)."""
    if connection.errors_occurred or (connection.close_at is not None and time.monotonic() >= connection.close_at):
        connection.close()


pulse = Pulse()


@signals.worker_init.connect
def begin(**kwargs: Any) -> None:
    """Refuse wrong settings, then say that the worker lives before it takes its first message."""
    checks.refuse_to_start()
    refuse_unfit_database()
    hello()


@signals.worker_ready.connect
def beat(**kwargs: Any) -> None:
    """Start the pulse, in the main process. A hung broker must not hold it, so messages go from another thread."""
    messages.send_in_background()
    pulse.start()


@signals.worker_shutdown.connect
def end(**kwargs: Any) -> None:
    """Stop the pulse."""
    if pulse.is_alive():
        pulse.stop()
