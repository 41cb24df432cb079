"""The dispatcher: sends what is due and not on its way, once a second. It heals what messages alone would lose.

It is a process, not a periodic Celery task: a healer must not travel through the queue that it heals. Two do no harm.
"""

import logging
import threading
import time

from django.db import DatabaseError, InterfaceError, connection

from provisioning import engine, messages, pulse, sql

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0
SHORTEST_TICK = 0.1
BATCH = 500
TIDY_SECONDS = 3600.0
# Only who has watched without a gap may say that somebody else was silent: after an outage of the database, or after a
# pause of this process, everybody looks silent.
WATCH_SECONDS = pulse.SILENCE_SECONDS + 1.0


class Dispatcher:
    """A loop around `due`, until it is stopped."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self._watching_since = self._last_tick = self._tidied_at = time.monotonic()

    def run(self) -> None:
        """Tick until stopped. The database may come and go."""
        while not self.stopped.is_set():
            try:
                pause = self.tick()
            except (DatabaseError, InterfaceError) as error:
                log.warning("the database is away (%s); the next look is in a second", type(error).__name__)
                connection.close()
                self._watching_since, pause = time.monotonic(), TICK_SECONDS
            self.stopped.wait(pause)

    def tick(self) -> float:
        """Send what is due; answers how long to pause."""
        self._judge_silence()
        self._tidy()
        step_ids = engine.due(BATCH)
        if step_ids and not messages.send_now(step_ids):
            return TICK_SECONDS
        return 0.0 if len(step_ids) >= BATCH else self._pause()

    def _judge_silence(self) -> None:
        now = time.monotonic()
        if now - self._last_tick > TICK_SECONDS + 1:
            self._watching_since = now
        self._last_tick = now
        if now - self._watching_since < WATCH_SECONDS:
            return
        freed = pulse.let_go_of_silent_workers()
        if freed:
            log.warning("%d steps of silent workers go on elsewhere", freed)

    def _tidy(self) -> None:
        if time.monotonic() - self._tidied_at > TIDY_SECONDS:
            self._tidied_at = time.monotonic()
            pulse.forget_old_workers()

    def _pause(self) -> float:
        ((seconds,),) = sql.rows(sql.NEXT_DUE)
        if seconds is None:
            return TICK_SECONDS
        return min(TICK_SECONDS, max(SHORTEST_TICK, float(seconds)))
