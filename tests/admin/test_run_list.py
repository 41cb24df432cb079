"""The list of runs: what is wrong, found fast."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from provisioning import operations
from provisioning.models import Run, Step, Worker
from tests.admin.night import RUNS, a_failed_run, a_finished_run, a_run, age, page, step_of, work
from tests.workflows.shapes import diamond


def listed(client: Client, query: str = "") -> list[str]:
    """Names of the applications whose runs are in the list, from top to bottom."""
    text = page(client.get(reverse(RUNS) + query))
    rows = re.findall(r"field-title.*?>Create application ([\w-]+)<", text)
    return list(rows)


def row_of(client: Client, name: str) -> str:
    """The list's row of one run, as a reader sees it."""
    text = page(client.get(reverse(RUNS)))
    rows = re.findall(r"<tr>.*?</tr>", text, re.DOTALL)
    found = next(row for row in rows if f"Create application {name}<" in row)
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def test_a_failed_run_says_why(operator: Client) -> None:
    a_failed_run("shop")
    row = row_of(operator, "shop")
    assert "failed Create application shop TWO The other side says refused. 1/3 dev three hana" in row
    assert "s ago" in row


def test_a_waiting_run_says_for_what_and_until_when(operator: Client) -> None:
    run = work(a_run("cart", one=["wait:300"]))
    row = row_of(operator, "cart")
    assert re.search(r"running Create application cart ONE ONE is not ready\. \(looks again in [45] min", row)
    step_of(run, "one").update(due_at=timezone.now() - timedelta(seconds=40), slow=True)
    row = row_of(operator, "cart")
    assert re.search(r"\(its next look is 4\d s late\) slower than usual", row)


def test_a_queued_run_says_that_no_worker_takes_it(operator: Client) -> None:
    run = a_run("cart")
    assert re.search(r"ONE has waited \d\.\d s for a worker 0/3", row_of(operator, "cart"))
    step_of(run, "one").update(due_at=timezone.now() - timedelta(minutes=3))
    assert "ONE no worker took it for 3 min" in row_of(operator, "cart")


def test_steps_side_by_side_are_counted_and_the_failed_one_comes_first(operator: Client) -> None:
    run = work(a_run("cart", diamond, b=["wait:300"], c=["refused"]))
    assert run.status == "running"
    row = row_of(operator, "cart")
    assert "C The other side says refused. and 1 step beside it 1/4" in row


def test_a_running_step_says_whether_its_worker_lives(operator: Client) -> None:
    run = a_run("cart")
    step_of(run, "one").update(status="running", lease_until=timezone.now() + timedelta(seconds=60))
    assert "ONE a worker is at it" in row_of(operator, "cart")
    step_of(run, "one").update(lease_until=timezone.now() - timedelta(seconds=30))
    assert re.search(r"ONE its worker has been silent for 3\d s; another one takes over", row_of(operator, "cart"))


def test_a_cancelled_run_says_that_a_step_still_ends(operator: Client) -> None:
    run = a_run("cart")
    step_of(run, "one").update(status="running", lease_until=timezone.now() + timedelta(seconds=60))
    operations.cancel_run(run_id=run.pk, actor=None)
    assert "cancelled still stopping Create application cart ONE ends, then the run stops 0/3" in row_of(
        operator, "cart"
    )


def test_a_finished_run_says_nothing_more(operator: Client) -> None:
    a_finished_run("search")
    assert "succeeded Create application search – 3/3" in row_of(operator, "search")


def test_newest_first(operator: Client) -> None:
    for name in ("first", "second", "third"):
        a_finished_run(name)
    assert listed(operator) == ["third", "second", "first"]


