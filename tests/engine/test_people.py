"""What people do with runs: retry and cancel."""

import pytest

from config.errors import Refusal
from provisioning import engine, operations
from provisioning.models import Run
from tests.engine.platform import Platform, together
from tests.workflows.shapes import diamond, one, three


def test_a_retry_goes_on_from_what_failed(platform: Platform) -> None:
    run = platform.work(platform.start(three, two=["refused"]))
    assert (run.status, platform.calls(run)) == ("failed", ["one", "two"])
    run = platform.work(operations.retry_run(run_id=run.pk, actor=None))
    assert (run.status, platform.calls(run)) == ("succeeded", ["one", "two", "two", "three"])
    assert platform.story(run) == [
        ("", "started"),
        ("one", "succeeded"),
        ("two", "failed"),
        ("", "run_failed"),
        ("", "retried"),
        ("two", "succeeded"),
        ("three", "succeeded"),
        ("", "run_succeeded"),
    ]
    step = platform.step(run, "two")
    assert (step.attempts, step.retries, step.error_code) == (2, 1, "")


def test_twenty_retries_at_once_are_one(platform: Platform) -> None:
    run = platform.work(platform.start(diamond, b=["refused"], c=["invalid"]))

    def press(_: int) -> str:
        try:
            return operations.retry_run(run_id=run.pk, actor=None).status
        except Refusal as refusal:
            return refusal.code

    answers = together(20, press)
    assert sorted(answers) == ["not_failed"] * 19 + ["running"]
    run.refresh_from_db()
    assert platform.work(run).status == "succeeded"
    assert platform.calls(run) == ["a", "b", "c", "b", "c", "d"]


def test_only_a_failed_run_is_retried(platform: Platform) -> None:
    run = platform.work(platform.start(one))
    with pytest.raises(Refusal, match="only a failed run can be retried"):
        operations.retry_run(run_id=run.pk, actor=None)


def test_cancel_stops_what_has_not_started(platform: Platform) -> None:
    run = platform.start(diamond, key="app:1", b=["wait:30"])
    platform.deliver()
    platform.do(platform.step(run, "b").pk)
    run = operations.cancel_run(run_id=run.pk, actor=None)
    assert (run.status, run.active_key) == ("cancelled", None)
    assert platform.states(run) == [("a", "succeeded"), ("b", "cancelled"), ("c", "cancelled"), ("d", "cancelled")]
    platform.deliver()
    assert platform.calls(run) == ["a", "b"]
    assert platform.story(run)[-1] == ("", "run_cancelled")


def test_cancel_lets_a_running_step_finish_and_keeps_it(platform: Platform) -> None:
    run = platform.start(three, key="app:1")
    held = engine.claim(platform.step(run, "one").pk, "w:1", lambda _: False)
    assert held is not None
    run = operations.cancel_run(run_id=run.pk, actor=None)
    assert (run.status, run.active_key) == ("cancelled", "app:1")
    engine.settle(held, engine.Ended({"id": 7}))
    run.refresh_from_db()
    assert (run.status, run.active_key) == ("cancelled", None)
    assert platform.states(run) == [("one", "succeeded"), ("two", "cancelled"), ("three", "cancelled")]


def test_cancel_ends_a_running_step_that_would_wait(platform: Platform) -> None:
    run = platform.start(three)
    held = engine.claim(platform.step(run, "one").pk, "w:1", lambda _: False)
    assert held is not None
    operations.cancel_run(run_id=run.pk, actor=None)
    engine.settle(held, engine.Ended(engine.base.Wait(1, "not ready")))
    assert platform.states(run) == [("one", "cancelled"), ("two", "cancelled"), ("three", "cancelled")]
    assert Run.objects.get(pk=run.pk).active_key is None


def test_a_failed_run_can_be_given_up(platform: Platform) -> None:
    run = platform.work(platform.start(three, key="app:1", two=["conflict"]))
    run = operations.cancel_run(run_id=run.pk, actor=None)
    assert (run.status, run.active_key) == ("cancelled", None)
    assert platform.states(run) == [("one", "succeeded"), ("two", "failed"), ("three", "cancelled")]
    with pytest.raises(Refusal, match="only a running or failed run can be cancelled"):
        operations.cancel_run(run_id=run.pk, actor=None)
