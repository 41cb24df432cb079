"""Log-in to the admin: throttled by the same counts as the API's, so that no staff password can be guessed there."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts import throttle
from config.errors import TooMany


class ThrottledLogin(AdminAuthenticationForm):
    """Django's form, behind the throttle."""

    def clean(self) -> dict[str, Any]:
        """Count the attempt before the password is looked at; take it back when it succeeds."""
        name = str(self.cleaned_data.get("username", "")).strip().lower()
        address = throttle.address_of(self.request or HttpRequest())
        try:
            throttle.admit(name, address)
        except TooMany as refusal:
            raise ValidationError(refusal.detail, code="throttled") from None
        cleaned: dict[str, Any] = super().clean()
        throttle.forgive(name, address)
        return cleaned
