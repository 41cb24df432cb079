"""Too many attempts to log in: counted per name and per address, in fixed windows.

Counted before the password is looked at, so that attempts side by side count too; one that succeeds is taken back. The
counts are in Redis, shared by all web processes; while Redis is away each process counts for itself.
"""

import hashlib
import logging
import time

from django.conf import settings
from django.core.cache import BaseCache, cache
from django.core.cache.backends.locmem import LocMemCache
from django.http import HttpRequest

from config.errors import TooMany

log = logging.getLogger(__name__)

WINDOW_SECONDS = 300
MOST_OF_NAME = 10
# People of one office share an address.
MOST_OF_ADDRESS = 100
# After Redis did not answer, leave it alone for so long: each try may take its full timeout.
AWAY_SECONDS = 5

clock = time.time


class Counts:
    """Counts that begin at 0 in each window; in Redis, or in this process while Redis is away."""

    def __init__(self) -> None:
        self._own = LocMemCache("login", {})
        self._redis_away_until = 0.0

    def change(self, of: str, by: int) -> int:
        """The count after the change."""
        if time.monotonic() >= self._redis_away_until:
            try:
                return changed(cache, of, by)
            except Exception as error:  # noqa: BLE001 - any failure of the cache counts the same: people must get in
                log.warning("attempts to log in are counted in this process only: %s", type(error).__name__)
                self._redis_away_until = time.monotonic() + AWAY_SECONDS
        return changed(self._own, of, by)


counts = Counts()


def changed(store: BaseCache, of: str, by: int) -> int:
    """Add to a count of `store`."""
    store.add(of, 0, WINDOW_SECONDS * 2)
    return store.incr(of, by)


def address_of(request: HttpRequest) -> str:
    """Where a request comes from. Behind our proxy everybody has the proxy's address; it appends the caller's."""
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")) if settings.BEHIND_PROXY else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


def admit(name: str, address: str) -> None:
    """Count an attempt; raises TooMany when the name or the address had too many."""
    window, passed = divmod(int(clock()), WINDOW_SECONDS)
    most = {key("address", address, window): MOST_OF_ADDRESS, key("name", name, window): MOST_OF_NAME}
    if any(counts.change(of, 1) > limit for of, limit in most.items()):
        raise TooMany(WINDOW_SECONDS - passed)


def forgive(name: str, address: str) -> None:
    """Take the attempt back: it succeeded."""
    window = int(clock()) // WINDOW_SECONDS
    counts.change(key("address", address, window), -1)
    counts.change(key("name", name, window), -1)


def key(kind: str, what: str, window: int) -> str:
    """What is counted; hashed, since names are whatever callers send."""
    return f"login:{kind}:{hashlib.sha256(what.encode()).hexdigest()[:32]}:{window}"
