"""The environment in which tests run: every variable of the platform, whatever the developer's shell says.

Settings read the environment once, at their import, so `prepare` must run before Django is set up (tests/conftest.py
does it when pytest is configured). Processes that tests start get the same, plus the database that Django made for the
tests.
"""

import os
from pathlib import Path

from django.db import connection

from simulators.argocd.models import ADMIN_TOKEN as ARGOCD_TOKEN
from simulators.gitlab.models import ADMIN_TOKEN as GITLAB_TOKEN
from simulators.jenkins.users import ADMIN as JENKINS_USER
from simulators.jenkins.users import ADMIN_TOKEN as JENKINS_TOKEN
from tests.launch import free_port

SETTINGS = "tests.settings"
SIMULATORS_PORT = free_port()
SIMULATORS = f"http://127.0.0.1:{SIMULATORS_PORT}"
PREFIXES = ("GITLAB_", "JENKINS_", "ARGOCD_", "ELASTICSEARCH_", "KIBANA_", "KUBERNETES_", "SLACK_", "FORK_")

VARIABLES = {
    "SECRET_KEY": "a-key-for-tests-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    "SEALING_KEY": "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMzI=",
    "DEBUG": "false",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "EXTERNAL_URL": "http://localhost:8000",
    "GITLAB_URL": f"{SIMULATORS}/gitlab",
    "GITLAB_TOKEN": GITLAB_TOKEN,
    "JENKINS_URL": f"{SIMULATORS}/jenkins",
    "JENKINS_USER": JENKINS_USER,
    "JENKINS_TOKEN": JENKINS_TOKEN,
    "ARGOCD_URL": f"{SIMULATORS}/argocd",
    "ARGOCD_TOKEN": ARGOCD_TOKEN,
    "IMAGE_REPOSITORY": "registry.test/apps",
    "PYTHONUNBUFFERED": "1",
}


def prepare(folder: Path, database_url: str = "", redis_url: str = "") -> None:
    """Set the environment for this process; by default a SQLite file in `folder` and no Redis."""
    for name in [name for name in os.environ if name.startswith(PREFIXES)]:
        del os.environ[name]
    os.environ.update(VARIABLES)
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    os.environ["DATABASE_URL"] = database_url or f"sqlite:///{folder / 'slipway.sqlite3'}"
    os.environ["REDIS_URL"] = redis_url


def of_processes() -> dict[str, str]:
    """The environment of a process beside the tests: as ours, on the database that the running test uses."""
    return {**os.environ, "DATABASE_URL": database_url()}


def database_url() -> str:
    """The address of the database of the running test, as DATABASE_URL takes it."""
    names = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{names['NAME']}"
    return f"mysql://{names['USER']}:{names['PASSWORD']}@{names['HOST']}:{names['PORT']}/{names['NAME']}"
