"""Projects, for staff."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from config.admin import Kept, link_to
from projects.models import Project

HELP = (
    "A project stays with its team, because repositories and pipelines of its applications carry the team's name. "
    "Projects are not deleted here."
)


@admin.register(Project)
class ProjectAdmin(Kept):
    """Name and description may change; the team is settled when the project is added."""

    list_display = ("name", "team", "author", "applications", "created_at")
    list_filter = (("team", admin.RelatedFieldListFilter),)
    list_select_related: ClassVar = ["team", "author"]
    search_fields = ("name", "description")
    search_help_text = "Name or description."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        rows: QuerySet[Project] = super().get_queryset(request)
        return rows.annotate(app_count=Count("apps"))

    def get_fieldsets(self, request: HttpRequest, obj: Project | None = None) -> Any:
        fields = ["name", "team", "description"] + (["author", "applications", "created_at"] if obj else [])
        return [(None, {"fields": fields, "description": HELP})]

    def get_readonly_fields(self, request: HttpRequest, obj: Project | None = None) -> tuple[str, ...]:
        return ("team", "author", "applications", "created_at") if obj else ()

    def save_model(self, request: HttpRequest, obj: Project, form: "ModelForm[Project]", change: bool) -> None:
        """Whoever adds a project here is its author."""
        if not change:
            obj.author_id = request.user.pk
        super().save_model(request, obj, form, change)

    @admin.display(description="Applications", ordering="app_count")
    def applications(self, project: Any) -> SafeString:
        """How many, with a link to them."""
        return link_to(f"{reverse('admin:apps_app_changelist')}?project__id__exact={project.pk}", project.app_count)
