"""Stories of runs, each asserting the whole ordered list of what happened."""

import pytest
from django.db import IntegrityError, transaction

from provisioning import engine, sql
from provisioning.models import Run, Step
from tests.engine.platform import Platform
from tests.workflows.shapes import diamond, one, three


def test_all_steps_are_there_before_anything_ran(platform: Platform) -> None:
    run = platform.start(diamond)
    assert platform.states(run) == [("a", "queued"), ("b", "pending"), ("c", "pending"), ("d", "pending")]
    assert platform.letters() == [platform.step(run, "a").pk]


def test_a_run_that_is_rolled_back_sends_nothing(platform: Platform) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        platform.start(diamond)
        raise RuntimeError("the request fails after all")
    assert platform.letters() == []
    assert not Run.objects.exists()


def test_branches_run_side_by_side_and_join(platform: Platform) -> None:
    run = platform.work(platform.start(diamond))
    assert run.status == "succeeded"
    assert platform.story(run) == [
        ("", "started"),
        ("a", "succeeded"),
        ("b", "succeeded"),
        ("c", "succeeded"),
        ("d", "succeeded"),
        ("", "run_succeeded"),
    ]
    assert run.finished_at is not None
    assert platform.step(run, "d").attempts == 1


def test_every_step_has_one_message(platform: Platform) -> None:
    run = platform.start(three)
    ids = [step.pk for step in Step.objects.filter(run=run).order_by("position")]
    assert [platform.deliver() for _ in range(4)] == [[ids[0]], [ids[1]], [ids[2]], []]
    run.refresh_from_db()
    assert run.status == "succeeded"


def test_a_failed_step_stops_its_branch_only(platform: Platform) -> None:
    run = platform.work(platform.start(diamond, b=["refused"]))
    assert run.status == "failed"
    assert platform.states(run) == [("a", "succeeded"), ("b", "failed"), ("c", "succeeded"), ("d", "pending")]
    assert platform.story(run)[-1] == ("", "run_failed")
    error = platform.step(run, "b").error
    assert error == {
        "code": "refused",
        "message": "The other side says refused.",
        "whose": "operator",
        "hint": "Mend it.",
    }


def test_the_branch_that_ends_last_ends_the_run(platform: Platform) -> None:
    run = platform.start(diamond, b=["refused"])
    platform.deliver()
    b, c = platform.step(run, "b").pk, platform.step(run, "c").pk
    platform.do(b)
    run.refresh_from_db()
    assert run.status == "running"
    platform.do(c)
    run.refresh_from_db()
    assert run.status == "failed"


def test_a_bug_fails_the_step_without_telling_its_text(platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    run = platform.work(platform.start(one, one=["bug"]))
    step = platform.step(run, "one")
    assert (run.status, step.error_code, step.error_whose) == ("failed", "platform", "platform")
    assert "a bug in a step" not in f"{step.error_message} {step.error_hint} {step.error_detail}"
    assert "a bug in a step" in caplog.text


def test_one_unfinished_run_per_subject(platform: Platform) -> None:
    first = platform.start(one, key="app:1", one=["refused"])
    with pytest.raises(IntegrityError):
        platform.start(one, key="app:1")
    platform.work(first)
    with pytest.raises(IntegrityError):  # a failed run keeps its subject until it is retried or cancelled
        platform.start(one, key="app:1")
    assert Run.objects.count() == 1


def test_a_finished_run_frees_its_subject(platform: Platform) -> None:
    platform.work(platform.start(one, key="app:1"))
    assert platform.work(platform.start(one, key="app:1")).status == "succeeded"


def test_a_step_that_the_code_no_longer_knows_fails_clearly(platform: Platform) -> None:
    run = platform.start(three)
    platform.deliver()
    Step.objects.filter(run=run, name="two").update(name="of_yesterday")
    Step.objects.filter(run=run, name="three").update(needs="of_yesterday")
    platform.work(run)
    step = platform.step(run, "of_yesterday")
    assert (step.status, step.error_code) == ("failed", "unknown_step")
    assert platform.states(run) == [("one", "succeeded"), ("of_yesterday", "failed"), ("three", "pending")]
    # The version that knows the step is deployed again: nothing was lost.
    Step.objects.filter(run=run, name="of_yesterday").update(name="two", status="queued")
    Run.objects.filter(pk=run.pk).update(status="running")
    platform.do(step.pk)
    assert platform.work(Run.objects.get(pk=run.pk)).status == "succeeded"


def test_outputs_are_read_from_needs_only(platform: Platform) -> None:
    run = platform.start(three, output={"id": 7})
    platform.deliver()
    held = engine.claim(platform.step(run, "two").pk, "w:1", lambda _: False)
    assert held is not None
    assert held.output("one") == {"by": "one", "id": 7}
    with pytest.raises(LookupError):
        held.output("three")


def test_a_new_step_has_every_column(platform: Platform) -> None:
    run = platform.start(one)
    columns = {field.column for field in Step._meta.concrete_fields} - {"id"}
    left_null = {"lease_until", "waiting_since", "outage_since", "started_at", "finished_at"}
    assert {*sql.NEW_STEP, *sql.FRESH} == columns - left_null
    fresh, written = Step(run=run), platform.step(run, "one")
    assert {name: getattr(written, name) for name in sql.FRESH} == {name: getattr(fresh, name) for name in sql.FRESH}
