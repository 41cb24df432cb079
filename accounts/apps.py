"""Teams and people."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Teams and people."""

    name = "accounts"
    verbose_name = "Teams and people"
