"""Web, worker and dispatcher in one process, for a machine without any Redis: `python -m demo.single PORT`.

The broker is a queue in this process' memory. That loses every message when the process dies, which does no harm: the
rows are the queue, and the dispatcher sends again what is due.
"""

import sys
import threading

import uvicorn
from django.conf import settings

# config.asgi sets Django up when it is imported; what comes after it needs that.
from config.asgi import application
from config.celery import app
from provisioning.dispatcher import Dispatcher
from provisioning.pulse import Pulse
from provisioning.tasks import begin

SLOTS = 4


def main(host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C, which uvicorn handles in the main thread; then end the worker's threads."""
    if settings.REDIS_URL:
        sys.exit("demo.single is for a machine without Redis: take REDIS_URL out of the environment.")
    begin()
    worker, dispatcher, pulse = app.WorkController(pool="threads", concurrency=SLOTS), Dispatcher(), Pulse()
    others = [
        threading.Thread(target=worker.start, name="worker", daemon=True),
        threading.Thread(target=dispatcher.run, name="dispatcher", daemon=True),
    ]
    for thread in (pulse, *others):
        thread.start()
    uvicorn.run(application, host=host, port=port, log_level="warning", access_log=False)
    dispatcher.stopped.set()
    worker.stop()
    pulse.stop()
    for thread in others:
        thread.join(5)


if __name__ == "__main__":
    main("127.0.0.1", int(sys.argv[1]))
