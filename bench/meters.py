"""Meters: processor time of processes, statements on the database, messages on the broker."""

from collections import Counter
from typing import Any

import psutil
import redis
from django.db import connection

from tests.processes import Process

# As MariaDB counts them. `control`: what opens and ends a transaction, or switches autocommit.
CONTROL = ("Com_begin", "Com_commit", "Com_rollback", "Com_set_option")
DATA = ("Com_select", "Com_update", "Com_insert", "Com_delete")


def cpu_seconds(*processes: Process) -> float:
    """User and system time of the processes and all their children, dead ones included."""
    return sum(spent(psutil.Process(process.pid)) for process in processes)


def spent(process: psutil.Process) -> float:
    """The time of a process, of its living children, and of those that it has buried."""
    own = process.cpu_times()
    below = sum(spent(child) for child in process.children())
    return float(own.user + own.system + own.children_user + own.children_system + below)


def statements() -> Counter[str]:
    """How many statements everybody but this process has sent since the server's start, by kind."""
    everybody, ours = status("GLOBAL"), status("SESSION")
    return Counter({kind: everybody[kind] - ours[kind] for kind in (*DATA, *CONTROL)})


def status(scope: str) -> dict[str, int]:
    """The server's counters, of all connections or of this process' own."""
    names = ", ".join(f"'{name}'" for name in (*DATA, *CONTROL))
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {scope} STATUS WHERE Variable_name IN ({names})")
        return {name: int(value) for name, value in cursor.fetchall()}


def data(counted: Counter[str]) -> int:
    """Statements that read or write rows."""
    return sum(counted[kind] for kind in DATA)


def control(counted: Counter[str]) -> int:
    """Round trips that only open and end transactions."""
    return sum(counted[kind] for kind in CONTROL)


def messages(client: redis.Redis) -> int:
    """How many messages were put on the broker since its start: kombu pushes each onto a list."""
    commands: Any = client.info("commandstats")
    return int(commands.get("cmdstat_lpush", {}).get("calls", 0))
