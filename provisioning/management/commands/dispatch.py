"""`manage.py dispatch`: the dispatcher's process."""

import signal
from typing import Any

from django.core.management.base import BaseCommand

from config import checks
from provisioning.checks import refuse_unfit_database
from provisioning.dispatcher import Dispatcher


class Command(BaseCommand):
    """Sends steps that are due and were not taken, until SIGTERM or Ctrl-C."""

    help = (
        "Send steps that are due and were not taken: lost messages, waits whose time has come, steps of dead workers. "
        "One such process is enough, two do no harm. It runs until SIGTERM or Ctrl-C."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        checks.refuse_to_start()
        refuse_unfit_database()
        dispatcher = Dispatcher()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: dispatcher.stopped.set())
        self.stdout.write("dispatcher ready")
        self.stdout.flush()
        dispatcher.run()
