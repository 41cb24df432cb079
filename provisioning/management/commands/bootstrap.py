"""`manage.py bootstrap`: what a fresh set of systems needs before the first application."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from config import checks
from provisioning.bootstrap import bootstrap
from provisioning.systems.errors import SystemFault


class Command(BaseCommand):
    """Makes what is missing, and says what there is."""

    help = (
        "Make what a fresh set of systems needs before the first application: the template group with the template "
        "repositories out of blueprints/, the application types, and the teams of TEAM_CLUSTERS with their GitLab "
        "group, Jenkins folder and Argo CD project. (Jenkins roles and Kibana spaces are not made as yet.) It may be "
        "run at any time, by several people at once: it changes only what is missing, and a template that exists is "
        "left as it is."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            checks.refuse_to_start()
            for done in bootstrap():
                self.stdout.write(f"{'made' if done.made else 'already there'}: {done.what}")
        except ImproperlyConfigured as error:
            raise CommandError(str(error))
        except DatabaseError as error:
            raise CommandError(f"The database is not ready ({error}). Run `manage.py migrate` first.")
        except SystemFault as fault:
            raise CommandError(
                f"{fault.message} {fault.hint} Then run bootstrap again: it goes on where it was.".strip()
            )
