"""The engine refuses a database that is not set up for it."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from provisioning.checks import fit, refuse_unfit_database

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_database_of_the_settings_fits() -> None:
    assert fit(connection) == []


@pytest.mark.only_on("mariadb")
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", "isolation"),
        ("SET time_zone = '+02:00'", "UTC"),
    ],
)
def test_another_isolation_or_time_zone_is_refused(statement: str, words: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    try:
        with pytest.raises(ImproperlyConfigured, match=words):
            refuse_unfit_database()
    finally:
        connection.close()


@pytest.mark.only_on("sqlite")
def test_sqlite_that_locks_others_out_is_refused() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode=DELETE")
    try:
        with pytest.raises(ImproperlyConfigured, match="write ahead"):
            refuse_unfit_database()
    finally:
        connection.close()
        connection.ensure_connection()
    assert fit(connection) == []
