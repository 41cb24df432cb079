"""What people do with projects."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts.models import Team, User
from accounts.permissions import require_author
from config.errors import Refusal
from projects.models import Project


def create_project(*, name: str, team: Team, author: User | None, description: str = "") -> Project:
    """Make a project. Raises Refusal `name_taken`: names are unique over all teams, whatever the case of letters."""
    project = Project(name=name, description=description, team=team, author=author)
    return keep(project)


def change_project(*, project: Project, actor: User, **changes: Any) -> Project:
    """Change name or description. Raises Forbidden, or Refusal `name_taken`."""
    require_author(actor, project, "project")
    for field in ("name", "description"):
        setattr(project, field, changes.get(field, getattr(project, field)))
    return keep(project)


def delete_project(*, project: Project, actor: User) -> None:
    """Remove an empty project. Raises Forbidden, or Refusal `not_empty`."""
    require_author(actor, project, "project")
    try:
        with transaction.atomic():
            project.delete()
    except (ProtectedError, IntegrityError):
        raise Refusal("not_empty", f"Project {project.name} has applications. Delete or move them first.")


def keep(project: Project) -> Project:
    """Save, unless another project has the name; of two at once, the database lets one through."""
    try:
        with transaction.atomic():
            if Project.objects.filter(name__iexact=project.name).exclude(pk=project.pk).exists():
                raise taken(project.name)
            project.save()
    except IntegrityError:
        raise taken(project.name)
    return project


def taken(name: str) -> Refusal:
    """Names are unique over all teams."""
    return Refusal("name_taken", f"A project named {name} exists already. Choose another name.")
