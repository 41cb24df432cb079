"""Celery as the transport of the engine: a message is the id of a step, the rows are the truth.

A worker must be safe as it stands, however it is started (`celery -A config worker`, with any pool, or embedded), so
nothing is left to the command line: what is no setting (celery_settings.py) is forced here.
"""

import os
from functools import cached_property
from typing import Any

from celery import Celery, signals
from celery.apps.worker import Worker
from celery.worker import WorkController

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Celery 5.7.0's reconnect ends the worker when Redis drops while one slot is busy and one free, unless nothing in the
# worker uses pub/sub: remote control off (a setting, below) and gossip and mingle off (only arguments, hence here).
NO_PUBSUB = {"without_gossip": True, "without_mingle": True}


class QuietWorker(Worker):
    """The worker of the command line, without pub/sub."""

    def prepare_args(self, **kwargs: Any) -> dict[str, Any]:
        """Turn gossip and mingle off, whatever the command line says."""
        return {**kwargs, **NO_PUBSUB}


class QuietWorkController(WorkController):
    """The embedded worker, without pub/sub."""

    def prepare_args(self, **kwargs: Any) -> dict[str, Any]:
        """Turn gossip and mingle off."""
        return {**kwargs, **NO_PUBSUB}


class Platform(Celery):
    """The Celery application, whose workers are safe on every supported start."""

    @cached_property
    def Worker(self) -> Any:  # noqa: N802 - Celery's own name
        """The worker that `celery worker` starts."""
        return self.subclass_with_self(QuietWorker)

    @cached_property
    def WorkController(self) -> Any:  # noqa: N802 - Celery's own name
        """The worker that a process embeds."""
        return self.subclass_with_self(QuietWorkController)


app = Platform("slipway")
app.config_from_object("config.celery_settings")
app.autodiscover_tasks(["provisioning"])


@signals.setup_logging.connect
def keep_django_logging(**kwargs: object) -> None:
    """Celery leaves logging as Django's settings made it, with secrets redacted."""
