"""Workflows and Celery tasks that only benchmarks know."""
