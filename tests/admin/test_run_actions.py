"""Retry and cancel from the admin: through the one door, telling what happened to each."""

import threading
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from provisioning import operations, sql
from provisioning.models import Event, Run
from tests.admin.night import (
    RUNS,
    a_failed_run,
    a_finished_run,
    a_run,
    choose,
    confirm,
    logged_in,
    page,
    press,
    run_page,
    said,
    staff,
    states,
    statuses,
    step_of,
    work,
)
from tests.engine.platform import together

NOT_FAILED = "only a failed run can be retried."
ENDED = "only a running or failed run can be cancelled."


def test_many_are_retried_and_each_is_told(operator: Client) -> None:
    bad, worse, good = a_failed_run("bad"), a_failed_run("worse"), a_finished_run("good")
    response = choose(operator, "retry_chosen", bad, worse, good)
    assert statuses(bad, worse, good) == ["running", "running", "succeeded"]
    assert states(bad) == ["succeeded", "queued", "pending"]
    assert said(response) == [
        f"<div>2 retried, 1 refused.</div><div>Create application good: The run is succeeded: {NOT_FAILED}</div>"
    ]
    assert [work(run).status for run in (bad, worse)] == ["succeeded", "succeeded"]


def test_who_retried_stands_in_events_and_history(operator: Client) -> None:
    run = a_failed_run()
    choose(operator, "retry_chosen", run)
    event = Event.objects.get(kind="retried")
    assert (event.text, str(event.actor)) == ("Retried: TWO.", "omar")
    assert list(LogEntry.objects.values_list("object_id", "change_message", "user__username")) == [
        (str(run.pk), "Run retried.", "omar")
    ]
    assert "Run retried." in page(operator.get(reverse("admin:provisioning_run_history", args=[run.pk])))


def test_a_run_that_a_filter_hides_by_now_is_told_too(operator: Client) -> None:
    run = a_failed_run()
    operations.retry_run(run_id=run.pk, actor=None)
    response = choose(operator, "retry_chosen", run, query="?status__exact=failed")
    assert said(response) == [
        f"<div>1 refused.</div><div>Create application shop: The run is running: {NOT_FAILED}</div>"
    ]


def test_all_that_a_filter_shows(operator: Client) -> None:
    bad, good = a_failed_run("bad"), a_run("good")
    response = choose(operator, "retry_chosen", bad, query="?status__exact=failed", select_across="1")
    assert said(response) == ["<div>1 retried.</div>"]
    assert statuses(bad, good) == ["running", "running"]


def test_cancelling_asks_first(operator: Client) -> None:
    bad, busy, good = a_failed_run("bad"), a_run("busy"), a_finished_run("good")
    text = page(choose(operator, "cancel_chosen", bad, busy, good, query="?age=day"))
    assert statuses(bad, busy, good) == ["failed", "running", "succeeded"]
    assert "Nothing is taken down" in text
    assert "Yes, cancel 2 runs" in text
    assert text.count("left as it is: it has ended") == 1
    assert text.count('name="_selected_action"') == 3
    assert f'action="{reverse(RUNS)}?age=day"' in text
    response = confirm(operator, bad, busy, good, query="?age=day")
    assert statuses(bad, busy, good) == ["cancelled", "cancelled", "succeeded"]
    assert states(bad) == ["succeeded", "failed", "cancelled"]
    assert said(response) == [
        f"<div>2 cancelled, 1 refused.</div><div>Create application good: The run is succeeded: {ENDED}</div>"
    ]


def test_when_nothing_can_be_cancelled_there_is_no_button(operator: Client) -> None:
    text = page(choose(operator, "cancel_chosen", a_finished_run()))
    assert "Yes, cancel" not in text
    assert "No, go back" in text


def test_many_refusals_are_counted(operator: Client) -> None:
    runs = [a_run(f"app{n}") for n in range(12)]
    told = said(choose(operator, "retry_chosen", *runs))[0]
    assert told.startswith("<div>12 refused.</div><div>Create application app0: ")
    assert told.endswith("<div>And 2 more.</div>")
    assert told.count(NOT_FAILED) == 10


def test_too_many_at_once_are_refused_whole(operator: Client) -> None:
    run = a_failed_run()
    Run.objects.bulk_create(Run(workflow="three", title=f"Run {n}", status="failed") for n in range(500))
    for action in ("retry_chosen", "cancel_chosen"):
        response = choose(operator, action, run, select_across="1")
        assert said(response)[-1] == "At most 500 runs at once. Nothing was done."
    assert set(Run.objects.values_list("status", flat=True)) == {"failed"}


