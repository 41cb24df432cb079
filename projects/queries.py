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


def project(user: User, reference: int | str) -> Project:
    """One project, by id or name; NotFound when there is none that the user may see."""
    by = {"pk": reference} if isinstance(reference, int) else {"name": reference}
    found = projects(user).filter(**by).first()
    if found is None:
        raise NotFound("project")
    return found
