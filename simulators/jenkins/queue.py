"""The queue and the builds that come out of it: a state machine on the simulator's clock.

Nothing runs by itself: `Queue.tick(now)` does what has become due, in its order in time, whenever somebody asks.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulators.jenkins.items import Job

FORGET_AFTER = 300.0
WAITING, BLOCKED, LEFT = "waiting", "blocked", "left"


@dataclass(frozen=True)
class Value:
    """A parameter of one build; `kind` is `StringParameterValue` and the like. Passwords are never shown."""

    kind: str
    name: str
    value: Any

    @property
    def secret(self) -> bool:
        return self.kind == "PasswordParameterValue"


@dataclass(frozen=True)
class Cause:
    """Why something was queued: a person (`user`) or the gitlab plugin."""

    text: str
    user: str | None = None


@dataclass(eq=False)
class Build:
    """One run of a job. It ends at `ends_at` with the `outcome` decided when it began; times are seconds since 1970."""

    job: Job
    number: int
    queue_id: int
    values: tuple[Value, ...]
    cause: Cause
    started_at: float
    ends_at: float
    outcome: str
    building: bool = True
    result: str | None = None
    duration: float = 0.0

    def finish(self, at: float, result: str) -> None:
        self.building, self.result, self.duration = False, result, at - self.started_at

    @property
    def log(self) -> str:
        lines = [self.cause.text, f"[Pipeline] Start of {self.job.full_name} #{self.number}"]
        if not self.building:
            lines += ["[Pipeline] End of Pipeline", f"Finished: {self.result}"]
        return "\n".join(lines) + "\n"

    def state(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "queue_id": self.queue_id,
            "parameters": {one.name: "[redacted]" if one.secret else one.value for one in self.values},
            "cause": self.cause.text,
            "building": self.building,
            "result": self.result,
        }


@dataclass(eq=False)
class QueueItem:
    """Something that waits for its build, or did: a LeftItem is remembered for five minutes."""

    id: int
    job: Job
    values: tuple[Value, ...]
    cause: Cause
    since: float
    due_at: float
    state: str = WAITING
    cancelled: bool = False
    build: Build | None = None
    left_at: float = 0.0

    @property
    def blocker(self) -> Build | None:
        if self.job.config.concurrent:
            return None
        return next((build for build in self.job.builds if build.building), None)

    @property
    def params(self) -> str:
        return "".join(f"\n{one.name}={one.value}" for one in self.values if not one.secret)

    def leave(self, at: float, build: Build | None) -> None:
        self.state, self.left_at, self.build, self.cancelled = LEFT, at, build, build is None


@dataclass
class Pace:
    """How builds go: seconds in the quiet period, seconds they run, and how they end."""

    quiet_period: float = 5.0
    build_seconds: float = 0.0
    build_result: str = "SUCCESS"


@dataclass
class Queue:
    """All items that wait and those that left lately. Ids grow over the whole server, also across restarts."""

    pace: Pace
    active: list[QueueItem] = field(default_factory=list)
    left: dict[int, QueueItem] = field(default_factory=dict)
    running: list[Build] = field(default_factory=list)
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def schedule(
        self, job: Job, values: tuple[Value, ...], cause: Cause, now: float, delay: float | None = None
    ) -> tuple[QueueItem, bool]:
        """The item and whether it is new: equal parameters fold into an item that still waits."""
        for item in self.active:
            if item.job is job and set(item.values) == set(values):
                return item, False
        wait = self.pace.quiet_period if delay is None else delay
        item = QueueItem(next(self.ids), job, values, cause, now, now + wait)
        self.active.append(item)
        return item, True

    def get(self, item_id: int) -> QueueItem | None:
        return next((item for item in self.active if item.id == item_id), None) or self.left.get(item_id)

    def of(self, job: Job) -> QueueItem | None:
        return next((item for item in self.active if item.job is job), None)

    def tick(self, now: float) -> None:
        """Start and finish everything that is due by now, earliest first; forget what left long ago."""
        while self._finish_one(now) or self._start_one(now):
            pass
        for item_id in [one.id for one in self.left.values() if one.left_at + FORGET_AFTER < now]:
            del self.left[item_id]

    def _finish_one(self, now: float) -> bool:
        build = min(self.running, key=lambda one: one.ends_at, default=None)
        starts = [item.due_at for item in self.active if not item.blocker]
        if build is None or build.ends_at > min([now, *starts]):
            return False
        self.running.remove(build)
        build.finish(build.ends_at, build.outcome)
        for item in self.active:
            if item.job is build.job:
                item.due_at = max(item.due_at, build.ends_at)
        return True

    def _start_one(self, now: float) -> bool:
        due = sorted((item for item in self.active if item.due_at <= now), key=lambda item: item.due_at)
        for item in due:
            if item.blocker:
                item.state = BLOCKED
                continue
            self._start(item)
            return True
        return False

    def _start(self, item: QueueItem) -> None:
        job, at = item.job, item.due_at
        ends_at = at + self.pace.build_seconds
        build = Build(job, job.next_number, item.id, item.values, item.cause, at, ends_at, self.pace.build_result)
        job.next_number += 1
        job.builds.append(build)
        self.running.append(build)
        self.active.remove(item)
        item.leave(at, build)
        self.left[item.id] = item

    def cancel(self, item: QueueItem, now: float) -> None:
        self.active.remove(item)
        item.leave(now, None)
        self.left[item.id] = item

    def stop(self, build: Build, now: float) -> None:
        """Abort a build that runs; one that is over stays as it is."""
        if build.building:
            self.running.remove(build)
            build.finish(now, "ABORTED")

    def forget(self, job: Job, now: float) -> None:
        """The job is deleted: waiting items are cancelled, running builds interrupted."""
        for item in [one for one in self.active if one.job is job]:
            self.cancel(item, now)
        for build in [one for one in self.running if one.job is job]:
            self.stop(build, now)

    def restart(self) -> None:
        """Waiting items survive a restart and keep their ids; those that left are forgotten."""
        self.left.clear()
