"""Whether this process lives, and whether it has what it needs."""

import logging
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

from provisioning import checks, sql

log = logging.getLogger(__name__)

T = TypeVar("T")

SECONDS = 0.5


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """200: the process answers. It looks at nothing else, so that an outage elsewhere restarts nothing."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200, or 503 with what is missing of database, migrations and redis.

    `oldest_due_seconds` is the age of the oldest step that is due and not taken: the engine's health, for alerts.
    """
    found = {"database": look(database), "migrations": look(migrations), "redis": look(broker)}
    missing = [name for name, state in found.items() if state != "ok"]
    body = {
        "status": "unavailable" if missing else "ok",
        "missing": missing,
        "checks": found,
        "oldest_due_seconds": look(oldest_due) if {found["database"], found["migrations"]} == {"ok"} else None,
    }
    return JsonResponse(body, status=503 if missing else 200)


def look(at: Callable[[], T]) -> T | str:
    """What it says (`ok`), or what is wrong in a few words; never an exception's text, which may hold an address."""
    try:
        return at()
    except (DatabaseError, InterfaceError, redis.RedisError, OSError) as error:
        log.warning("not ready: %s: %s", at.__name__, error)
        return "away"


def database() -> str:
    """It answers, and is set up as the engine needs it."""
    wrong = checks.fit(connection)
    return "ok" if not wrong else " ".join(message.msg for message in wrong)


class NotMigrated(Exception):
    """A migration of this code is not applied."""


def migrations() -> str:
    """Every migration of this code is applied."""
    try:
        return migrated()
    except NotMigrated:
        return "missing"


@cache
def migrated() -> str:
    """Once they are applied they stay so while this process lives: looked at until then (an exception is not kept)."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotMigrated
    return "ok"


@cache
def broker_client() -> Any:
    """One try, short: a probe must answer."""
    once = Retry(NoBackoff(), 0)
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=once)


def broker() -> str:
    """Redis answers. Without an address everything is in one process, and nothing can be away."""
    if settings.REDIS_URL:
        broker_client().ping()
    return "ok"


def oldest_due() -> float:
    """Seconds; 0 when nothing is overdue."""
    ((seconds,),) = sql.rows(sql.OLDEST_DUE)
    return round(float(seconds or 0), 3)
