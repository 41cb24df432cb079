"""The page of one run: steps, what happened, what was made, and two buttons."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from provisioning import operations
from provisioning.models import Event, Resource, Run, Step
from tests.admin.night import a_failed_run, a_finished_run, a_run, logged_in, page, run_page, staff, step_of, work
from tests.workflows.shapes import diamond

ATTACK = "<script>alert('shop')</script>"


def words(html: str) -> str:
    """What a reader sees."""
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", html).split()))


def table(client: Client, run: Run, rows: str) -> list[str]:
    """The rows of one of the page's tables, as a reader sees them."""
    text = page(client.get(run_page(run)))
    group = text.split(f'id="{rows}-group"')[1].split("</table>")[0]
    found = re.findall(r'<tr class="form-row.*?</tr>', group, re.DOTALL)
    return [words(re.sub(r'<td class="original">.*?</td>', "", row, flags=re.DOTALL)) for row in found]


def buttons(client: Client, run: Run) -> list[str]:
    """What may be pressed."""
    return re.findall(r"<button[^>]*>(Retry what failed|Cancel…)</button>", page(client.get(run_page(run))))


def test_steps_stand_in_their_order_with_all_that_is_known(operator: Client) -> None:
    steps = table(operator, a_failed_run(), "steps")
    assert [row.split()[:2] for row in steps] == [["succeeded", "ONE"], ["failed", "TWO"], ["pending", "THREE"]]
    assert "failed TWO two in tests The other side says refused. What to do: Mend it." in steps[1]
    assert "Whose move: yours, as operator Code: refused 1 attempt" in steps[1]
    assert re.search(r"\d\.\d s from \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", steps[1])
    assert steps[2] == "pending THREE three in tests comes after two – –"


def test_the_top_says_what_to_do(operator: Client) -> None:
    text = words(page(operator.get(run_page(a_failed_run()))).split("More about it")[0])
    assert "failed TWO The other side says refused. What to do: Mend it. Whose move: yours, as operator" in text
    assert "1/3" in text


def test_a_waiting_step(operator: Client) -> None:
    run = work(a_run("cart", one=["wait:300"]))
    step_of(run, "one").update(slow=True, looks=7, retries=2, crashes=1)
    row = table(operator, run, "steps")[0]
    assert re.match(r"waiting slow ONE one in tests ONE is not ready\. \(looks again in [45] min", row)
    assert "7 looks, 2 retries, 1 crash" in row


def test_an_outage_keeps_its_error_beside_the_wait(operator: Client) -> None:
    run = work(a_run("cart", one=["unreachable"]))
    row = table(operator, run, "steps")[0]
    assert "waiting ONE one in tests The other side says unreachable. (looks again in" in row
    assert row.count("The other side says unreachable.") == 1
    assert "What to do: Mend it. Whose move: the other system's: look there, or wait Code: unreachable" in row


def test_detail_is_folded_away_and_escaped(operator: Client) -> None:
    run = a_failed_run()
    step_of(run, "two").update(error_detail=f"POST /job 400 {ATTACK}")
    text = page(operator.get(run_page(run)))
    assert "<summary>Detail for staff</summary><pre>POST /job 400 &lt;script&gt;" in text


def test_what_comes_from_outside_is_text(operator: Client) -> None:
    run = a_failed_run(title=ATTACK)
    Run.objects.filter(pk=run.pk).update(inputs={"name": ATTACK})
    step_of(run, "two").update(
        title=ATTACK, error_message=ATTACK, error_hint=ATTACK, error_code=ATTACK, error_whose=ATTACK[:16]
    )
    Event.objects.create(run=run, at=timezone.now(), kind="trouble", text=ATTACK)
    Resource.objects.create(system="gitlab", kind="project", name=ATTACK, url=f"javascript:{ATTACK}", run=run)
    addresses = [
        run_page(run),
        *(reverse(f"admin:provisioning_{name}_changelist") for name in ("run", "step", "event", "resource")),
        reverse("admin:provisioning_step_change", args=[step_of(run, "two").get().pk]),
        reverse("admin:provisioning_resource_change", args=[run.resources.get().pk]),
        reverse("admin:provisioning_event_change", args=[run.events.last().pk]),  # type: ignore[union-attr]
        reverse("admin:provisioning_run_history", args=[run.pk]),
    ]
    for address in addresses:
        text = page(operator.get(address))
        assert "<script>alert" not in text, address
        assert "&lt;script&gt;alert" in text, address
    asked = operator.post(reverse("admin:provisioning_run_cancel", args=[run.pk]))
    assert "<script>alert" not in page(asked)
    refused = operator.post(reverse("admin:provisioning_run_cancel", args=[run.pk]), {"confirmed": "yes"}, follow=True)
    refused = operator.post(reverse("admin:provisioning_run_retry", args=[run.pk]), follow=True)
    assert "&lt;script&gt;alert(&#x27;shop&#x27;)&lt;/script&gt;: The run is cancelled" in page(refused)
    assert "<script>alert" not in page(refused)


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://gitlab.test/dev/shop", True),
        ("http://gitlab.test/dev/shop", True),
        ("javascript:alert(1)", False),
        ("JavaScript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("//gitlab.test/dev/shop", False),
        ("http://[broken", False),
        ("https:gitlab", False),
        ("", False),
        (None, False),
        (7, False),
    ],
)
def test_only_addresses_of_the_web_are_links(operator: Client, url: Any, linked: bool) -> None:
    run = a_finished_run()
    step_of(run, "one").update(links=[{"title": "dev/shop", "url": url}])
    Resource.objects.create(system="gitlab", kind="project", name="in the ledger", url=str(url or ""), run=run)
    text = page(operator.get(run_page(run)))
    link = f'<a href="{url}" target="_blank" rel="noopener noreferrer">'
    assert (f"{link}dev/shop</a>" in text, f"{link}in the ledger</a>" in text) == (linked, linked)
    assert "dev/shop" in text
    assert "javascript:" not in text.lower()


