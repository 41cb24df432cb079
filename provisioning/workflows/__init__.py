"""The workflows, by name. A new one is one file and one line here."""

from provisioning.steps.base import Step
from provisioning.workflows.base import Workflow
from provisioning.workflows.create_app import create_app

WORKFLOWS: dict[str, Workflow] = {workflow.name: workflow for workflow in (create_app,)}


def find_step(workflow: str, name: str) -> type[Step] | None:
    """The class of a step; None when this version of the code does not know it."""
    found = WORKFLOWS.get(workflow)
    return found.steps.get(name) if found else None
