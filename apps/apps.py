"""Applications. The package hides Django's registry: import that one as `django_apps`."""

from django.apps import AppConfig


class AppsConfig(AppConfig):
    """Applications and their types."""

    name = "apps"
    label = "apps"
    verbose_name = "Applications"
