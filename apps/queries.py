"""Applications and their types, as far as the caller may see them."""

from typing import Any

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import Team, User
from accounts.permissions import sees_team, visible
from apps.models import App, AppType
from config.errors import Invalid, NotFound
from projects.models import Project
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


# What a new application needs to know, in one statement: asked for with every POST, and Django takes longer to put it
# into SQL anew than the database to answer it.
PLACE = """
SELECT p.id, p.name, p.team_id, t.name, y.id, y.name
  FROM projects_project p JOIN accounts_team t ON t.id = p.team_id
       LEFT JOIN apps_apptype y ON y.name = %s AND y.active = %s """
BY_ID, BY_NAME = f"{PLACE} WHERE p.id = %s", f"{PLACE} WHERE p.name = %s"


def place(user: User, reference: int | str, type_name: str) -> tuple[Project, AppType]:
    """Project and type of a new application. NotFound for a project that the user may not see, Invalid for the type."""
    with connection.cursor() as cursor:
        cursor.execute(BY_ID if isinstance(reference, int) else BY_NAME, [type_name, True, reference])
        row = cursor.fetchone()
    if row is None or not sees_team(user, row[2]):
        raise NotFound("project")
    if row[5] != type_name:
        raise unknown_type(type_name)
    found = Project.from_db(connection.alias, ["id", "name", "team_id"], row[:3])
    found.team = Team.from_db(connection.alias, ["id", "name"], row[2:4])
    return found, AppType.from_db(connection.alias, ["id", "name"], row[4:6])


def unknown_type(name: str) -> Invalid:
    """There is no such type, or new applications cannot have it."""
    known = ", ".join(types().values_list("name", flat=True)) or "none; ask an operator to run `manage.py bootstrap`"
    return Invalid("type", f"There is no type {name}. Known types: {known}.")
