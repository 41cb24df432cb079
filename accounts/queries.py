"""Teams and people, as far as the caller may see them."""

from django.db.models import Prefetch, QuerySet

from accounts.models import Team, User
from accounts.permissions import visible
from config.errors import Invalid, NotFound
from provisioning.models import Resource


def teams(user: User) -> QuerySet[Team]:
    """With what each has in the systems."""
    own = Prefetch("resources", Resource.objects.filter(app=None, user=None))
    return visible(user, Team.objects.all()).prefetch_related(own)


def team(user: User, team_id: int) -> Team:
    """One team; NotFound when there is none that the user may see."""
    found = teams(user).filter(pk=team_id).first()
    if found is None:
        raise NotFound("team")
    return found


def team_for(user: User, reference: int | str | None) -> Team:
    """The team that something new shall belong to: the one that is named, else the user's own."""
    wanted = user.team_id if reference is None else reference
    if wanted is None:
        raise Invalid("team", "You belong to no team: say which team it is for.")
    by = {"pk": wanted} if isinstance(wanted, int) else {"name": wanted}
    found = visible(user, Team.objects.filter(**by)).first()
    if found is None:
        raise NotFound("team")
    return found


def profile(user: User) -> User:
    """The user with team and accounts in the systems."""
    return User.objects.select_related("team").prefetch_related("resources").get(pk=user.pk)
