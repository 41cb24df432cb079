"""Who has a step has it alone: claims, leases, epochs, the run's lock. Each test was seen to fail without its guard."""

import re
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from provisioning import engine, sql, workflows
from provisioning.engine import LostLease
from provisioning.models import Step
from provisioning.statuses import RUN_ARROWS, STEP_ARROWS
from provisioning.steps.fence import Fence
from tests.engine.platform import Platform, together
from tests.workflows.shapes import diamond, nothing8, one

STATEMENTS = {name: text for name, text in vars(sql).items() if isinstance(text, str)}
CHANGES = {name: text for name, text in STATEMENTS.items() if text.strip().startswith("UPDATE")}


def nobody_died(owner: str) -> bool:
    """No owner is known to be dead."""
    return False


@pytest.mark.parametrize("name", CHANGES)
def test_a_guard_stands_on_the_rows_own_columns(name: str) -> None:
    assert not re.search(r"\b(JOIN|SELECT)\b", CHANGES[name])


def new_status(statement: str) -> set[str]:
    """The statuses that a statement may set."""
    assigned = statement.partition("WHERE")[0].partition(" SET ")[2].replace("WHEN status = 'running'", "")
    found = re.findall(r"\bstatus = ('\w+'|%s)", assigned)
    return {"succeeded", "failed"} if found == ["%s"] else {word.strip("'") for word in found}


@pytest.mark.parametrize("name", [name for name, text in CHANGES.items() if new_status(text)])
def test_a_change_of_status_names_the_status_it_expects(name: str) -> None:
    statement = CHANGES[name]
    expected = re.findall(r"'(\w+)'", statement.partition("WHERE")[2])
    arrows = RUN_ARROWS if f"UPDATE {sql.RUN}" in statement else STEP_ARROWS
    assert expected, "names no expected status"
    assert {(old, new) for old in expected for new in new_status(statement)} <= set(arrows)


def test_a_message_that_comes_twice_does_the_step_once(platform: Platform) -> None:
    run = platform.start(one)
    (step_id,) = platform.letters()
    platform.do(step_id, step_id, step_id)
    assert platform.calls(run) == ["one"]


def test_eight_workers_one_step(platform: Platform) -> None:
    for _ in range(25):
        run = platform.start(one)
        step_id = platform.step(run, "one").pk
        claims = together(8, lambda worker, step_id=step_id: engine.claim(step_id, f"w:{worker}", nobody_died))
        assert len([claim for claim in claims if claim is not None]) == 1
        step = platform.step(run, "one")
        assert (step.epoch, step.crashes) == (1, 0)


def test_a_claim_that_read_an_older_row_gets_nothing(platform: Platform) -> None:
    run = platform.start(one, one=["wait:0"])
    step_id = platform.step(run, "one").pk
    platform.do(step_id)  # the epoch is 1 now, and the step is due again
    assert sql.change(sql.CLAIM, "slow:1", 30, step_id, 0) == 0
    assert sql.change(sql.CLAIM, "slow:1", 30, step_id, 1) == 1


def test_a_late_worker_changes_nothing(platform: Platform) -> None:
    run = platform.start(one)
    step_id = platform.step(run, "one").pk
    late = engine.claim(step_id, "late:1", nobody_died)
    assert late is not None
    sql.change(sql.EXPIRE, -1, step_id, late.epoch)
    platform.do(step_id, by="next:1")
    before = Step.objects.filter(pk=step_id).values().get()
    assert before["status"] == "succeeded"
    with pytest.raises(LostLease):
        engine.renew(late)
    for ended in (
        engine.Ended({}),
        engine.Ended(engine.base.Wait(1, "late")),
        engine.Ended(engine.faults.took_too_long()),
    ):
        with pytest.raises(LostLease):
            engine.settle(late, ended)
    assert Step.objects.filter(pk=step_id).values().get() == before
    assert platform.story(run) == [("", "started"), ("one", "succeeded"), ("", "run_succeeded")]


def test_a_lease_that_was_renewed_is_not_taken(platform: Platform, settings: Settings) -> None:
    settings.LEASE_SECONDS = 0.2
    step_id = platform.step(platform.start(one), "one").pk
    held = engine.claim(step_id, "w:1", nobody_died)
    assert held is not None
    settings.LEASE_SECONDS = 30
    engine.renew(held)
    assert engine.claim(step_id, "w:2", nobody_died) is None


def test_a_join_starts_whichever_branch_is_last(platform: Platform) -> None:
    for _ in range(60):
        run = platform.start(diamond)
        platform.do(platform.step(run, "a").pk)
        ids = [platform.step(run, name).pk for name in "bc"]
        held = [engine.claim(step_id, "w:1", nobody_died) for step_id in ids]
        together(2, lambda index, held=held: engine.settle(held[index], engine.Ended({})))
        assert platform.states(run)[3] == ("d", "queued")
    platform.letters()


