"""Workflows whose steps do nothing, wait, or hold their worker until it is killed."""

import os
import threading
from pathlib import Path
from typing import Any

from provisioning.steps.base import Context, Step, Wait
from provisioning.workflows import WORKFLOWS
from provisioning.workflows.base import Workflow


class Nothing(Step):
    """Does nothing: what is left is the engine's own cost."""

    title, system = "Nothing", "bench"

    def run(self, ctx: Context) -> dict[str, Any]:
        """Nothing."""
        return {}


class Pause(Step):
    """Is not ready at its first look, and done at its second, `seconds` later."""

    title, system = "Pause", "bench"
    seconds = 1.0
    patience = slow_after = 600.0

    def run(self, ctx: Context) -> dict[str, Any] | Wait:
        """Wait once."""
        if "looked" in ctx.memory:
            return {}
        ctx.memory["looked"] = True
        return Wait(self.seconds, "The benchmark waits.")


class Stuck(Step):
    """Writes its process id to the file `inputs["at"]` and never ends; done when the file is there already."""

    title, system = "Stuck", "bench"

    def run(self, ctx: Context) -> dict[str, Any]:
        """Hold the worker until somebody kills it."""
        try:
            with Path(ctx.run.inputs["at"]).open("x") as file:
                file.write(f"{os.getpid()}\n")
        except FileExistsError:
            return {}
        threading.Event().wait()
        return {}


def numbered(length: int) -> tuple[type[Step], ...]:
    """Steps that do nothing, one after another."""
    return tuple(type(f"nothing_{i}", (Nothing,), {"name": f"nothing_{i}"}) for i in range(length))


def pause(seconds: float) -> Workflow:
    """One step that waits once."""
    return Workflow(f"pause_{seconds:g}", type("Pausing", (Pause,), {"name": "pause", "seconds": seconds}))


STEPS = 8
nothing = Workflow("nothing_8", *numbered(STEPS))
one = Workflow("nothing_1", *numbered(1))
stuck = Workflow("stuck", Stuck)
pauses = {seconds: pause(seconds) for seconds in (1.0, 10.0)}


def register() -> None:
    """Let the engine find them."""
    WORKFLOWS.update({workflow.name: workflow for workflow in (nothing, one, stuck, *pauses.values())})
