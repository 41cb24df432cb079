"""A worker's pulse: says every second that the worker lives, and lets go of what its dead children held.

It is a thread of the worker's main process, not a timer of Celery's loop: that loop stands still while Redis is away.
"""

import logging
import os
import socket
import threading
from datetime import timedelta

from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from provisioning import engine, messages, owner, sql
from provisioning.models import Worker

log = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
# A worker that was silent for so long is taken for dead. If it only stood still, the fence keeps it from doing harm.
SILENCE_SECONDS = 3.0
# Without a dispatcher the workers send their waits themselves, so much later than it would.
GRACE_SECONDS = 1.5


class Pulse(threading.Thread):
    """Beats until it is stopped."""

    def __init__(self) -> None:
        super().__init__(name="pulse", daemon=True)
        self._ended = threading.Event()

    def run(self) -> None:
        """One beat a second. One that fails (the database is away, a fork closed the socket) is a beat missed."""
        while not self._ended.wait(BEAT_SECONDS):
            try:
                beat()
                bury_children()
                messages_for_waits()
            except Exception as error:  # noqa: BLE001 - the next beat may be well again
                log.warning("a beat was missed: %s", type(error).__name__)
            # A child that forks off while the connection is open would close it under us when it drops its copy.
            connection.close()

    def stop(self) -> None:
        """End, and say goodbye so that nobody waits for this worker."""
        self._ended.set()
        Worker.objects.filter(id=owner.WORKER_ID).delete()


def hello() -> None:
    """Say for the first time that the worker lives; before its first claim, else it would be taken for dead."""
    now = timezone.now()
    Worker.objects.update_or_create(
        id=owner.WORKER_ID,
        defaults={"host": socket.gethostname()[:100], "pid": os.getpid(), "started_at": now, "beat_at": Now()},
    )
    connection.close()


def beat() -> None:
    """Say that the worker lives."""
    if not Worker.objects.filter(id=owner.WORKER_ID).update(beat_at=Now()):
        hello()


def bury_children() -> None:
    """Let go of the steps that dead children of this worker held."""
    for step_id, epoch, holder in sql.rows(sql.HELD):
        if owner.died(holder):
            log.warning("a child of this worker died in step %s; it goes on elsewhere", step_id)
            sql.change(sql.EXPIRE, -1, step_id, epoch)


def messages_for_waits() -> None:
    """Send waits whose time came and that no dispatcher took."""
    step_ids = engine.overdue_waits(GRACE_SECONDS)
    if step_ids:
        messages.send(step_ids)


def let_go_of_silent_workers() -> int:
    """Shorten the leases of workers that are silent; answers how many steps go on elsewhere. For the dispatcher."""
    held = sql.rows(sql.HELD)
    # Read second: a worker that said hello and claimed in between must not look dead.
    since = Now() - timedelta(seconds=SILENCE_SECONDS)
    living = set(Worker.objects.filter(beat_at__gte=since).values_list("id", flat=True))
    silent = [row for row in held if row[2].partition(":")[0] not in living]
    return sum(sql.change(sql.EXPIRE, -1, step_id, epoch) for step_id, epoch, _ in silent)


def forget_old_workers() -> None:
    """Remove the rows of workers that ended without a goodbye, a day later."""
    Worker.objects.filter(beat_at__lt=Now() - timedelta(days=1)).delete()
