"""What is true right now."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """What is true right now."""

    name = "monitoring"
