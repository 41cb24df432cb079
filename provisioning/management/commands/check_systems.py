"""`manage.py check_systems`: are the tokens valid?"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from config import checks
from provisioning.system_checks import check_systems


class Command(BaseCommand):
    """Asks each system who we are."""

    help = "Check the address and the token of each system, one line each. Ends with status 1 when one is not fine."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            checks.refuse_to_start()
        except ImproperlyConfigured as error:
            raise CommandError(str(error))
        wrong = []
        for verdict in check_systems():
            self.stdout.write(f"{verdict.system}: {'fine' if verdict.fine else 'NOT FINE'}: {verdict.text}")
            wrong += [] if verdict.fine else [verdict.system]
        if wrong:
            raise CommandError(f"Not fine: {', '.join(wrong)}. The lines above say what to do.")
