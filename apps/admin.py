"""Applications and their types, for staff."""

from typing import ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.models import Team
from apps.models import App, AppType
from config.admin import Kept, ReadOnly, link_to

TYPE_HELP = (
    "What people may create. Both template repositories must exist in GitLab; the first step of a run says so when one "
    "does not. A type that should not be used any more is not deleted: clear “Active”."
)
APP_HELP = "Nothing can be changed here: what exists in the other systems would not follow."
FIELDS = ("name", "type", "project", "team", "author", "description", "created_at", "runs", "resources")
NAMES = ("source_path", "helm_path", "job_name", "namespace", "host", "image")


@admin.register(AppType)
class AppTypeAdmin(Kept):
    """Staff add types and change them; the name is what people's scripts write, so it stays."""

    list_display = ("title", "name", "source_path", "helm_path", "active")
    list_filter = ("active",)
    search_fields = ("name", "title", "source_template", "helm_template")
    search_help_text = "Name, title or template."
    fieldsets = (
        (None, {"fields": ("name", "title", "source_template", "helm_template", "active"), "description": TYPE_HELP}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: AppType | None = None) -> tuple[str, ...]:
        return ("name",) if obj else ()


@admin.register(App)
class AppAdmin(ReadOnly):
    """Applications are made and changed by runs; here they are looked at."""

    list_display = ("name", "team", "project", "type", "author", "created_at", "runs", "resources")
    list_filter = (("project__team", admin.RelatedFieldListFilter), ("type", admin.RelatedFieldListFilter))
    list_select_related: ClassVar = ["project__team", "type", "author"]
    search_fields = ("name", "project__name", "description")
    search_help_text = "Name, project or description."
    fieldsets = (
        (None, {"fields": FIELDS, "description": APP_HELP}),
        ("What it is called elsewhere", {"fields": NAMES}),
    )

    @admin.display(description="Team", ordering="project__team__name")
    def team(self, app: App) -> Team:
        """The team of its project."""
        return app.team

    @admin.display(description="What happened")
    def runs(self, app: App) -> SafeString:
        """A link to its runs."""
        return of_app("provisioning_run", app, "Runs")

    @admin.display(description="What exists")
    def resources(self, app: App) -> SafeString:
        """A link to what it has in other systems."""
        return of_app("provisioning_resource", app, "Resources")


def of_app(page: str, app: App, text: str) -> SafeString:
    """A link to a list, filtered by application."""
    return link_to(f"{reverse(f'admin:{page}_changelist')}?app__id__exact={app.pk}", text)
