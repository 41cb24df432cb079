"""Applications and their types."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models

from accounts.models import Team
from apps.names import RULE, check_name
from projects.models import Project


class AppType(models.Model):
    """A kind of application, and the template repositories that a new one is forked from."""

    name = models.SlugField(
        max_length=32,
        unique=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9-]*$", "Use lower-case letters, digits and -.")],
        help_text="What people write as `type`, e.g. spring.",
    )
    title = models.CharField(max_length=64, help_text="How the type is shown, e.g. Spring Boot.")
    source_template = models.CharField(
        max_length=100,
        help_text="Path of the source template below the template group, e.g. spring_Template.",
    )
    helm_template = models.CharField(
        max_length=100,
        default="helm_Template",
        help_text="Path of the Helm template below the template group.",
    )
    active = models.BooleanField(default=True, help_text="Whether new applications may have this type.")

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = "application type"

    def __str__(self) -> str:
        return self.title

    @property
    def source_path(self) -> str:
        """Full path of the source template in GitLab."""
        return f"{settings.GITLAB_TEMPLATE_GROUP}/{self.source_template}"

    @property
    def helm_path(self) -> str:
        """Full path of the Helm template in GitLab."""
        return f"{settings.GITLAB_TEMPLATE_GROUP}/{self.helm_template}"


class App(models.Model):
    """An application: two repositories, a pipeline and an Argo CD application, wired to each other."""

    name = models.CharField(max_length=40, unique=True, validators=[check_name], help_text=RULE)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="apps")
    type = models.ForeignKey(AppType, on_delete=models.PROTECT, related_name="apps")
    description = models.TextField(max_length=1000, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="apps")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = "application"

    def __str__(self) -> str:
        return self.name

    @property
    def team(self) -> Team:
        """The team that the application's project belongs to."""
        return self.project.team

    @property
    def source_path(self) -> str:
        """Full path of the source repository."""
        return f"{self.team.gitlab_group}/{self.name}"

    @property
    def helm_path(self) -> str:
        """Full path of the repository that says what is deployed."""
        return f"{self.team.gitlab_group}/{self.name}_helm"

    @property
    def job_name(self) -> str:
        """The pipeline's name inside the team's folder; role patterns match its ending."""
        return f"{self.name}_{self.team.name}"

    @property
    def namespace(self) -> str:
        """Where the application runs in the team's cluster."""
        return self.name

    @property
    def host(self) -> str:
        """Where people reach the application, behind the cluster's ingress."""
        return f"{self.name}.{settings.APP_DOMAIN}"

    @property
    def image(self) -> str:
        """Where the pipeline pushes images, without a tag."""
        return f"{settings.IMAGE_REPOSITORY}/{self.team.name}/{self.name}"
