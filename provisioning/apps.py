"""The engine and everything that is provisioned with it."""

from django.apps import AppConfig

from provisioning import checks


class ProvisioningConfig(AppConfig):
    """Runs, their steps and what they made."""

    name = "provisioning"

    def ready(self) -> None:
        checks.register_checks()
