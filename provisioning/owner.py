"""Who holds a lease: `worker id:process id`. The id is made once in a worker's main process, before it forks."""

import os
from uuid import uuid4

import psutil

WORKER_ID = uuid4().hex


def me() -> str:
    """This process, as the owner of leases."""
    return f"{WORKER_ID}:{os.getpid()}"


def died(owner: str) -> bool:
    """Whether `owner` was a child of this very worker and is dead. Of other workers nothing is known here.

    A redelivered message alone proves nothing: brokers redeliver while the first copy still runs.
    """
    worker_id, _, pid = owner.partition(":")
    return worker_id == WORKER_ID and pid != str(os.getpid()) and not alive(int(pid))


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not reaped yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