def test_filters(operator: Client) -> None:
    a_failed_run("bad", team="ops")
    good = a_finished_run("good")
    Run.objects.filter(pk=good.pk).update(workflow="diamond")
    assert listed(operator, "?status__exact=failed") == ["bad"]
    assert listed(operator, "?workflow=diamond") == ["good"]
    assert listed(operator, f"?team__id__exact={good.team_id}") == ["good"]
    assert listed(operator, f"?app__id__exact={good.app_id}") == ["good"]


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        ("", ["ancient", "days", "hours", "fresh"]),
        ("hour", ["fresh"]),
        ("day", ["hours", "fresh"]),
        ("week", ["days", "hours", "fresh"]),
        ("older", ["ancient"]),
        ("nonsense", ["ancient", "days", "hours", "fresh"]),
    ],
)
def test_filter_by_age(operator: Client, choice: str, found: list[str]) -> None:
    for name, days in (("fresh", 0.01), ("hours", 0.5), ("days", 3), ("ancient", 30)):
        age(a_finished_run(name), days=days)
    assert listed(operator, f"?age={choice}") == found


def test_stuck_is_what_runs_for_more_than_an_hour(operator: Client) -> None:
    age(a_run("stuck"), hours=2)
    age(a_failed_run("failed"), hours=2)
    age(a_run("young"), minutes=50)
    retried = a_failed_run("retried")
    age(retried, hours=2)
    operations.retry_run(run_id=retried.pk, actor=None)
    assert listed(operator, "?age=stuck") == ["stuck"]
    retried.events.update(at=timezone.now() - timedelta(hours=1, minutes=1))
    assert listed(operator, "?age=stuck") == ["retried", "stuck"]


def test_search_by_title_application_and_id(operator: Client) -> None:
    run = a_finished_run("deadbeef")
    Run.objects.filter(pk=run.pk).update(title="Create application other")
    a_finished_run("second")
    spelled = str(run.pk)
    for term in (
        "tion other",
        "deadb",
        "DEADBEEF",
        spelled,
        spelled.upper(),
        run.pk.hex,
        spelled[:30],
        run.pk.hex[:30],
    ):
        assert listed(operator, f"?q={term}") == ["other"], term
    assert listed(operator, "?q=nobody") == []
    assert listed(operator, f"?q={'0' * 32}") == []


def glance(client: Client) -> list[tuple[str, bool]]:
    """The signs above the list, and whether each is bad."""
    signs = re.findall(r'<li class="sign( bad)?"><a href="([^"]*)">([^<]*)</a>', page(client.get(reverse(RUNS))))
    assert all(client.get(url.replace("&amp;", "&")).status_code == 200 for _, url, _ in signs)
    return [(text, bool(bad)) for bad, _, text in signs]


def test_at_a_glance_when_all_is_well(root: Client) -> None:
    now = timezone.now()
    Worker.objects.create(id="a", host="one", pid=1, started_at=now, beat_at=now)
    a_finished_run("good")
    assert glance(root) == [
        ("0 failed", False), ("0 stuck", False), ("0 running", False),
        ("1 worker alive", False), ("no step is overdue", False),
    ]  # fmt: skip


def test_at_a_glance_when_nothing_is(root: Client) -> None:
    now = timezone.now()
    Worker.objects.create(id="a", host="one", pid=1, started_at=now, beat_at=now - timedelta(seconds=30))
    a_failed_run("bad")
    run = a_run("stuck")
    age(run, hours=3)
    step_of(run, "one").update(due_at=now - timedelta(hours=3))
    assert glance(root) == [
        ("1 failed", True), ("1 stuck", True), ("1 running", False),
        ("0 workers alive, 1 silent", True), ("the oldest due step has waited 3 h", True),
    ]  # fmt: skip


def queries(client: Client) -> int:
    """How many statements the list takes."""
    with CaptureQueriesContext(connection) as captured:
        page(client.get(reverse(RUNS)))
    return len(captured)


def fill(first: int, last: int) -> None:
    """Runs of eleven steps, of three teams, each failed, waiting or done."""
    statuses = ("failed", "waiting", "succeeded")
    for index in range(first, last):
        run = a_run(f"app{index}", team=f"team{index % 3}")
        step_of(run, "one").update(status=statuses[index % 3])
        Step.objects.bulk_create(Step(run=run, position=p, name=f"s{p}", title=f"S{p}") for p in range(3, 11))


def test_a_page_of_a_hundred_takes_as_many_queries_as_a_page_of_three(operator: Client) -> None:
    fill(0, 3)
    few = queries(operator)
    fill(3, 103)
    assert len(listed(operator)) == 100
    assert queries(operator) == few <= 13
