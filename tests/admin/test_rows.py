"""Steps, events, resources and workers: pages to look at."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from provisioning.models import Event, Resource, Step, Worker
from provisioning.pulse import SILENCE_SECONDS
from tests.admin.night import a_failed_run, a_run, page, run_page, step_of, work


def shown(client: Client, name: str, **query: str) -> str:
    """A list, as a reader sees it."""
    text = page(client.get(reverse(f"admin:provisioning_{name}_changelist"), query))
    body = text.split('id="result_list"')[-1].split("</table>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_steps_that_fail_tonight(operator: Client) -> None:
    a_failed_run("shop")
    a_run("cart")
    text = shown(operator, "step", status__exact="failed")
    assert "failed TWO Create application shop The other side says refused. tests 1 attempt" in text
    assert "cart" not in text
    assert "TWO" in shown(operator, "step", system="tests", error_code="refused")
    assert "TWO" in shown(operator, "step", q="says refused")


def test_a_steps_page_shows_everything(operator: Client) -> None:
    run = a_failed_run("shop")
    step_of(run, "two").update(memory={"crumb": "found"}, error_detail="POST /job")
    step = step_of(run, "two").get()
    text = page(operator.get(reverse("admin:provisioning_step_change", args=[step.pk])))
    assert f'<a href="{run_page(run)}">Create application shop</a>' in text
    assert "<pre>{\n  &quot;crumb&quot;: &quot;found&quot;\n}</pre>" in text
    assert "What to do: Mend it." in text
    assert "<pre>POST /job</pre>" in text
    assert f"{step.due_at:%Y-%m-%d %H:%M:%S} UTC" in text


def test_events_over_all_runs(operator: Client) -> None:
    run = a_failed_run("shop")
    text = shown(operator, "event")
    assert text.index("The run failed.") < text.index("ONE: done.") < text.index("started")
    assert re.search(r"UTC \d\.\d s ago The run failed\. run_failed Create application shop the platform", text)
    assert "ONE: done." not in shown(operator, "event", kind="failed")
    assert "ONE: done." in shown(operator, "event", run__id__exact=str(run.pk))


def test_the_ledger(operator: Client) -> None:
    run = a_failed_run("shop")
    Resource.objects.create(
        system="gitlab", kind="project", name="dev/shop", url="https://gitlab.test/dev/shop", state="present",
        app=run.app, team=run.team, run=run,
    )  # fmt: skip
    Resource.objects.create(system="jenkins", kind="folder", name="dev", state="adopted", team=run.team)
    Resource.objects.create(system="argocd", kind="project", name="old", state="gone")
    assert "present gitlab project dev/shop shop Create application shop 0." in shown(operator, "resource")
    assert "adopted jenkins folder dev dev – 0." in shown(operator, "resource")
    assert "gone argocd project old – – 0." in shown(operator, "resource")
    for query in ({"system": "gitlab"}, {"kind": "project", "state__exact": "present"}, {"q": "shop"}):
        text = shown(operator, "resource", **query)
        assert "dev/shop" in text
        assert "jenkins" not in text
        assert "old" not in text


def test_a_worker_is_alive_or_silent_by_the_databases_clock(operator: Client) -> None:
    now = timezone.now()
    quiet = now - timedelta(seconds=SILENCE_SECONDS + 60)
    Worker.objects.create(id="a" * 32, host="lively", pid=7, started_at=now - timedelta(hours=5), beat_at=now)
    Worker.objects.create(id="b" * 32, host="quiet", pid=8, started_at=quiet, beat_at=quiet)
    run = a_run("cart")
    step_of(run, "one").update(status="running", lease_owner=f"{'a' * 32}:77")
    text = shown(operator, "worker")
    assert re.search(
        r"alive lively 7 .* \(\d\.\d s ago\) .* \(5 h ago\) 1 step silent quiet 8 .* \(1 min \d s ago\)", text
    )
    assert text.endswith("0 steps")
    for host in ("lively", "quiet"):
        worker = Worker.objects.get(host=host)
        assert "The steps of a silent one go on" in page(
            operator.get(reverse("admin:provisioning_worker_change", args=[worker.pk]))
        )


@pytest.fixture
def database_an_hour_ahead(db: None) -> Iterator[datetime]:
    """The database's clock goes an hour before ours; answers its time."""
    ahead = timezone.now() + timedelta(hours=1)
    if connection.vendor != "mysql":
        pytest.skip("SQLite has no clock of its own")
    with connection.cursor() as cursor:
        cursor.execute("SET timestamp = %s", [ahead.timestamp()])
        yield ahead
        cursor.execute("SET timestamp = DEFAULT")


def test_no_other_clock_counts(operator: Client, database_an_hour_ahead: datetime) -> None:
    beats = {"late": timezone.now(), "right": database_an_hour_ahead}
    for host, beat in beats.items():
        Worker.objects.create(id=host, host=host, pid=1, started_at=beat, beat_at=beat)
    text = shown(operator, "worker")
    assert re.search(r"alive right 1 .* silent late 1 .* \((1 h|59 min)", text)


@pytest.mark.parametrize("name", ["step", "event", "resource", "worker"])
def test_a_list_takes_as_many_queries_however_long_it_is(operator: Client, name: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(operator, name)
        return len(captured)

    def more(first: int, last: int) -> None:
        now = timezone.now()
        for index in range(first, last):
            run = work(a_run(f"app{index}", team=f"team{index}", two=["refused"]))
            Event.objects.filter(run=run).update(actor=run.requested_by)
            Step.objects.filter(run=run).update(system="tests")
            Resource.objects.create(
                system="s", kind="k", name=f"n{index}", app=run.app, team=run.team, user=run.requested_by, run=run
            )
            Worker.objects.create(id=f"w{index}", host="h", pid=index, started_at=now, beat_at=now)

    more(0, 2)
    few = queries()
    more(2, 12)
    assert queries() == few <= 12