@pytest.mark.parametrize(
    "links", [{}, "text", ["text"], [None], [{"title": "no address"}], [{"url": "https://a.test"}]]
)
def test_links_of_any_shape_do_not_break_the_page(operator: Client, links: Any) -> None:
    run = a_finished_run()
    step_of(run, "one").update(links=links)
    assert "ONE" in page(operator.get(run_page(run)))


def test_events_are_the_last_two_hundred_latest_first(operator: Client) -> None:
    run = a_finished_run()
    now = timezone.now()
    Event.objects.bulk_create(Event(run=run, at=now, kind="waiting", text=f"look {n}") for n in range(250))
    rows = table(operator, run, "events")
    assert len(rows) == 200
    assert "look 249" in rows[0]
    assert "look 50" in rows[-1]
    assert rows[0].endswith("waiting the platform")


def test_an_event_names_the_person(operator: Client) -> None:
    run = a_failed_run()
    operations.retry_run(run_id=run.pk, actor=run.requested_by)
    assert table(operator, run, "events")[0].endswith("Retried: TWO. retried hana")


def test_resources_are_listed_with_their_state(operator: Client) -> None:
    run = a_finished_run()
    Resource.objects.create(system="jenkins", kind="job", name="shop_dev", external_id="j1", run=run, step="one")
    assert table(operator, run, "resources") == ["intended jenkins job shop_dev j1 one"]


def test_buttons_fit_the_status(operator: Client) -> None:
    failed, running, finished = a_failed_run("failed"), a_run("running"), a_finished_run("finished")
    assert buttons(operator, failed) == ["Retry what failed", "Cancel…"]
    assert buttons(operator, running) == ["Cancel…"]
    assert buttons(operator, finished) == []
    operations.cancel_run(run_id=running.pk, actor=None)
    assert buttons(operator, running) == []


def test_whoever_may_not_act_sees_no_buttons(onlooker: Client) -> None:
    run = a_failed_run()
    assert buttons(onlooker, run) == []
    assert len(table(onlooker, run, "steps")) == 3


def test_whoever_may_see_runs_sees_their_steps_and_events(db: None) -> None:
    client = logged_in(staff("rolf", "view_run"))
    run = a_failed_run()
    assert len(table(client, run, "steps")) == 3
    assert len(table(client, run, "events")) == 4


def test_without_any_permission_there_is_no_page(db: None) -> None:
    client = logged_in(staff("nobody"))
    assert client.get(run_page(a_failed_run())).status_code == 403
    assert client.get(reverse("admin:provisioning_run_changelist")).status_code == 403


def test_the_platforms_own_run_has_no_person(operator: Client) -> None:
    run = a_finished_run()
    Run.objects.filter(pk=run.pk).update(app=None, team=None, requested_by=None, started_at=None, finished_at=None)
    assert "Create application shop" in page(operator.get(run_page(run)))
    assert "the platform" in page(operator.get(reverse("admin:provisioning_run_changelist")))


def test_a_page_takes_as_many_queries_however_long_the_run(operator: Client) -> None:
    def queries(run: Run) -> int:
        with CaptureQueriesContext(connection) as captured:
            page(operator.get(run_page(run)))
        return len(captured)

    short, long = a_failed_run("short"), work(a_run("long", diamond, b=["refused"], c=["refused"]))
    Step.objects.bulk_create(Step(run=long, position=p, name=f"s{p}", title=f"S{p}") for p in range(4, 40))
    now = timezone.now() + timedelta(seconds=1)
    Event.objects.bulk_create(Event(run=long, at=now, kind="k", text="t", actor=long.requested_by) for _ in range(150))
    Resource.objects.bulk_create(
        Resource(run=run, system="s", kind="k", name=str(n), app=run.app, team=run.team)
        for run, number in ((short, 1), (long, 30))
        for n in range(number)
    )
    assert queries(long) == queries(short) <= 12
