"""Workers and dispatchers under a supervisor, and everything bad that may happen to them."""

import os
import random
import signal
import time
from collections.abc import Callable

from tests.fleet import Fleet
from tests.processes import Process
from tests.servers import MariaDB, Redis

RESEND = {"RESEND_SECONDS": "5"}


class Crew:
    """Two workers and two dispatchers; whoever ends is started again, as a supervisor does."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.workers = [self.new_worker() for _ in range(2)]
        self.dispatchers = [self.new_dispatcher() for _ in range(2)]

    def new_worker(self) -> Process:
        """One more worker."""
        return self.fleet.worker(3, **RESEND)

    def new_dispatcher(self) -> Process:
        """One more dispatcher."""
        return self.fleet.dispatcher(**RESEND)

    def supervise(self) -> None:
        """Replace whoever ended."""
        self.workers = [worker if worker.alive else self.new_worker() for worker in self.workers]
        self.dispatchers = [one if one.alive else self.new_dispatcher() for one in self.dispatchers]


class Chaos:
    """Does something bad every few seconds. The seed makes the order the same each time."""

    def __init__(self, crew: Crew, redis: Redis, mariadb: MariaDB | None, seed: int) -> None:
        self.crew, self.redis, self.mariadb = crew, redis, mariadb
        self.random = random.Random(seed)
        self.done: list[str] = []
        self.deeds: list[Callable[[], object]] = [
            self.kill_a_child,
            self.kill_a_worker,
            self.stop_a_worker,
            self.let_a_worker_stand_still,
            self.kill_a_dispatcher,
            self.flush_the_broker,
            self.restart_the_broker_empty,
            *([self.restart_the_database, self.kill_the_database] if mariadb else []),
        ]

    def strike(self, seconds: float) -> None:
        """Strike until the time is over; the last deeds are as likely to be bad as the first."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            deed = self.random.choice(self.deeds)
            self.done.append(deed.__name__)
            deed()
            time.sleep(self.random.uniform(1, 4))
            self.crew.supervise()

    def kill_a_child(self) -> None:
        """As the kernel does when memory runs out."""
        children = self.random.choice(self.crew.workers).children()
        if children:
            os.kill(self.random.choice(children), signal.SIGKILL)

    def kill_a_worker(self) -> None:
        """As a machine that is lost."""
        self.random.choice(self.crew.workers).kill_group()

    def stop_a_worker(self) -> None:
        """As a deploy does."""
        self.random.choice(self.crew.workers).terminate()

    def let_a_worker_stand_still(self) -> None:
        """As a virtual machine that is moved."""
        worker = self.random.choice(self.crew.workers)
        worker.pause()
        time.sleep(self.random.uniform(0.5, 6))
        worker.resume()

    def kill_a_dispatcher(self) -> None:
        """The other one goes on alone."""
        self.random.choice(self.crew.dispatchers).kill_group()

    def flush_the_broker(self) -> None:
        """Every message is lost."""
        self.redis.flush()

    def restart_the_broker_empty(self) -> None:
        """Every message and every connection is lost."""
        self.redis.restart_empty()

    def restart_the_database(self) -> None:
        """Every connection is lost."""
        if self.mariadb:
            self.mariadb.restart()

    def kill_the_database(self) -> None:
        """What was not committed is lost."""
        if self.mariadb:
            self.mariadb.kill()
            self.mariadb.start()
