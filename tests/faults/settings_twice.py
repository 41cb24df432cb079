"""The platform whose messages all come twice: the exchange feeds two queues, and workers read both."""

from celery import current_app
from kombu import Exchange, Queue

from tests.settings import *  # noqa: F403 - settings are one flat name space

steps = Exchange("steps", type="direct")
current_app.conf.task_queues = [
    Queue("steps", steps, routing_key="steps"),
    Queue("steps_again", steps, routing_key="steps"),
]
