"""The platform whose messages are all lost: what web and workers send goes to a broker that nobody reads.

Only the dispatcher, which runs with the ordinary settings, reaches the workers.
"""

import os

from celery import current_app

from tests.settings import *  # noqa: F403 - settings are one flat name space

current_app.conf.broker_read_url = os.environ["REDIS_URL"]
current_app.conf.broker_write_url = os.environ["NOWHERE_URL"]
