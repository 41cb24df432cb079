"""Waiting for something that happens in another process, with a deadline and with what was last seen."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(condition: Callable[[], T], within: float, every: float = 0.02) -> T:
    """Ask `condition` every `every` seconds until it answers something true, and return that.

    An exception counts as "not yet". After `within` seconds it raises AssertionError with what was last seen. This is
    the one place where tests sleep: what happens in another process cannot be awaited.
    """
    deadline = time.monotonic() + within
    while True:
        late = time.monotonic() >= deadline
        try:
            seen: object = condition()
            if seen:
                return seen  # type: ignore[return-value]
        except Exception as error:  # noqa: BLE001 - whatever the condition meets on its way is what it last saw
            seen = error
        if late:
            name = getattr(condition, "__name__", "the condition")
            raise AssertionError(f"{name} did not come true within {within:g} s; it last saw: {seen!r}")
        time.sleep(every)
