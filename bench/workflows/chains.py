"""What the engine is compared to: bare Celery chains (canvas) of eight tasks, under the same Celery settings.

The last task of a chain says when it ran, by a push to a Redis list: the clock is the machine's, as the database's is.
"""

import time
from functools import cache
from typing import Any

import redis
from celery import chain, shared_task
from django.conf import settings
from django.db import connection, transaction

from bench.workflows.shapes import STEPS
from provisioning.models import Step

ENDED = "bench:ended"
TABLE = Step._meta.db_table

CLAIM = f"UPDATE {TABLE} SET status = 'running', epoch = epoch + 1 WHERE id = %s AND status = 'pending'"
FINISH = f"UPDATE {TABLE} SET status = 'succeeded' WHERE id = %s AND status = 'running'"
READ = f"SELECT id, status FROM {TABLE} WHERE id = %s"


@shared_task(name="bench.nothing")
def nothing(ended: str = "") -> None:
    """No rows, no database."""
    if ended:
        say(ended)


@shared_task(name="bench.two_commits")
def two_commits(step_id: int, ended: str = "") -> None:
    """The least that keeps progress in a row: a claim in one commit, the end in another. The connection stays open."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [step_id])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FINISH, [step_id])
        cursor.execute(READ, [step_id])
    if ended:
        say(ended)


def send_bare(name: str) -> None:
    """Send one chain of tasks that do nothing."""
    send([nothing.si() for _ in range(STEPS - 1)], nothing.si(name))


def send_with_rows(name: str, step_ids: list[int]) -> None:
    """Send one chain of tasks with two commits each, on rows of the engine's own table."""
    *first, last = step_ids
    send([two_commits.si(step_id) for step_id in first], two_commits.si(last, name))


def send(tasks: list[Any], last: Any) -> None:
    """Send a chain."""
    chain(*tasks, last).apply_async()


@cache
def client() -> redis.Redis:
    """This process' connection, made after the fork."""
    return redis.Redis.from_url(settings.REDIS_URL, decode_responses=True)


def say(name: str) -> None:
    """The chain has ended now."""
    client().rpush(ENDED, f"{name} {time.time()}")
