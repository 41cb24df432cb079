"""The shapes of applications and their types, as they come in and as they go out."""

from typing import Any

from rest_framework import serializers

from apps.models import AppType
from apps.names import check_name
from config.rest import Reference, Text
from provisioning.queries import iso
from provisioning.serializers import RunShape

# What the last run says of an application that nothing else is known of.
STATUS_OF_RUN = {"running": "provisioning", "failed": "failed", "succeeded": "ready", "cancelled": "failed"}


class AppTypeShape(serializers.ModelSerializer[AppType]):
    """A type, with the templates that new applications are forked from."""

    source_template = serializers.CharField(source="source_path", read_only=True)
    helm_template = serializers.CharField(source="helm_path", read_only=True)

    class Meta:
        model = AppType
        fields = ("name", "title", "source_template", "helm_template")
        read_only_fields = fields


class AppShape(serializers.Serializer[Any]):
    """An application; `run` is its newest run. The fields only describe it: `to_representation` is far faster."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    project = serializers.IntegerField()
    project_name = serializers.CharField()
    team = serializers.CharField()
    team_id = serializers.IntegerField()
    type = serializers.CharField()
    author = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    status = serializers.CharField(help_text="provisioning, failed, ready or unknown")
    run = serializers.UUIDField(allow_null=True)
    build = serializers.DictField(allow_null=True, help_text="The last build; none is known as yet.")
    deployment = serializers.DictField(allow_null=True, help_text="The last deployment; none is known as yet.")

    def to_representation(self, app: Any) -> dict[str, Any]:
        """An App of apps.queries, which has its newest run beside it."""
        project = app.project
        return {
            "id": app.pk,
            "name": app.name,
            "description": app.description,
            "project": project.pk,
            "project_name": project.name,
            "team": project.team.name,
            "team_id": project.team_id,
            "type": app.type.name,
            "author": app.author.username if app.author else None,
            "created_at": iso(app.created_at),
            "status": STATUS_OF_RUN.get(app.last_status or "", "unknown"),
            "run": str(app.last_run) if app.last_run else None,
            "build": None,
            "deployment": None,
        }


class NewApp(serializers.Serializer[dict[str, Any]]):
    """A new application. `project` is an id or a name."""

    project = Reference()
    name = Text(validators=[check_name])
    type = Text(max_length=32, help_text="The name of a type, see /api/v1/app-types.")
    description = Text(max_length=1000, allow_blank=True, required=False)


class AppChange(serializers.Serializer[dict[str, str]]):
    """What may be changed of an application; its name is in every system and stays."""

    description = Text(max_length=1000, allow_blank=True)


class AcceptedShape(serializers.Serializer[Any]):
    """A new application and the run that makes it."""

    application = AppShape()
    run = RunShape()
