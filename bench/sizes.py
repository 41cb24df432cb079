"""How much is measured: enough to trust a median, or just enough to see that all of it runs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Numbers of repetitions and of things, and seconds."""

    idle_runs: int = 30
    burst_runs: int = 200
    bursts: int = 5
    creations: int = 10
    slow_creations: int = 3
    waits: int = 500
    wait_seconds: float = 10.0
    wait_rounds: int = 3
    load_seconds: int = 5
    load_rounds: int = 3
    counted_requests: int = 20
    recoveries: int = 10
    resend_seconds: int = 15
    demos: int = 3
    bare_demos: int = 1


FULL = Size()
QUICK = Size(
    idle_runs=3,
    burst_runs=10,
    bursts=1,
    creations=1,
    slow_creations=1,
    waits=10,
    wait_seconds=1.0,
    wait_rounds=1,
    load_seconds=1,
    load_rounds=1,
    counted_requests=3,
    recoveries=1,
    resend_seconds=2,
    demos=1,
    bare_demos=0,
)
