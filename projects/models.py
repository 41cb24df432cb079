"""Projects group applications; no other system knows them."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.models import Team


class Project(models.Model):
    """A group of a team's applications."""

    name = models.CharField(max_length=64, unique=True, help_text="Unique over all teams.")
    description = models.TextField(max_length=1000, blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="projects")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="projects")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
