"""The engine's statements, by hand: each change of a status names the status it expects, in one place.

Conditions stand on the step's own columns only: on MySQL, Django turns a joined filter into SELECT, then UPDATE by id,
and the guard is gone (383 of 400 rows were claimed twice). A row count other than 1 means that somebody else has it.
All times are the database's own, in UTC, so that workers' clocks do not matter.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection

STEP, RUN, EVENT = "provisioning_step", "provisioning_run", "provisioning_event"

# {now}: this moment; {later}: so many seconds from now (takes a parameter); {age:x}: seconds since column x;
# {waiting}: when the wait began, moved on by the outage that has just ended.
DIALECTS = {
    "mysql": {
        "now": "UTC_TIMESTAMP(6)",
        "later": "TIMESTAMPADD(MICROSECOND, 1000000 * %s, UTC_TIMESTAMP(6))",
        "age": "(TIMESTAMPDIFF(MICROSECOND, {0}, UTC_TIMESTAMP(6)) / 1e6)",
        "waiting": "TIMESTAMPADD(MICROSECOND, TIMESTAMPDIFF(MICROSECOND, outage_since, UTC_TIMESTAMP(6)),"
        " waiting_since)",
    },
    "sqlite": {
        "now": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'now')",
        "later": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'now', %s || ' seconds')",
        "age": "((JULIANDAY('now') - JULIANDAY({0})) * 86400.0)",
        "waiting": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', waiting_since,"
        " ((JULIANDAY('now') - JULIANDAY(outage_since)) * 86400.0) || ' seconds')",
    },
}

# What a step's row holds when nobody has touched it.
FRESH = {
    **dict.fromkeys(("version", "epoch", "crashes", "attempts", "looks", "outages", "retries"), "0"),
    **dict.fromkeys(("slow", "stopping"), "FALSE"),
    **dict.fromkeys(("lease_owner", "waiting_for", "error_code", "error_message"), "''"),
    **dict.fromkeys(("error_whose", "error_hint", "error_detail"), "''"),
    **dict.fromkeys(("memory", "output"), "'{}'"),
    "links": "'[]'",
}
NEW_STEP = ("run_id", "position", "name", "title", "system", "needs", "status", "due_at", "dispatched_at")
ADD_STEPS = f"INSERT INTO {STEP} ({', '.join([*NEW_STEP, *FRESH])}) VALUES "
DUE_AT_START = f"SELECT id FROM {STEP} WHERE run_id = %s AND status = 'queued'"

# The whole run, so that a claim knows its siblings and what they put out; the step's own row is among them.
READ = f"""
SELECT s.id, s.run_id, s.name, s.needs, s.status, s.epoch, s.crashes, s.looks, s.outages, s.slow,
       s.lease_owner, s.waiting_for, s.error_code, s.memory, s.output,
       {{age:s.waiting_since}}, {{age:s.outage_since}}, r.workflow, r.started_at
  FROM {STEP} me JOIN {RUN} r ON r.id = me.run_id JOIN {STEP} s ON s.run_id = me.run_id WHERE me.id = %s"""

CLAIM = f"""
UPDATE {STEP} SET status = 'running', epoch = epoch + 1, version = version + 1,
       started_at = COALESCE(started_at, {{now}}), lease_owner = %s, lease_until = {{later}}
 WHERE id = %s AND epoch = %s AND ((status IN ('queued', 'waiting') AND due_at <= {{now}})
       OR (status = 'running' AND lease_until < {{now}}))"""

STARTED = f"UPDATE {RUN} SET started_at = {{now}} WHERE id = %s AND started_at IS NULL"

RENEW = f"UPDATE {STEP} SET lease_until = {{later}} WHERE id = %s AND status = 'running' AND epoch = %s"

# A holder that is dead or silent: the next claim need not wait for the lease to run out. Only this counts as a crash:
# a lease that runs out by itself may belong to a worker that is well and slow, or whose database was away.
EXPIRE = f"""
UPDATE {STEP} SET lease_until = {{later}}, dispatched_at = NULL, crashes = crashes + 1
 WHERE id = %s AND status = 'running' AND epoch = %s AND lease_until >= {{now}}"""

# Always the first statement of a transaction that settles: siblings that settle together would each see the other as
# unfinished, and nobody would start what needs both.
LOCK_RUN = f"UPDATE {RUN} SET version = version + 1 WHERE id = %s"

SUCCEED = f"""
UPDATE {STEP} SET status = 'succeeded', version = version + 1, attempts = attempts + 1, finished_at = {{now}},
       lease_until = NULL, lease_owner = '', crashes = 0, outages = 0, outage_since = NULL, waiting_for = '', slow = %s,
       error_code = '', error_message = '', error_whose = '', error_hint = '', error_detail = '',
       output = %s, links = %s, memory = %s
 WHERE id = %s AND status = 'running' AND epoch = %s"""

FAIL = f"""
UPDATE {STEP} SET status = 'failed', version = version + 1, attempts = attempts + 1, finished_at = {{now}},
       lease_until = NULL, lease_owner = '', waiting_for = '', memory = %s,
       error_code = %s, error_message = %s, error_whose = %s, error_hint = %s, error_detail = %s
 WHERE id = %s AND status = 'running' AND epoch = %s"""

WAIT = f"""
UPDATE {STEP} SET status = 'waiting', version = version + 1, looks = looks + 1, due_at = {{later}},
       dispatched_at = NULL, lease_until = NULL, lease_owner = '', crashes = 0, outages = 0, waiting_for = %s,
       waiting_since = COALESCE(CASE WHEN outage_since IS NULL THEN waiting_since ELSE {{waiting}} END, {{now}}),
       outage_since = NULL, slow = %s, memory = %s,
       error_code = '', error_message = '', error_whose = '', error_hint = '', error_detail = ''
 WHERE id = %s AND status = 'running' AND epoch = %s AND stopping = %s"""

# An outage is no wait: the wait's patience stands still meanwhile (WAIT moves its beginning on; `outage_since` last
# there, since MySQL assigns from left to right).
BACK_OFF = f"""
UPDATE {STEP} SET status = 'waiting', version = version + 1, attempts = attempts + %s, due_at = {{later}},
       dispatched_at = NULL, lease_until = NULL, lease_owner = '', crashes = 0, outages = outages + 1,
       outage_since = COALESCE(outage_since, {{now}}), waiting_for = %s, memory = %s,
       error_code = %s, error_message = %s, error_whose = %s, error_hint = %s, error_detail = %s
 WHERE id = %s AND status = 'running' AND epoch = %s AND stopping = %s"""

STOP = f"""
UPDATE {STEP} SET status = 'cancelled', version = version + 1, finished_at = {{now}}, lease_until = NULL,
       lease_owner = '', waiting_for = ''
 WHERE id = %s AND status = 'running' AND epoch = %s"""

QUEUE = f"""
UPDATE {STEP} SET status = 'queued', version = version + 1, due_at = {{now}}, dispatched_at = {{now}}
 WHERE id = %s AND status = 'pending'"""

STATUSES = f"SELECT name, status FROM {STEP} WHERE run_id = %s"

FINISH = f"""
UPDATE {RUN} SET status = %s, finished_at = {{now}}, active_key = CASE WHEN %s = 'failed' THEN active_key ELSE NULL END
 WHERE id = %s AND status = 'running'"""

# A cancelled run frees its subject when its last running step has ended.
FREE = f"UPDATE {RUN} SET finished_at = {{now}}, active_key = NULL WHERE id = %s AND status = 'cancelled'"

RETRY_RUN = f"""
UPDATE {RUN} SET status = 'running', version = version + 1, finished_at = NULL WHERE id = %s AND status = 'failed'"""

RETRY_STEPS = f"""
UPDATE {STEP} SET status = 'queued', version = version + 1, retries = retries + 1, due_at = {{now}},
       dispatched_at = {{now}}, crashes = 0, outages = 0, outage_since = NULL, waiting_since = NULL, slow = %s,
       finished_at = NULL
 WHERE run_id = %s AND status = 'failed'"""

CANCEL_RUN = f"""
UPDATE {RUN} SET status = 'cancelled', version = version + 1 WHERE id = %s AND status IN ('running', 'failed')"""

CANCEL_STEPS = f"""
UPDATE {STEP} SET status = 'cancelled', version = version + 1, finished_at = {{now}}, waiting_for = ''
 WHERE run_id = %s AND status IN ('pending', 'queued', 'waiting')"""

STOP_STEPS = f"UPDATE {STEP} SET stopping = %s, version = version + 1 WHERE run_id = %s AND status = 'running'"

EVENT_ADDED = f"""
INSERT INTO {EVENT} (run_id, at, step, kind, text, actor_id) VALUES (%s, {{now}}, %s, %s, %s, %s)"""

# As text: SQLite would answer a datetime, which no longer equals the text that is stored.
SEEN = "CAST(dispatched_at AS CHAR)"

# Sent again less and less often: with all workers away for a night the broker must not fill with copies.
DUE = f"""
SELECT id, {SEEN} FROM {STEP} WHERE status IN ('queued', 'waiting') AND due_at <= {{now}}
   AND (dispatched_at IS NULL OR (dispatched_at < {{later}} AND 4 * {{age:dispatched_at}} > {{age:due_at}}))
 ORDER BY due_at LIMIT %s"""

EXPIRED = f"""
SELECT id, {SEEN} FROM {STEP} WHERE status = 'running' AND lease_until < {{now}}
   AND (dispatched_at IS NULL OR dispatched_at < {{later}}) ORDER BY lease_until LIMIT %s"""

# Waits that nobody sent in time: what a worker itself sends when no dispatcher runs.
OVERDUE_WAITS = f"""
SELECT id, {SEEN} FROM {STEP} WHERE status = 'waiting' AND due_at <= {{later}}
   AND dispatched_at IS NULL ORDER BY due_at LIMIT %s"""

SEND_FIRST = f"UPDATE {STEP} SET dispatched_at = {{now}} WHERE id = %s AND dispatched_at IS NULL"
SEND_AGAIN = f"UPDATE {STEP} SET dispatched_at = {{now}} WHERE id = %s AND dispatched_at = %s"
UNSENT = f"UPDATE {STEP} SET dispatched_at = NULL WHERE id = %s AND status IN ('queued', 'waiting')"

NEXT_DUE = f"""
SELECT MIN(-({{age:due_at}})) FROM {STEP} WHERE status IN ('queued', 'waiting') AND dispatched_at IS NULL"""

OLDEST_DUE = f"SELECT MAX({{age:due_at}}) FROM {STEP} WHERE status IN ('queued', 'waiting') AND due_at <= {{now}}"

HELD = f"""
SELECT id, epoch, lease_owner FROM {STEP} WHERE status = 'running' AND lease_until >= {{now}}"""


@cache
def one_step(*, due: bool) -> str:
    """The values of one new step."""
    times = "{now}, {now}" if due else "NULL, NULL"
    return f"(%s, %s, %s, %s, %s, %s, %s, {times}, {', '.join(FRESH.values())})"


def add_steps(steps: Sequence[tuple[Any, ...]]) -> None:
    """Write new steps in one statement: through Django's models, eleven rows cost three milliseconds of CPU.

    Each is (run_id, position, name, title, system, needs, status); a queued one is due now.
    """
    places = ", ".join(one_step(due=step[-1] == "queued") for step in steps)
    change(ADD_STEPS + places, *(value for step in steps for value in step))


@cache
def dialect(statement: str, vendor: str) -> str:
    """`statement` in the words of one database."""
    words = DIALECTS[vendor]
    for column in ("s.waiting_since", "s.outage_since", "due_at", "dispatched_at"):
        statement = statement.replace(f"{{age:{column}}}", words["age"].format(column))
    for word in ("now", "later", "waiting"):
        statement = statement.replace(f"{{{word}}}", words[word])
    return statement


def change(statement: str, *values: Any) -> int:
    """Run a statement that changes rows; answers how many it matched."""
    with connection.cursor() as cursor:
        cursor.execute(dialect(statement, connection.vendor), values)
        return int(cursor.rowcount)


def rows(statement: str, *values: Any) -> Sequence[tuple[Any, ...]]:
    """Run a statement that reads rows."""
    with connection.cursor() as cursor:
        cursor.execute(dialect(statement, connection.vendor), values)
        found: Sequence[tuple[Any, ...]] = cursor.fetchall()
        return found
