"""Runs: shown exactly, polled cheaply, filtered, retried and cancelled."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db.models import F

from accounts.models import User
from provisioning.models import Event, Run, Step
from provisioning.serializers import RunShape, RunSummaryShape, StepShape
from tests.api.world import World, iso
from tests.engine.platform import together

AT = datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC)
LATER = AT + timedelta(seconds=5)


def change(world: World, name: str, **values: Any) -> None:
    """As the engine would: every visible change raises the step's version."""
    Step.objects.filter(run=world.run, name=name).update(version=F("version") + 1, **values)


def shown(world: World) -> dict[str, Any]:
    answer = world.member.get(f"runs/{world.run.pk}")
    assert answer.status_code == 200
    return dict(answer.json())


def step(world: World, name: str) -> dict[str, Any]:
    return next(dict(each) for each in shown(world)["steps"] if each["name"] == name)


# --- What is shown ---


def test_a_run_under_way(world: World) -> None:
    links = [{"title": "dev/shop", "url": "https://gitlab.example.com/dev/shop"}]
    done = {"status": "succeeded", "started_at": AT, "finished_at": LATER, "attempts": 1}
    change(world, "find_templates", **done)
    change(world, "fork_source", links=links, **done)
    change(world, "wait_for_source", status="waiting", looks=3, slow=True, waiting_for="The import runs.", due_at=LATER)
    run = shown(world)
    steps = {each.pop("name"): each for each in run.pop("steps")}
    assert run == {
        "id": str(world.run.pk),
        "workflow": "create_app",
        "title": "Create application shop",
        "status": "running",
        "application": world.app.pk,
        "team": "dev",
        "requested_by": "hana",
        "created_at": iso(world.run.created_at),
        "started_at": iso(AT),
        "finished_at": None,
        "progress": {"done": 2, "total": 11},
        "final": False,
        "poll_after_ms": 2000,
        "version": 4,
    }
    assert (
        list(steps)
        == (
            "find_templates fork_source fork_helm wait_for_source wait_for_helm configure_source configure_helm "
            "create_pipeline create_webhook register_repository create_application"
        ).split()
    )
    assert steps["fork_source"] == {
        "title": "Fork the source template",
        "system": "gitlab",
        "status": "succeeded",
        "needs": ["find_templates"],
        "attempts": 1,
        "looks": 0,
        "slow": False,
        "started_at": iso(AT),
        "finished_at": iso(LATER),
        "next_at": None,
        "waiting_for": None,
        "error": None,
        "links": links,
    }
    assert steps["wait_for_source"] == {
        "title": "Wait for the source repository",
        "system": "gitlab",
        "status": "waiting",
        "needs": ["fork_source"],
        "attempts": 0,
        "looks": 3,
        "slow": True,
        "started_at": None,
        "finished_at": None,
        "next_at": iso(LATER),
        "waiting_for": "The import runs.",
        "error": None,
        "links": [],
    }


ERROR = {"error_code": "conflict", "error_message": "Taken.", "error_whose": "operator", "error_hint": "Rename it."}


def test_a_failed_run_says_why_and_is_final(world: World) -> None:
    change(world, "find_templates", status="failed", error_detail="for staff only", **ERROR)
    Run.objects.filter(pk=world.run.pk).update(status="failed", finished_at=LATER)
    run = shown(world)
    assert (run["status"], run["final"], run["poll_after_ms"], run["finished_at"]) == ("failed", True, None, iso(LATER))
    error = {"code": "conflict", "message": "Taken.", "whose": "operator", "hint": "Rename it."}
    assert step(world, "find_templates")["error"] == error
    assert "for staff only" not in world.staff.get(f"runs/{world.run.pk}").content.decode()


@pytest.mark.parametrize(
    ("status", "shows"), [("failed", True), ("waiting", True), ("queued", False), ("running", False)]
)
def test_an_error_is_shown_while_it_matters(world: World, status: str, shows: bool) -> None:
    change(world, "find_templates", status=status, **ERROR)
    assert (step(world, "find_templates")["error"] is not None) is shows


def test_a_cancelled_run_is_final_when_its_last_step_has_ended(world: World) -> None:
    change(world, "find_templates", status="running", stopping=True)
    Run.objects.filter(pk=world.run.pk).update(status="cancelled")
    assert (shown(world)["final"], shown(world)["poll_after_ms"]) == (False, 1000)
    Run.objects.filter(pk=world.run.pk).update(finished_at=LATER)
    assert (shown(world)["final"], shown(world)["poll_after_ms"]) == (True, None)


def test_the_documented_shape_is_the_shown_one(world: World) -> None:
    run = shown(world)
    assert list(run) == list(RunShape().fields)
    assert list(run["steps"][0]) == list(StepShape().fields)
    assert list(world.member.get("runs").json()["results"][0]) == list(RunSummaryShape().fields)


