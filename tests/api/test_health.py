"""Health: what lives, what is ready, and what is missing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from monitoring import health
from provisioning.models import Step
from tests.api.world import Api, World
from tests.eventually import eventually
from tests.servers import Redis

GOOD = {"database": "ok", "migrations": "ok", "redis": "ok"}


def test_live(db: None) -> None:
    answer = Api().get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert Api().post("/health/live").status_code == 405


def test_live_asks_nobody(db: None, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        Api().get("/health/live")


@pytest.mark.server
def test_ready(world: World) -> None:
    Step.objects.update(due_at=timezone.now() - timedelta(seconds=90))
    answer = world.nobody.get("/health/ready")
    body = answer.json()
    assert 89 < body.pop("oldest_due_seconds") < 120
    assert answer.status_code == 200
    assert body == {"status": "ok", "missing": [], "checks": GOOD}


@pytest.mark.server
def test_a_migration_that_is_not_applied(world: World) -> None:
    health.migrated.cache_clear()
    MigrationRecorder(connection).migration_qs.filter(app="provisioning", name="0001_initial").delete()
    answer = world.nobody.get("/health/ready")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["migrations"])


@pytest.mark.parametrize("how", ["pause", "stop"])
def test_redis_is_away(world: World, redis_server: Redis, how: str) -> None:
    getattr(redis_server, how)()
    answer = world.nobody.get("/health/ready")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["redis"])
    assert answer.json()["checks"] == {**GOOD, "redis": "away"}
    redis_server.heal()
    eventually(lambda: world.nobody.get("/health/ready").status_code == 200, within=5)
