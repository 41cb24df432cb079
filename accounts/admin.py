"""Teams and people, for staff."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.forms import UserChangeForm, UserCreationForm
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin_login import ThrottledLogin
from accounts.models import Team, User
from config.admin import Kept, link_to

admin.site.login_form = ThrottledLogin

TEAM_HELP = (
    "Saving a team here only writes it down. Its group, folder and project in the other systems are made by "
    "`manage.py bootstrap`, for the teams that TEAM_CLUSTERS names. A team cannot be renamed or deleted here, because "
    "they have its name."
)
DEACTIVATE_HELP = (
    "People are not deleted: clear “Active” and save. The person cannot log in any more; runs and applications stay."
)
BELONGINGS = ("people", "projects", "runs", "resources", "created_at")
# What lets a person see everything, or give rights to others. Only superusers hand it out.
POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(Team)
class TeamAdmin(Kept):
    """A team's name is settled once; its deploy cluster may change."""

    list_display = ("name", "cluster", "people", "projects", "created_at")
    search_fields = ("name", "cluster")
    search_help_text = "Name or cluster."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        rows: QuerySet[Team] = super().get_queryset(request)
        return rows.annotate(
            people_count=Count("members", distinct=True), project_count=Count("projects", distinct=True)
        )

    def get_fieldsets(self, request: HttpRequest, obj: Team | None = None) -> Any:
        settled = {"fields": ("name", "cluster"), "description": TEAM_HELP}
        if obj is None:
            return [(None, settled)]
        return [(None, settled), ("What belongs to it", {"fields": BELONGINGS})]

    def get_readonly_fields(self, request: HttpRequest, obj: Team | None = None) -> tuple[str, ...]:
        return ("name", *BELONGINGS) if obj else ()

    @admin.display(description="People", ordering="people_count")
    def people(self, team: Any) -> SafeString:
        """How many, with a link to them."""
        return of_team("accounts_user", team, team.people_count)

    @admin.display(description="Projects", ordering="project_count")
    def projects(self, team: Any) -> SafeString:
        """How many, with a link to them."""
        return of_team("projects_project", team, team.project_count)

    @admin.display(description="Runs")
    def runs(self, team: Team) -> SafeString:
        """A link to the team's runs."""
        return of_team("provisioning_run", team, "Show the runs")

    @admin.display(description="Resources")
    def resources(self, team: Team) -> SafeString:
        """A link to what the team has in other systems."""
        return of_team("provisioning_resource", team, "Show what exists in other systems")


def of_team(page: str, team: Team, text: object) -> SafeString:
    """A link to a list, filtered by team."""
    return link_to(f"{reverse(f'admin:{page}_changelist')}?team__id__exact={team.pk}", text)


class LowerEmail(forms.ModelForm):
    """Compares e-mail addresses the way the model stores them, so that a taken one is an answer and no error 500."""

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class PersonForm(LowerEmail, UserChangeForm):
    """A person."""


class NewPersonForm(LowerEmail, UserCreationForm):
    """A new person, with a first password."""


@admin.register(User)
class PersonAdmin(Kept, auth_admin.UserAdmin):
    """People: added with a password and a team, deactivated and not deleted, passwords set and never shown."""

    form = PersonForm
    add_form = NewPersonForm
    list_display = ("username", "display_name", "email", "team", "is_active", "is_staff", "last_login")
    list_filter = (("team", admin.RelatedFieldListFilter), "is_active", "is_staff", "is_superuser")
    list_select_related: ClassVar = ["team"]
    search_fields = ("username", "display_name", "email")
    search_help_text = "Name or e-mail address."
    add_fieldsets = (
        (None, {"fields": ("username", "email", "display_name", "team", "password1", "password2")}),
        ("Rights", {"fields": ("is_staff", "is_superuser"), "description": "Leave both empty for a member of a team."}),
    )
    fieldsets = (
        (None, {"fields": ("username", "email", "display_name", "team", "secret")}),
        ("Rights", {"fields": ("is_active", *POWERS), "description": DEACTIVATE_HELP}),
        ("Times", {"fields": ("last_login", "date_joined")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        fixed = ("username", "secret", "last_login", "date_joined") if obj else ()
        if not getattr(request.user, "is_superuser", False):
            return (*fixed, *POWERS)
        # Whoever takes the own rights away at three in the morning cannot give them back.
        return (*fixed, "is_active", "is_staff", "is_superuser") if obj == request.user else fixed

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only superusers change staff: whoever sets a person's password can act as that person."""
        allowed = super().has_change_permission(request, obj)
        powerful = obj is not None and (obj.is_staff or obj.is_superuser)
        return allowed and (not powerful or getattr(request.user, "is_superuser", False))

    @admin.display(description="Password")
    def secret(self, person: User) -> SafeString:
        """Whether there is one, and where to set another."""
        state = "Set; nobody can see it." if person.has_usable_password() else "None: the person cannot log in."
        url = reverse("admin:auth_user_password_change", args=[person.pk])
        return format_html('{} <a href="{}">Set a new password</a>', state, url)