def test_a_run_of_nobody_and_no_team_is_for_staff(world: World) -> None:
    Run.objects.filter(pk=world.run.pk).update(requested_by=None, team=None, app=None)
    assert world.author.get(f"runs/{world.run.pk}").status_code == 404
    run = world.staff.get(f"runs/{world.run.pk}").json()
    assert (run["requested_by"], run["team"], run["application"]) == (None, None, None)


def test_whoever_has_no_team_does_not_see_what_has_none(world: World) -> None:
    Run.objects.filter(pk=world.run.pk).update(team=None)
    User.objects.filter(pk=world.mo.pk).update(team=None)
    path = f"runs/{world.run.pk}"
    assert world.member.get(path).status_code == world.member.get(path, **{"If-None-Match": '"1"'}).status_code == 404
    assert world.member.get("runs").json()["results"] == []


# --- Polling ---


def test_an_unchanged_run_is_304(world: World, django_assert_num_queries: Any) -> None:
    path = f"runs/{world.run.pk}"
    first = world.member.get(path)
    assert first["ETag"] == '"1"'
    assert first["Cache-Control"] == "private, no-cache"
    for known in ('"1"', 'W/"1"', '"0", "1"'):
        with django_assert_num_queries(1):
            again = world.member.get(path, **{"If-None-Match": known})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", '"1"')
        assert "Content-Type" not in again
        assert again["X-Request-Id"]


def test_a_changed_run_is_sent_whole(world: World, django_assert_num_queries: Any) -> None:
    path = f"runs/{world.run.pk}"
    change(world, "fork_source", looks=1)
    with django_assert_num_queries(3):  # the short way, then who calls, the run with its steps
        changed = world.member.get(path, **{"If-None-Match": '"1"'})
    assert (changed.status_code, changed["ETag"], changed.json()["version"]) == (200, '"2"', 2)
    with django_assert_num_queries(2):
        assert world.member.get(path).status_code == 200
    for known in ("1", '"', "*", "\xff", '"1'):
        assert world.member.get(path, **{"If-None-Match": known}).status_code == 200


def test_304_with_the_session_of_a_browser(world: World) -> None:
    world.nobody.client.force_login(world.mo)
    assert world.nobody.get(f"runs/{world.run.pk}", **{"If-None-Match": '"1"'}).status_code == 304


def test_304_only_for_whom_may_see_it(world: World) -> None:
    path, known = f"runs/{world.run.pk}", {"If-None-Match": '"1"'}
    callers = {"author": world.author, "staff": world.staff, "stranger": world.stranger, "nobody": world.nobody}
    answers = {name: api.get(path, **known).status_code for name, api in callers.items()}
    assert answers == {"author": 304, "staff": 304, "stranger": 404, "nobody": 401}


@pytest.mark.parametrize("known", [{}, {"If-None-Match": '"1"'}])
def test_deactivation_and_a_move_count_at_once(world: World, known: dict[str, str]) -> None:
    path = f"runs/{world.run.pk}"
    User.objects.filter(pk=world.mo.pk).update(team=world.ops)
    assert world.member.get(path, **known).status_code == 404
    User.objects.filter(pk=world.mo.pk).update(team=world.dev, is_active=False)
    assert world.member.get(path, **known).status_code == 401
    User.objects.filter(pk=world.sonja.pk).update(is_staff=False)
    assert world.staff.get(path, **known).status_code == 404


# --- Lists ---


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [run["id"] for run in answer.json()["results"]]


def another(world: World, **values: Any) -> str:
    # Ids of one millisecond are in no order: this one is surely the newest.
    newest = Run.objects.order_by("-id")[0].pk
    values = {"workflow": "create_app", "title": "Another", "team": world.dev, **values}
    run = Run.objects.create(id=UUID(int=newest.int + 2**80), **values)
    Step.objects.create(run=run, position=0, name="one", title="One", status="queued", version=7)
    return str(run.pk)


def test_the_list_is_newest_first_and_without_steps(world: World) -> None:
    newer = another(world)
    page = world.member.get("runs").json()
    whole = shown(world)
    del whole["steps"]
    assert [run["id"] for run in page["results"]] == [newer, str(world.run.pk)]
    assert page["results"][1] == whole
    assert (page["results"][0]["version"], page["results"][0]["progress"]) == (8, {"done": 0, "total": 1})


def test_filters(world: World) -> None:
    first = str(world.run.pk)
    failed = another(world, status="failed", workflow="delete_app", requested_by=world.mo)
    foreign = another(world, team=world.ops)
    assert ids(world.staff.get("runs")) == [foreign, failed, first]
    assert ids(world.staff.get("runs?status=failed")) == [failed]
    assert ids(world.staff.get("runs?workflow=create_app")) == [foreign, first]
    assert ids(world.staff.get(f"runs?application={world.app.pk}")) == [first]
    assert ids(world.staff.get("runs?user=mo")) == [failed]
    assert ids(world.staff.get("runs?team=ops")) == [foreign]
    assert ids(world.staff.get("runs?team=dev&status=running")) == [first]
    assert ids(world.member.get("runs?team=ops")) == []
    assert ids(world.staff.get("runs?user=nobody")) == []