def test_two_dispatchers_send_a_step_once(platform: Platform, settings: Settings) -> None:
    runs = [platform.start(one) for _ in range(40)]
    platform.letters()
    Step.objects.filter(run__in=runs).update(dispatched_at=None)
    sent = together(4, lambda _: engine.due())
    ids = [step_id for part in sent for step_id in part]
    assert sorted(ids) == sorted(Step.objects.filter(run__in=runs).values_list("id", flat=True))


def test_a_lost_message_is_sent_again(platform: Platform, settings: Settings) -> None:
    run = platform.start(one)
    lost = platform.letters()
    assert engine.due() == []
    settings.RESEND_SECONDS = -1  # whatever was sent before this moment counts as lost
    assert engine.due() == lost
    platform.do(*lost)
    run.refresh_from_db()
    assert run.status == "succeeded"
    assert engine.due() == []


def test_a_lease_that_ran_out_is_sent_and_taken(platform: Platform) -> None:
    run = platform.start(one)
    step_id = platform.step(run, "one").pk
    held = engine.claim(step_id, "dead:1", nobody_died)
    assert held is not None
    assert engine.due() == []
    sql.change(sql.EXPIRE, -1, step_id, held.epoch)
    assert engine.due() == [step_id]
    platform.do(step_id)
    step = platform.step(run, "one")
    assert (step.status, step.epoch, step.crashes) == ("succeeded", 2, 0)


def test_a_lease_that_ran_out_by_itself_is_no_crash(platform: Platform, settings: Settings) -> None:
    settings.LEASE_SECONDS = -1  # the worker is well and slow
    run = platform.start(one)
    step_id = platform.step(run, "one").pk
    for worker in range(5):
        assert engine.claim(step_id, f"slow:{worker}", nobody_died) is not None
    settings.LEASE_SECONDS = 30
    platform.do(step_id)
    assert (platform.step(run, "one").status, platform.calls(run)) == ("succeeded", ["one"])


def test_a_read_renews_a_lease_that_is_not_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    renewed: list[str] = []
    fence = Fence(lambda: renewed.append("renewed"))
    fence.before_read()
    assert renewed == []
    monkeypatch.setattr("provisioning.steps.fence.FRESH_SECONDS", 0.0)
    fence.before_read()
    fence.before_write()
    assert renewed == ["renewed", "renewed"]


def test_a_child_of_ones_own_that_died_is_taken_over_at_once(platform: Platform) -> None:
    step_id = platform.step(platform.start(one), "one").pk
    assert engine.claim(step_id, "mine:1", nobody_died) is not None
    assert engine.claim(step_id, "mine:2", nobody_died) is None
    taken = engine.claim(step_id, "mine:2", lambda owner: owner == "mine:1")
    assert taken is not None
    assert (taken.epoch, taken.crashes) == (2, 1)


def test_a_step_that_kills_its_workers_is_stopped(platform: Platform) -> None:
    run = platform.start(one)
    step_id = platform.step(run, "one").pk
    for worker in range(3):
        held = engine.claim(step_id, f"w:{worker}", nobody_died)
        assert held is not None
        sql.change(sql.EXPIRE, -1, step_id, held.epoch)
    platform.do(step_id)
    step = platform.step(run, "one")
    assert (step.status, step.error_code, platform.calls(run)) == ("failed", "worker_died", [])


def test_statements_and_messages_of_one_step(platform: Platform) -> None:
    run = platform.start(nothing8)
    platform.deliver()
    (second,) = platform.letters()
    with CaptureQueriesContext(connection) as captured:
        engine.advance(second, "w:1", workflows.find_step, nobody_died)
    statements = [
        query["sql"].split()[0] for query in captured if query["sql"].split()[0] in ("SELECT", "UPDATE", "INSERT")
    ]
    # read, claim; lock the run, succeed, record the event, queue the successor
    assert statements == ["SELECT", "UPDATE", "UPDATE", "UPDATE", "INSERT", "UPDATE"]
    assert len(platform.letters()) == 1
    assert platform.step(run, "nothing_2").status == "queued"


def test_sixty_joins_in_parallel_runs(platform: Platform) -> None:
    runs = [platform.start(diamond) for _ in range(12)]
    platform.letters()
    ids = list(Step.objects.filter(run__in=runs).order_by("position", "id").values_list("id", flat=True))
    for _ in range(4):
        together(4, partial(lambda ids, _: platform.do(*ids), ids))
    assert {status for run in runs for _, status in platform.states(run)} == {"succeeded"}
    assert all(platform.calls(run).count("d") == 1 for run in runs)
