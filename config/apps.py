"""The settings' own checks, found by Django as an application."""

from django.apps import AppConfig

from config import checks


class ConfigConfig(AppConfig):
    """Makes `manage.py check` look at the settings."""

    name = "config"

    def ready(self) -> None:
        checks.register_checks()
