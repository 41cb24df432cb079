"""The shapes of projects, as they come in and as they go out."""

from typing import Any

from rest_framework import serializers

from config.rest import Reference, Text
from projects.models import Project


class ProjectShape(serializers.ModelSerializer[Project]):
    """A project."""

    team = serializers.CharField(source="team.name", read_only=True)
    author = serializers.CharField(source="author.username", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Project
        fields = ("id", "name", "description", "team", "team_id", "author", "created_at")
        read_only_fields = fields


class ProjectChange(serializers.Serializer[dict[str, Any]]):
    """What may be changed of a project; with PATCH, only what is sent."""

    name = Text(max_length=64)
    description = Text(max_length=1000, allow_blank=True, required=False)


class NewProject(ProjectChange):
    """A new project; without `team` it is for the author's own."""

    team = Reference(required=False, allow_null=True, default=None)
