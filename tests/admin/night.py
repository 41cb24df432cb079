"""What an operator finds at night: people, applications, and runs in every state that the engine leaves behind."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Team, User
from apps.models import App, AppType
from projects.models import Project
from provisioning import engine, owner, workflows
from provisioning.models import Run, Step
from provisioning.workflows.base import Workflow
from tests.workflows.shapes import three


def staff(name: str, *permissions: str) -> User:
    """A member of staff with these permissions, such as change_run."""
    person = User.objects.create_user(name, f"{name}@example.com", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return person


def superuser(name: str) -> User:
    """Somebody who may do everything."""
    return User.objects.create_superuser(name, f"{name}@example.com")


def logged_in(person: User, **kwargs: Any) -> Client:
    """A browser in which the person is logged in."""
    client = Client(**kwargs)
    client.force_login(person)
    return client


def an_app(name: str = "shop", team: str = "dev") -> App:
    """An application, with the team, project and type that it needs."""
    home, _ = Team.objects.get_or_create(name=team, defaults={"cluster": "https://kubernetes.default.svc"})
    author, _ = User.objects.get_or_create(username="hana", defaults={"email": "hana@example.com", "team": home})
    project, _ = Project.objects.get_or_create(name=f"{team}-things", defaults={"team": home, "author": author})
    kind, _ = AppType.objects.get_or_create(
        name="spring", defaults={"title": "Spring Boot", "source_template": "spring_Template"}
    )
    return App.objects.create(name=name, project=project, type=kind, author=author)


def a_run(name: str = "shop", workflow: Workflow = three, *, title: str = "", team: str = "dev", **inputs: Any) -> Run:
    """A run that has just been started, for an application of its own."""
    app = an_app(name, team)
    run = Run(
        title=title or f"Create application {name}", app=app, team=app.team, requested_by=app.author, inputs=inputs
    )
    run.active_key = f"app:{app.pk}"
    with transaction.atomic():
        return engine.start(workflow, run)


def a_failed_run(name: str = "shop", **kwargs: Any) -> Run:
    """A run whose second step was refused by the other side."""
    return work(a_run(name, two=["refused"], **kwargs))


def a_finished_run(name: str = "shop", **kwargs: Any) -> Run:
    """A run that went well."""
    return work(a_run(name, **kwargs))


def work(run: Run) -> Run:
    """Do what is due, as a worker would, until nothing is."""
    while due := list(Step.objects.filter(run=run, status="queued").values_list("id", flat=True)):
        for step_id in due:
            engine.advance(step_id, owner.me(), workflows.find_step, owner.died)
    run.refresh_from_db()
    return run


def step_of(run: Run, name: str) -> QuerySet[Step]:
    """One step, for `update` or `get`."""
    return Step.objects.filter(run=run, name=name)


def age(run: Run, **ago: float) -> None:
    """Make the run so old."""
    at = timezone.now() - timedelta(**ago)
    Run.objects.filter(pk=run.pk).update(created_at=at, started_at=at)
    run.events.update(at=at)


def statuses(*runs: Run) -> list[str]:
    """The status of each, as it is now."""
    found = dict(Run.objects.values_list("pk", "status"))
    return [found[run.pk] for run in runs]


def states(run: Run) -> list[str]:
    """The status of each step, in order."""
    return list(Step.objects.filter(run=run).order_by("position").values_list("status", flat=True))


def page(response: Any) -> str:
    """The page's text; it must have come."""
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def said(response: HttpResponse) -> list[str]:
    """What the person is told on the next page."""
    return [str(message) for message in get_messages(response.wsgi_request)]  # type: ignore[attr-defined]


RUNS = "admin:provisioning_run_changelist"


def choose(client: Client, action: str, *runs: Run, query: str = "", **more: str) -> Any:
    """Tick runs in the list and press Go."""
    data = {"action": action, "_selected_action": [str(run.pk) for run in runs], "index": "0", **more}
    return client.post(reverse(RUNS) + query, data)


def confirm(client: Client, *runs: Run, query: str = "") -> Any:
    """Press Yes on the page that asks whether to cancel."""
    ids = [str(run.pk) for run in runs]
    data = {"action": "cancel_chosen", "_selected_action": ids, "confirmed": "yes"}
    return client.post(reverse(RUNS) + query, data)


def run_page(run: Run) -> str:
    """The address of the run's page."""
    return reverse("admin:provisioning_run_change", args=[run.pk])


def press(client: Client, button: str, run: Run, **data: str) -> Any:
    """Press a button on the run's page."""
    return client.post(reverse(f"admin:provisioning_run_{button}", args=[run.pk]), data)
