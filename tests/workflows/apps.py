"""Registers the workflows of the tests with the engine's registry, in every process that has tests.settings."""

from importlib import import_module

from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    """The tests' workflows and their table of calls."""

    name = "tests.workflows"
    label = "tests_workflows"

    def ready(self) -> None:
        """Only now may modules with models be imported."""
        import_module("tests.workflows.shapes").register()
