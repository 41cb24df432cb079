"""The fence in front of every call: the step's lease is renewed, or the worker stops at once."""

import time
from collections.abc import Callable

# A lease of 30 s outlives a call of 23 s that begins so many seconds after the last renewal.
FRESH_SECONDS = 5.0


class Fence:
    """Renews one step's lease: before each call that changes something, and before a read when the lease is not fresh.

    Without the second a step that only reads from a slow system would outlive its lease, though its worker is well.
    """

    def __init__(self, renew: Callable[[], None]) -> None:
        self._renew = renew
        self._renewed_at = time.monotonic()

    def before_write(self) -> None:
        """Renew the lease; raises what `renew` raises when another worker has the step."""
        self._renew()
        self._renewed_at = time.monotonic()

    def before_read(self) -> None:
        """Renew the lease unless that was done a moment ago."""
        if time.monotonic() - self._renewed_at > FRESH_SECONDS:
            self.before_write()