@pytest.mark.parametrize(
    "query", ["status=odd", "application=x", "application=-1", "limit=0", "limit=x", "cursor=x", "user=%00"]
)
def test_a_filter_that_makes_no_sense(world: World, query: str) -> None:
    answer = world.member.get(f"runs?{query}")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [query.partition("=")[0]])


def test_pages(world: World, django_assert_num_queries: Any) -> None:
    expected = [str(world.run.pk)] + [another(world) for _ in range(5)]
    seen: list[str] = []
    path: str | None = "runs?limit=4"
    while path:
        with django_assert_num_queries(3):  # who calls, the runs, their steps
            answer = world.member.get(path)
        seen += ids(answer)
        path = answer.json()["next"] and answer.json()["next"].removeprefix("http://testserver")
    assert seen == expected[::-1]
    assert len(ids(world.member.get("runs?limit=100000"))) == 6


# --- Events ---


def test_events_in_order_and_from_where_one_was(world: World) -> None:
    for number in range(3):
        Event.objects.create(run=world.run, at=AT, step="fork_source", kind="waiting", text=f"{number}", actor=world.mo)
    rows = list(Event.objects.filter(run=world.run).order_by("id"))
    page = world.member.get(f"runs/{world.run.pk}/events").json()
    assert page["next"] is page["previous"] is None
    assert [event["kind"] for event in page["results"]] == ["started", "waiting", "waiting", "waiting"]
    assert page["results"][0]["step"] is None
    assert page["results"][1] == {
        "id": rows[1].pk,
        "at": iso(AT),
        "step": "fork_source",
        "kind": "waiting",
        "text": "0",
        "actor": "mo",
    }
    after = world.member.get(f"runs/{world.run.pk}/events?after={rows[1].pk}&limit=1").json()
    assert [event["text"] for event in after["results"]] == ["1"]
    rest = world.member.get(after["next"].removeprefix("http://testserver")).json()
    assert ([event["text"] for event in rest["results"]], rest["next"]) == (["2"], None)
    for wrong in ("after=x", "after=-1", f"after={10**30}", "limit=x"):
        assert world.member.get(f"runs/{world.run.pk}/events?{wrong}").status_code == 400


# --- Retry and cancel ---


def test_retry_goes_on_from_what_failed(world: World) -> None:
    change(world, "find_templates", status="failed", **ERROR)
    Run.objects.filter(pk=world.run.pk).update(status="failed", finished_at=LATER)
    answer = world.member.post(f"runs/{world.run.pk}/retry")
    assert answer.status_code == 202
    assert answer.json() == shown(world)
    assert (answer.json()["status"], answer.json()["steps"][0]["status"]) == ("running", "queued")
    assert Event.objects.get(run=world.run, kind="retried").actor == world.mo


def test_a_run_that_did_not_fail_is_not_retried(world: World) -> None:
    answer = world.member.post(f"runs/{world.run.pk}/retry")
    detail = "The run is running: only a failed run can be retried."
    assert answer.status_code == 409
    assert answer.json() == {"code": "not_failed", "detail": detail, "fields": None, "run": str(world.run.pk)}


@pytest.mark.server
def test_twenty_retries_at_once_are_one(lasting_world: World) -> None:
    world = lasting_world
    change(world, "find_templates", status="failed", **ERROR)
    Run.objects.filter(pk=world.run.pk).update(status="failed", finished_at=LATER)
    answers = together(20, lambda _: world.member.post(f"runs/{world.run.pk}/retry"))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 19
    assert Event.objects.filter(run=world.run, kind="retried").count() == 1
    assert Step.objects.get(run=world.run, name="find_templates").retries == 1


def test_cancel_stops_and_keeps(world: World) -> None:
    answer = world.member.post(f"runs/{world.run.pk}/cancel", {"undo": False})
    assert answer.status_code == 202
    assert answer.json() == shown(world)
    assert (answer.json()["status"], answer.json()["final"]) == ("cancelled", True)
    assert {step["status"] for step in answer.json()["steps"]} == {"cancelled"}
    again = world.member.post(f"runs/{world.run.pk}/cancel")
    assert (again.status_code, again.json()["code"], again.json()["run"]) == (409, "already_final", str(world.run.pk))


def test_undo_is_refused_clearly_as_yet(world: World) -> None:
    answer = world.member.post(f"runs/{world.run.pk}/cancel", {"undo": True})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["undo"])
    assert shown(world)["status"] == "running"
