"""Workflows that only tests know: steps that do what the run's inputs say."""
