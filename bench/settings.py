"""The platform's settings, with the workflows and tasks of the benchmarks known to every process that uses them."""

from config.settings import *  # noqa: F403 - settings are one flat name space
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "bench.workflows.apps.WorkflowsConfig"]
