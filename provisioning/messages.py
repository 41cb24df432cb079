"""Messages that wake workers. A message is a step's id and may be lost; the dispatcher sends it again.

Sending has one try and short timeouts, and an error is never the caller's: the row is marked as unsent and the
dispatcher's next look heals it. A web process hands the sending to a thread, so that a hung Redis holds no request.
"""

import logging
import queue
import threading

from celery import current_app
from django.db import close_old_connections

from provisioning import sql

log = logging.getLogger(__name__)

TASK = "provisioning.run_step"


def publish(step_ids: list[int]) -> None:
    """Send one message for each step over one connection. Raises what the broker raises."""
    with current_app.producer_pool.acquire(block=True, timeout=2) as producer:
        for step_id in step_ids:
            current_app.send_task(TASK, args=(step_id,), producer=producer, ignore_result=True)


def send_now(step_ids: list[int]) -> bool:
    """Send in this thread; on an error the steps are marked as unsent. Answers whether the broker took them."""
    try:
        publish(step_ids)
    except Exception as error:  # noqa: BLE001 - refused, hung, out of memory, pool exhausted: all heal in one way
        log.warning("%d messages were not sent (%s); the dispatcher sends them", len(step_ids), type(error).__name__)
        for step_id in step_ids:
            sql.change(sql.UNSENT, step_id)
        return False
    return True


class Sender(threading.Thread):
    """Sends from a thread of its own. What is still in its queue when the process ends is sent by the dispatcher."""

    def __init__(self) -> None:
        super().__init__(name="sender", daemon=True)
        self._queue: queue.SimpleQueue[list[int]] = queue.SimpleQueue()

    def put(self, step_ids: list[int]) -> None:
        """Send soon."""
        self._queue.put(step_ids)

    def run(self) -> None:
        """Send what comes, all that is there at once."""
        while True:
            step_ids = list(self._queue.get())
            while not self._queue.empty():
                step_ids += self._queue.get()
            try:
                send_now(step_ids)
            except Exception:
                # The database is away too: the rows keep their time of sending, and are due again in RESEND_SECONDS.
                log.exception("messages could be neither sent nor marked as unsent")
            close_old_connections()


sender = Sender()


def send_in_background() -> None:
    """From now on `send` does not wait for the broker. For processes that answer people."""
    if not sender.is_alive():
        sender.start()


def send(step_ids: list[int]) -> None:
    """Send one message for each step; never raises for the broker."""
    if sender.is_alive():
        sender.put(step_ids)
    else:
        send_now(step_ids)
