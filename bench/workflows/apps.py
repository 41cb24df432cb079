"""Registers the workflows and tasks of the benchmarks in every process that has bench.settings."""

from importlib import import_module

from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    """The benchmarks' workflows, and the bare Celery tasks that they are compared to."""

    name = "bench.workflows"
    label = "bench_workflows"

    def ready(self) -> None:
        """Only now may modules with models be imported."""
        import_module("bench.workflows.shapes").register()
        import_module("bench.workflows.chains")
