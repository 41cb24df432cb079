"""Manners of the admin that its pages share: nothing is deleted, and what the engine owns is only looked at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from rest_framework_simplejwt.token_blacklist import admin as _registered  # noqa: F401 - before it can be undone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

admin.site.site_header = admin.site.site_title = "Slipway"
admin.site.index_title = "Operations"
admin.site.site_url = None

# A refresh token is a credential: no page shows one, not even to staff.
admin.site.unregister([BlacklistedToken, OutstandingToken])


class Kept(admin.ModelAdmin):
    """Pages of rows that nobody deletes here: what they stand for in other systems would be left behind."""

    show_full_result_count = False
    list_per_page = 100

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody may."""
        return False


class ReadOnly(Kept):
    """Pages to look at. Django answers 403 to a POST, so that nothing crafted comes through either."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody may."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody may."""
        return False


def link_to(url: str, text: object) -> SafeString:
    """A link inside the admin."""
    return format_html('<a href="{}">{}</a>', url, text)
