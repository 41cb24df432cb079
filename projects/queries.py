"""Projects, as far as the caller may see them."""

from django.db.models import QuerySet

from accounts.models import User
from accounts.permissions import visible
from accounts.queries import team_for
from config.errors import NotFound
from projects.models import Project


def projects(user: User) -> QuerySet[Project]:
    """The projects that the user may see."""
    return visible(user, Project.objects.select_related("team", "author"))


def projects_of_team(user: User, team_id: int) -> QuerySet[Project]:
    """The projects of one team; NotFound when there is none that the user may see."""
    return projects(user).filter(team=team_for(user, team_id))


def project(user: User, project_id: int) -> Project:
    """One project; NotFound when there is none that the user may see."""
    found = projects(user).filter(pk=project_id).first()
    if found is None:
        raise NotFound("project")
    return found
