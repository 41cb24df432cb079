"""The engine is only right on a database that is set up for it; a start check refuses anything else."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


def register_checks() -> None:
    """Let `manage.py check --database default`, `migrate` and every start look at the database."""
    register(databases_fit, Tags.database)


def databases_fit(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Look at each database that is named."""
    return [message for alias in databases or () for message in fit(connections[alias])]


def fit(connection: BaseDatabaseWrapper) -> list[CheckMessage]:
    """What keeps the engine from being right on this database."""
    wrong = sqlite_faults(connection) if connection.vendor == "sqlite" else mysql_faults(connection)
    return [Error(message, hint=hint, id="slipway.E010") for message, hint in wrong]


def refuse_unfit_database() -> None:
    """Stop a process whose database is set up wrongly. Raises what the database raises when it is away."""
    wrong = fit(connections["default"])
    if wrong:
        raise ImproperlyConfigured("\n".join(f"{error.msg} {error.hint}" for error in wrong))


def sqlite_faults(connection: BaseDatabaseWrapper) -> list[tuple[str, str]]:
    """WAL and immediate transactions, else writers of other processes meet "database is locked"."""
    found = []
    if value(connection, "PRAGMA journal_mode") not in ("wal", "memory"):
        found.append(
            ("SQLite does not write ahead.", "Put the database file on a local disk; WAL needs shared memory.")
        )
    if connection.settings_dict["OPTIONS"].get("transaction_mode") != "IMMEDIATE":
        found.append(("SQLite's transactions are not immediate.", "Leave OPTIONS in config/settings.py as they are."))
    return found


def mysql_faults(connection: BaseDatabaseWrapper) -> list[tuple[str, str]]:
    """READ COMMITTED, else a join of two branches can hang; UTC, else times are hours off."""
    found = []
    name = "@@transaction_isolation" if getattr(connection, "mysql_is_mariadb", False) is False else "@@tx_isolation"
    if str(value(connection, f"SELECT {name}")).upper() != "READ-COMMITTED":
        hint = "Leave isolation_level in config/settings.py as it is; a proxy in between may have reset it."
        found.append(("The database's isolation is not READ COMMITTED.", hint))
    if value(connection, "SELECT @@time_zone") != "+00:00":
        found.append(("The database session is not in UTC.", "Leave init_command in config/settings.py as it is."))
    return found


def value(connection: BaseDatabaseWrapper, query: str) -> Any:
    """The first column of the first row."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]
