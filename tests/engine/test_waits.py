"""Waiting is not failing: it holds no worker and costs no attempt. An outage is waited out."""

import pytest
from pytest_django.fixtures import Settings

from tests.engine.platform import Platform
from tests.workflows.shapes import one, three


def test_a_wait_counts_looks(platform: Platform) -> None:
    run = platform.start(three, two=["wait:0.02", "wait:0.02", "wait:0.02"])
    platform.work(run)
    step = platform.step(run, "two")
    assert (run.status, step.status, step.looks, step.attempts) == ("succeeded", "succeeded", 3, 1)
    assert platform.story(run) == [
        ("", "started"),
        ("one", "succeeded"),
        ("two", "waiting"),  # told once, however often it looks
        ("two", "succeeded"),
        ("three", "succeeded"),
        ("", "run_succeeded"),
    ]


def test_a_waiting_step_says_what_for_and_until_when(platform: Platform) -> None:
    run = platform.start(one, one=["wait:30"])
    platform.deliver()
    step = platform.step(run, "one")
    assert (step.status, step.waiting_for, step.lease_owner) == ("waiting", "ONE is not ready.", "")
    assert step.due_at is not None
    platform.do(step.pk)  # a message that comes too early changes nothing
    assert platform.step(run, "one").version == step.version


def test_a_long_wait_is_marked_slow_and_goes_on(platform: Platform) -> None:
    run = platform.start(one, one=["wait:1.1", "wait:0.01", "wait:0.01"])
    platform.work(run)
    assert run.status == "succeeded"
    assert platform.story(run) == [
        ("", "started"),
        ("one", "waiting"),
        ("one", "slow"),
        ("one", "succeeded"),
        ("", "run_succeeded"),
    ]
    assert platform.step(run, "one").slow


def test_a_wait_ends_with_its_patience(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.workflows.shapes.Scripted.patience", 0.05)
    run = platform.work(platform.start(one, one=["wait:0.06", "wait:0.06", "wait:0.06"]))
    step = platform.step(run, "one")
    assert (run.status, step.error_code, step.error_whose) == ("failed", "timed_out", "remote")
    assert "ONE is not ready." in step.error_message


def test_an_outage_neither_eats_nor_renews_the_patience_of_a_wait(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.workflows.shapes.Scripted.patience", 0.5)
    outage = platform.work(platform.start(one, one=["wait:0.05", "busy:0.6", "wait:0.05"]))
    assert outage.status == "succeeded"
    flapping = platform.start(one, one=["wait:0.2", "busy:0.01"] * 8)
    assert platform.work(flapping).status == "failed"
    assert platform.step(flapping, "one").error_code == "timed_out"


def test_an_outage_is_waited_out(platform: Platform) -> None:
    run = platform.start(one, one=["unreachable", "unsure", "busy:0.01"])
    platform.deliver()
    step = platform.step(run, "one")
    assert (step.status, step.error_code, step.waiting_for) == (
        "waiting",
        "unreachable",
        "The other side says unreachable.",
    )
    platform.work(run)
    step = platform.step(run, "one")
    # Being busy costs no attempt; the two errors and the success do.
    assert (run.status, step.attempts, step.outages, step.error_code) == ("succeeded", 3, 0, "")
    kinds = [kind for name, kind in platform.story(run) if name == "one"]
    assert kinds == ["trouble", "trouble", "trouble", "succeeded"]


def test_an_outage_ends_with_its_patience(platform: Platform, settings: Settings) -> None:
    settings.OUTAGE_PATIENCE_SECONDS = 0.3
    run = platform.work(platform.start(one, one=["unreachable", "unreachable", "unreachable"]))
    step = platform.step(run, "one")
    assert (run.status, step.error_code, step.attempts) == ("failed", "unreachable", 2)


def test_a_refusal_is_not_tried_again(platform: Platform) -> None:
    run = platform.work(platform.start(one, one=["refused"]))
    assert (run.status, platform.calls(run)) == ("failed", ["one"])
