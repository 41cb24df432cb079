"""Applications and their types, as far as the caller may see them."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import User
from accounts.permissions import visible
from apps.models import App, AppType
from config.errors import Invalid, NotFound
from projects.queries import project
from provisioning.models import Resource, Run


def applications(user: User) -> QuerySet[App]:
    """The applications that the user may see, each with its newest run."""
    rows = visible(user, App.objects.select_related("project__team", "type", "author"))
    newest = Run.objects.filter(app=OuterRef("pk")).order_by("-id")
    return rows.annotate(last_run=Subquery(newest.values("id")[:1]), last_status=Subquery(newest.values("status")[:1]))


def applications_of_project(user: User, project_id: int) -> QuerySet[App]:
    """The applications of one project, by name; NotFound when there is none that the user may see."""
    return applications(user).filter(project=project(user, project_id))


def application(user: User, app_id: int) -> Any:
    """One application; NotFound when there is none that the user may see."""
    found = applications(user).filter(pk=app_id).first()
    if found is None:
        raise NotFound("application")
    return found


def as_new(run: Run) -> Any:
    """The application that `run` has just begun to make, as `application` would answer it."""
    app: Any = run.app
    app.last_run, app.last_status = run.pk, run.status
    return app


def resources(user: User, app_id: int) -> QuerySet[Resource]:
    """What the application owns in other systems; NotFound as for the application."""
    if not visible(user, App.objects.filter(pk=app_id)).exists():
        raise NotFound("application")
    return Resource.objects.filter(app=app_id)


def types() -> QuerySet[AppType]:
    """What new applications may be."""
    return AppType.objects.filter(active=True)


def type_named(name: str) -> AppType:
    """The type; Invalid when new applications cannot have it."""
    found = list(types())
    for each in found:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in found) or "none; ask an operator to run `manage.py bootstrap`"
    raise Invalid("type", f"There is no type {name}. Known types: {known}.")
