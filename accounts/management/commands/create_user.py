"""`manage.py create_user`: makes a person by hand, a member of a team or staff."""

import os
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Team, User

VARIABLE = "NEW_USER_PASSWORD"


class Command(BaseCommand):
    """Makes a person by hand, until people can sign up themselves."""

    help = (
        "Make a member of a team, or staff. Only the platform's own account is made, none in the other systems. The "
        f"password is read from the environment variable {VARIABLE}, or asked for; it is never an argument, since "
        "everybody on the machine can read those."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--email", required=True)
        parser.add_argument("--team", help="name of the team, e.g. dev")
        parser.add_argument("--display-name", default="")
        parser.add_argument("--staff", action="store_true", help="sees everything and may use the admin")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User(
            username=options["username"],
            email=options["email"],
            display_name=options["display_name"],
            team=team_called(options["team"]),
            is_staff=options["staff"],
            is_superuser=options["staff"],
        )
        if person.team is None and not person.is_staff:
            raise CommandError("A member needs a team: add --team NAME, or --staff for somebody who sees everything.")
        try:
            person.full_clean(exclude=["password"])
            person.set_password(checked(asked_password(), person))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages))
        person.save(force_insert=True)
        self.stdout.write(f"made {person.username}, {'staff' if person.is_staff else f'member of {person.team}'}")


def team_called(name: str | None) -> Team | None:
    """The team; CommandError names those that there are."""
    if name is None:
        return None
    team = Team.objects.filter(name=name).first()
    if team is None:
        there = ", ".join(Team.objects.values_list("name", flat=True)) or "none yet: run `manage.py bootstrap` first"
        raise CommandError(f"There is no team {name}. The teams are: {there}.")
    return team


def asked_password() -> str:
    """From the environment, else typed twice."""
    if given := os.environ.get(VARIABLE):
        return given
    first = getpass("Password: ")
    if first != getpass("Again: "):
        raise CommandError("The two passwords differ. Nothing was made.")
    return first


def checked(password: str, person: User) -> str:
    """The password, if it is good enough for this person."""
    validate_password(password, person)
    return password
