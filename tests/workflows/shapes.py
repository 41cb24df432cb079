"""Chains and joins whose steps do what the run's inputs say.

`inputs` maps a step's name to what its executions do, one after another: "done", "wait:SECONDS", the code of a fault
("unreachable", "busy:SECONDS", "refused", ...), "bug", "kill" (the process, with SIGKILL), "block" (until the file
`inputs["gate"]` exists). After the last entry, and without one, it is done.
"""

import os
import signal
import time
from pathlib import Path
from typing import Any

from provisioning.steps.base import Context, Step, Wait
from provisioning.systems import errors
from provisioning.workflows import WORKFLOWS
from provisioning.workflows.base import Workflow
from tests.workflows.models import Call

FAULTS: dict[str, type[errors.SystemFault]] = {
    "unreachable": errors.Unreachable,
    "unsure": errors.Unsure,
    "refused": errors.Refused,
    "invalid": errors.Invalid,
    "conflict": errors.Conflict,
}


class Scripted(Step):
    """Does what the inputs say and leaves a Call each time."""

    system = "tests"
    patience = 60.0
    slow_after = 1.0

    def run(self, ctx: Context) -> dict[str, Any] | Wait:
        """Play the next entry."""
        done = Call.objects.filter(run=str(ctx.run.pk), step=self.name).count()
        script = ctx.run.inputs.get(self.name, [])
        Call.objects.create(run=str(ctx.run.pk), step=self.name, pid=os.getpid())
        word, _, argument = (script[done] if done < len(script) else "done").partition(":")
        if word == "wait":
            return Wait(float(argument), f"{self.title} is not ready.")
        if word == "busy":
            raise errors.Busy("tests", "The other side is busy.", after=float(argument))
        if word in FAULTS:
            raise FAULTS[word]("tests", f"The other side says {word}.", hint="Mend it.")
        self.misbehave(word, ctx)
        return {"by": self.name, **ctx.run.inputs.get("output", {})}

    def misbehave(self, word: str, ctx: Context) -> None:
        """What no real step should do."""
        if word == "bug":
            raise ZeroDivisionError("a bug in a step")
        if word == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "block":
            gate = Path(ctx.run.inputs["gate"])
            while not gate.exists():
                time.sleep(0.01)


class Nothing(Step):
    """Does nothing: what is left is the engine's own cost."""

    title, system = "Nothing", "tests"

    def run(self, ctx: Context) -> dict[str, Any]:
        """Nothing."""
        return {}


def scripted(name: str, *needs: type[Step]) -> type[Step]:
    """A scripted step."""
    return type(name, (Scripted,), {"name": name, "title": name.upper(), "needs": needs})


def chain(length: int) -> tuple[type[Step], ...]:
    """Steps that do nothing, one after another."""
    return tuple(type(f"nothing_{i}", (Nothing,), {"name": f"nothing_{i}"}) for i in range(length))


A = scripted("a")
B = scripted("b", A)
C = scripted("c", A)
D = scripted("d", B, C)
ONE = scripted("one")
TWO = scripted("two", ONE)
THREE = scripted("three", TWO)

diamond = Workflow("diamond", A, B, C, D)
three = Workflow("three", ONE, TWO, THREE)
nothing8 = Workflow("nothing8", *chain(8))
one = Workflow("one", ONE)

ALL = (diamond, three, nothing8, one)


def register() -> None:
    """Let the engine find them."""
    WORKFLOWS.update({workflow.name: workflow for workflow in ALL})
