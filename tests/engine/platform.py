"""The engine in one process: rows in a real database, messages on a real broker, delivered when a test says so."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from celery import current_app
from django.db import connection, transaction
from kombu import Connection, Consumer, Message, Queue

from provisioning import engine, owner, workflows
from provisioning.models import Event, Run, Step
from provisioning.workflows.base import Workflow
from tests.workflows.models import Call

Answer = TypeVar("Answer")


class Platform:
    """Starts runs and does their steps, message by message."""

    def __init__(self, broker: Connection) -> None:
        self._broker = broker
        self._letters: list[int] = []
        queue = Queue(current_app.conf.task_default_queue, routing_key=current_app.conf.task_default_queue)
        self._consumer = Consumer(
            broker.default_channel, [queue], on_message=self._take, auto_declare=True, no_ack=True
        )
        self._consumer.consume()

    def _take(self, message: Message) -> None:
        args, _, _ = message.decode()
        self._letters.append(args[0])

    def start(self, workflow: Workflow, *, key: str | None = None, **inputs: Any) -> Run:
        """A new run of `workflow`, whose steps do what `inputs` says."""
        with transaction.atomic():
            return engine.start(workflow, Run(title=f"Try {workflow.name}", active_key=key, inputs=inputs))

    def letters(self) -> list[int]:
        """Ids of steps for which messages lie on the broker; they are taken off it."""
        while True:
            before = len(self._letters)
            try:
                self._broker.drain_events(timeout=0.01)
            except TimeoutError:
                if len(self._letters) == before:
                    break
        letters, self._letters = self._letters, []
        return letters

    def do(self, *step_ids: int, by: str | None = None) -> None:
        """What a worker does with messages for these steps."""
        for step_id in step_ids:
            engine.advance(step_id, by or owner.me(), workflows.find_step, owner.died)

    def deliver(self) -> list[int]:
        """Deliver the messages that are on the broker now; answers their step ids."""
        letters = self.letters()
        self.do(*letters)
        return letters

    def work(self, run: Run) -> Run:
        """Deliver messages and send what is due, until the run has come to rest."""
        while run.status == "running":
            if not self.deliver():
                self.do(*engine.due())
            run.refresh_from_db()
        return run

    def step(self, run: Run, name: str) -> Step:
        """A step as it is now."""
        return Step.objects.get(run=run, name=name)

    def states(self, run: Run) -> list[tuple[str, str]]:
        """Every step with its status, in order."""
        return list(Step.objects.filter(run=run).order_by("position").values_list("name", "status"))

    def story(self, run: Run) -> list[tuple[str, str]]:
        """Everything that happened, in order: (step, kind)."""
        return list(Event.objects.filter(run=run).order_by("id").values_list("step", "kind"))

    def calls(self, run: Run) -> list[str]:
        """Every execution of a step, in order."""
        return list(Call.objects.filter(run=str(run.pk)).order_by("id").values_list("step", flat=True))


def work_until(platform: Platform, run: Run, step: str) -> None:
    """Do everything before `step`, which is left queued."""
    waiting_for = platform.step(run, step).pk
    others: list[int] = []
    while letters := [letter for letter in platform.letters() if letter not in others]:
        for letter in letters:
            if letter == waiting_for:
                others.append(letter)
            else:
                platform.do(letter)


def together(number: int, deed: Callable[[int], Answer]) -> list[Answer]:
    """Do `deed(0..number-1)` in threads that begin at the same moment; answers what each answered."""
    barrier = threading.Barrier(number)

    def one(index: int) -> Answer:
        try:
            barrier.wait(timeout=10)
            return deed(index)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))