def test_nothing_ticked(operator: Client) -> None:
    a_failed_run()
    assert "Items must be selected" in said(choose(operator, "retry_chosen"))[0]


def test_buttons_on_the_page(operator: Client) -> None:
    run = a_failed_run()
    response = press(operator, "retry", run)
    assert (response.status_code, response["Location"]) == (302, run_page(run))
    assert (said(response), statuses(run)) == (["<div>1 retried.</div>"], ["running"])
    assert "Yes, cancel 1 run<" in page(press(operator, "cancel", run))
    assert statuses(run) == ["running"]
    response = press(operator, "cancel", run, confirmed="yes")
    assert (response.status_code, response["Location"]) == (302, run_page(run))
    assert (said(response), statuses(run)) == (["<div>1 cancelled.</div>"], ["cancelled"])


@pytest.mark.parametrize("button", ["retry", "cancel"])
def test_a_button_is_a_post_by_somebody_who_may(operator: Client, onlooker: Client, button: str) -> None:
    run = a_failed_run()
    address = reverse(f"admin:provisioning_run_{button}", args=[run.pk])
    assert operator.get(address, {"confirmed": "yes"}).status_code == 405
    assert onlooker.post(address, {"confirmed": "yes"}).status_code == 403
    assert Client().post(address, {"confirmed": "yes"}).status_code == 302
    member = User.objects.create_user("mona", "mona@example.com")
    assert logged_in(member).post(address, {"confirmed": "yes"}).status_code == 302
    strict = logged_in(staff("otto", "change_run"), enforce_csrf_checks=True)
    assert strict.post(address, {"confirmed": "yes"}).status_code == 403
    assert operator.post(reverse(f"admin:provisioning_run_{button}", args=[uuid4()])).status_code == 404
    assert statuses(run) == ["failed"]


def test_whoever_may_not_act_has_no_actions(onlooker: Client) -> None:
    run = a_failed_run()
    assert "retry_chosen" not in page(onlooker.get(reverse(RUNS)))
    choose(onlooker, "retry_chosen", run)
    confirm(onlooker, run)
    assert statuses(run) == ["failed"]


def test_permission_to_change_runs_is_enough(db: None) -> None:
    run = a_failed_run()
    assert said(choose(logged_in(staff("olav", "change_run")), "retry_chosen", run)) == ["<div>1 retried.</div>"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", ["list", "button"])
def test_twenty_presses_at_once_retry_once(where: str) -> None:
    run = a_failed_run()
    clients = [logged_in(staff(f"op{n}", "change_run")) for n in range(20)]

    def once(index: int) -> list[str]:
        if where == "list":
            return said(choose(clients[index], "retry_chosen", run, query="?status__exact=failed"))
        return said(press(clients[index], "retry", run))

    answers = sorted(answer[0] for answer in together(20, once))
    refused = f"<div>1 refused.</div><div>Create application shop: The run is running: {NOT_FAILED}</div>"
    assert answers == [refused] * 19 + ["<div>1 retried.</div>"]
    assert Event.objects.filter(kind="retried").count() == LogEntry.objects.count() == 1
    assert step_of(run, "two").get().retries == 1
    assert work(run).status == "succeeded"


@pytest.mark.django_db(transaction=True)
def test_a_busy_database_refuses_one_and_not_the_others() -> None:
    """On SQLite a writer locks the whole database, on MariaDB the run's row: there the other run is retried."""
    busy, free = a_failed_run("busy"), a_failed_run("free")
    operator = logged_in(staff("omar", "change_run"))
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            sql.change(sql.LOCK_RUN, busy.pk.hex)
            locked.set()
            done.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert locked.wait(30)
        wait_briefly()
        response = choose(operator, "retry_chosen", busy, free)
    finally:
        done.set()
        holder.join()
        connection.close()
    assert "Create application busy: The database was busy. Try again." in said(response)[0]
    assert statuses(busy)[0] == "failed"


def wait_briefly() -> None:
    """This connection waits a second for locks, not twenty."""
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":
            cursor.execute("SET innodb_lock_wait_timeout=1")
        else:
            cursor.execute("PRAGMA busy_timeout=200")
