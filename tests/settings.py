"""The platform's settings, with the tests' workflows known to every process that uses them."""

from config.settings import *  # noqa: F403 - settings are one flat name space
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.workflows.apps.WorkflowsConfig"]
