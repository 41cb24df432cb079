"""Failures that the engine itself states; those of the systems are the tree in systems/errors.py."""

from dataclasses import dataclass

from django.db import InterfaceError, OperationalError

# What passes through the engine: the database is away, so nothing can be settled. The lease brings the step back.
DATABASE = (OperationalError, InterfaceError)


@dataclass(frozen=True)
class Failure:
    """Why a step failed, whose move it is and what to do; has the attributes of a SystemFault."""

    code: str
    whose: str
    message: str
    hint: str
    detail: str = ""
    again: bool = False


def worker_died(times: int) -> Failure:
    """A step that takes its workers with it must not go round for ever."""
    return Failure(
        "worker_died",
        "platform",
        f"The worker died {times} times in this step.",
        "Look for the workers' end (memory, restarts) in their logs, then retry the run.",
    )


def unknown_step(name: str) -> Failure:
    """A deploy removed or renamed the step while its run was under way."""
    return Failure(
        "unknown_step",
        "platform",
        f"This version of the platform does not know the step {name}.",
        "Deploy the version that knows it and retry, or cancel the run and start it anew.",
    )


def bug(exception: Exception) -> Failure:
    """An error that nobody expected. The traceback is in the log, by run and step; people see no part of it."""
    return Failure(
        "platform",
        "platform",
        "The platform made a mistake in this step.",
        "Retry the run; if it fails again, give the run's id to the platform's developers: its log holds the cause.",
        type(exception).__name__,
    )


def took_too_long() -> Failure:
    """The soft time limit struck: whether the last call had its effect is not known, and the next try looks first."""
    return Failure(
        "unsure",
        "remote",
        "The step took longer than a worker may be held.",
        "Nothing to do: it goes on by itself.",
        again=True,
    )


def timed_out(title: str, why: str, seconds: float) -> Failure:
    """A wait outlived its patience."""
    return Failure(
        "timed_out",
        "remote",
        f"{title}: still not ready after {seconds:.0f} seconds ({why}).",
        "Look at the object in its own system; retry when it is ready: the wait begins anew.",
    )
