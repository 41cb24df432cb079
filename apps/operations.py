"""What people do with applications."""

from django.db import IntegrityError, transaction

from accounts.models import User
from apps.models import App, AppType
from config.errors import Refusal
from projects.models import Project
from provisioning import engine
from provisioning.models import Run
from provisioning.workflows.create_app import create_app as workflow


def create_app(
    *,
    name: str,
    type: AppType,  # noqa: A002 - the contract's word
    project: Project,
    author: User | None,
    description: str = "",
    request_id: str = "",
) -> Run:
    """Write the application, the run that makes it and all its steps, in one transaction; answers the run (`run.app`).

    Nothing is created in any system yet. Raises Refusal `name_taken`; of many at once, the database lets one through.
    """
    app = App(name=name, type=type, project=project, author=author, description=description)
    try:
        with transaction.atomic():
            app.save(force_insert=True)
            return engine.start(workflow, first_run(app, request_id))
    except IntegrityError:
        if App.objects.filter(name=name).exists():
            raise taken(name)
        raise


def first_run(app: App, request_id: str) -> Run:
    """The run that makes the application in every system."""
    return Run(
        title=f"Create application {app.name}",
        active_key=f"app:{app.pk}",
        app=app,
        team=app.team,
        requested_by=app.author,
        inputs={"name": app.name, "type": app.type.name},
        request_id=request_id,
    )


def change_app(*, app: App, description: str) -> None:
    """Change the description."""
    App.objects.filter(pk=app.pk).update(description=description)


def taken(name: str) -> Refusal:
    """One name, many places: unique over all teams."""
    return Refusal("name_taken", f"An application named {name} exists already. Choose another name.")
