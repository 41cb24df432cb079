"""The web process: `uvicorn config.asgi:application`."""

import logging
import os
from concurrent.futures import ThreadPoolExecutor

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - Django must be set up first
from django.core.exceptions import ImproperlyConfigured  # noqa: E402
from django.db import DatabaseError, InterfaceError, connection  # noqa: E402

from config.checks import refuse_to_start  # noqa: E402
from config.web import Web  # noqa: E402
from provisioning import messages  # noqa: E402
from provisioning.checks import fit  # noqa: E402

log = logging.getLogger(__name__)


def start() -> Web:
    """Refuse wrong settings; then serve, and leave the sending of messages to a thread of its own."""
    try:
        refuse_to_start()
        # In a thread: some servers import this inside their loop, where Django refuses to use the database.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(refuse_unfit_database).result()
    except ImproperlyConfigured as error:
        raise SystemExit(f"The web process does not start:\n{error}") from None
    # WhiteNoise warns of a folder that nobody has collected files into; it finds them where they are.
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    messages.send_in_background()
    return Web()


def refuse_unfit_database() -> None:
    """A database that is away may come later, /health/ready tells; one that is set up wrongly must not be served."""
    try:
        wrong = fit(connection)
    except (DatabaseError, InterfaceError) as error:
        log.warning("the database is away as yet: %s", error)
    else:
        if wrong:
            raise ImproperlyConfigured("\n".join(f"{error.msg} {error.hint}" for error in wrong))
    finally:
        connection.close()


application = start()
