"""`create_app` without the platform: the same step code and clients, so the same calls, but no rows and no messages.

What the engine keeps in rows is kept in this process' memory. `one_after_another` is what a plain script would do;
`critical_path` has every step begin the moment its needs are met, and look again the moment what it waits for is there.
"""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from apps.models import App
from provisioning.ledger import Ledger, key
from provisioning.models import Resource, Run
from provisioning.steps.base import Context, Step, Wait
from provisioning.workflows.create_app import create_app

# How often the critical path looks at what should be there by now.
LOOK = 0.005


def nothing() -> None:
    """There is no lease to renew."""


@dataclass
class Plain:
    """One application that is being created: the outputs of its steps, the ledger."""

    app: App
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    rows: dict[str, Resource] = field(default_factory=dict)

    @cached_property
    def run(self) -> Run:
        """A run that is in no table."""
        return Run(app=self.app, team=self.app.team)

    def do(self, step: type[Step], pause: Callable[[Wait], None]) -> None:
        """Execute a step to its end; `pause` passes the time of its waits."""
        held = Remembered(self.run.id, step.name, self)
        while isinstance(outcome := step().run(PlainContext(held)), Wait):
            held.looks += 1
            pause(outcome)
        self.outputs[step.name], self.ended[step.name] = outcome, time.monotonic()


@dataclass
class Remembered:
    """What a step's context reads of a claim."""

    run_id: UUID
    name: str
    plain: Plain
    looks: int = 0
    memory: dict[str, Any] = field(default_factory=dict)

    def output(self, name: str) -> dict[str, Any]:
        """What another step put out."""
        return self.plain.outputs[name]


class PlainContext(Context):
    """A context that knows no database."""

    def __init__(self, held: Remembered) -> None:
        super().__init__(held, nothing)
        self._plain = held.plain
        self.memory = held.memory

    @cached_property
    def run(self) -> Run:
        return self._plain.run

    @cached_property
    def ledger(self) -> Ledger:
        return PlainLedger(self._plain)


class Row(Resource):
    """A row of the ledger that is in no table."""

    class Meta:
        proxy = True
        app_label = "bench_workflows"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: it is kept where it is."""


class PlainLedger(Ledger):
    """A ledger in memory."""

    def __init__(self, plain: Plain) -> None:
        super().__init__(plain.run, "", nothing)
        self._rows = plain.rows

    def find(self, system: str, kind: str, name: str) -> Resource | None:
        return self._rows.get(key(system, kind, name))

    def _write(self, system: str, kind: str, name: str) -> Resource:
        row = Row(system=system, kind=kind, name=name, app=self._run.app)
        return self._rows.setdefault(key(system, kind, name), row)


def one_after_another(app: App) -> float:
    """Seconds that a plain script takes, which sleeps where the engine parks a step."""
    plain, began = Plain(app), time.monotonic()
    for step in create_app.steps.values():
        plain.do(step, lambda outcome: time.sleep(outcome.after))
    return time.monotonic() - began


def critical_path(app: App, pool: Executor, fork_seconds: float) -> float:
    """Seconds of the longest way through the workflow, branches side by side. Only forks are waited for."""
    plain, began = Plain(app), time.monotonic()
    doing: dict[Future[None], str] = {}
    todo = dict(create_app.steps)
    while todo or doing:
        for name in [name for name in todo if plain.ended.keys() >= set(create_app.needs[name])]:
            step = todo.pop(name)
            doing[pool.submit(plain.do, step, until_forked(plain, name, fork_seconds))] = name
        done, _ = wait(doing, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()
            del doing[future]
    return time.monotonic() - began


def until_forked(plain: Plain, name: str, fork_seconds: float) -> Callable[[Wait], None]:
    """Sleeps until a fork that was asked for when the step's needs ended is ready, and no longer."""

    def pause(outcome: Wait) -> None:
        asked = max(plain.ended[need] for need in create_app.needs[name])
        time.sleep(max(LOOK, asked + fork_seconds - time.monotonic()))

    return pause
