"""The one clock that all simulated systems share, so that a test can let an hour pass at once."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime


class Clock:
    """Real time plus what was advanced by hand; a sleeper wakes early when the clock is moved."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._moved: asyncio.Event | None = None

    def now(self) -> float:
        """Seconds since the epoch, as the simulated systems see them."""
        return time.time() + self._ahead

    def date(self, at: float | None = None) -> datetime:
        """The given moment (default: now) as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.now() if at is None else at, UTC)

    def iso(self, at: float | None = None) -> str:
        """`2026-03-01T10:00:05.123Z`: the form that GitLab, Jenkins' stages and Argo CD (with 0 digits) print."""
        return self.date(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def advance(self, seconds: float) -> None:
        """Move the clock forward and wake everybody who sleeps on it. Going back is refused with ValueError."""
        if seconds < 0:
            raise ValueError("the clock only goes forward")
        self._ahead += seconds
        if self._moved is not None:
            self._moved.set()
        self._moved = None

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock, not the wall, has gone on by so many seconds."""
        until = self.now() + seconds
        while (left := until - self.now()) > 0:
            self._moved = self._moved or asyncio.Event()
            try:
                await asyncio.wait_for(self._moved.wait(), left)
            except TimeoutError:
                return
