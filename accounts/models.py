"""Who works here: people and their teams."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models

# One name must be legal in GitLab, Jenkins and Elasticsearch at once (ARCHITECTURE.md, "One name, many places").
username_rule = RegexValidator(
    r"^[a-z][a-z0-9_-]{1,31}$",
    "Use 2 to 32 lower-case letters, digits, - and _, beginning with a letter.",
)
team_name_rule = RegexValidator(
    r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
    "Use lower-case letters and digits, with single - between them, beginning with a letter.",
)


class Team(models.Model):
    """People who share applications: a GitLab group, a Jenkins folder, an Argo CD project and a deploy cluster."""

    name = models.CharField(
        max_length=32,
        unique=True,
        validators=[team_name_rule],
        help_text="Also the name of the GitLab group, Jenkins folder and Argo CD project. It cannot change later.",
    )
    cluster = models.CharField(
        max_length=200,
        help_text="Where the team's applications run: a cluster's name or address, as Argo CD knows it.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def gitlab_group(self) -> str:
        """Full path of the group that holds the team's repositories."""
        return self.name

    @property
    def jenkins_folder(self) -> str:
        """The folder that holds the team's pipelines."""
        return self.name

    @property
    def argocd_project(self) -> str:
        """The Argo CD project that permits the team's repositories and cluster."""
        return self.name


class User(AbstractUser):
    """A person: a member of one team, or staff."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    username = models.CharField(
        max_length=32,
        unique=True,
        validators=[username_rule],
        help_text="2 to 32 lower-case letters, digits, - and _, beginning with a letter. The same in every system.",
        error_messages={"unique": "Somebody has this name already."},
    )
    email = models.EmailField(unique=True, help_text="Kept in lower case.")
    display_name = models.CharField(max_length=100, blank=True, help_text="How the person is shown to others.")
    team = models.ForeignKey(
        Team,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="members",
        help_text="What the person may see. Staff see everything.",
    )

    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        ordering: ClassVar = ["username"]

    def __str__(self) -> str:
        return self.username

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep what must be unique without letter case in lower case: SQLite compares case, MySQL does not."""
        self.username = self.username.lower()
        self.email = self.email.lower()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_full_name(self) -> str:
        """The name to show."""
        return self.display_name or self.username

    def get_short_name(self) -> str:
        """The name to show where there is little room."""
        return self.username
