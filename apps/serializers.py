"""The shapes of applications and their types, as they come in and as they go out."""

from typing import Any

from rest_framework import serializers

from apps.models import App, AppType
from apps.names import check_name
from config.rest import Reference, Text
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


class AppShape(serializers.ModelSerializer[App]):
    """An application; `run` is its newest run."""

    project = serializers.IntegerField(source="project_id", read_only=True)
    project_name = serializers.CharField(source="project.name", read_only=True)
    team = serializers.CharField(source="project.team.name", read_only=True)
    team_id = serializers.IntegerField(source="project.team_id", read_only=True)
    type = serializers.CharField(source="type.name", read_only=True)
    author = serializers.CharField(source="author.username", default=None, allow_null=True, read_only=True)
    status = serializers.SerializerMethodField(help_text="provisioning, failed, ready or unknown")
    run = serializers.UUIDField(source="last_run", allow_null=True, read_only=True)
    build = serializers.SerializerMethodField()
    deployment = serializers.SerializerMethodField()

    class Meta:
        model = App
        fields = (
            "id", "name", "description", "project", "project_name", "team", "team_id", "type", "author", "created_at",
            "status", "run", "build", "deployment",
        )  # fmt: skip
        read_only_fields = fields

    def get_status(self, app: Any) -> str:
        """One word."""
        return STATUS_OF_RUN.get(app.last_status or "", "unknown")

    def get_build(self, app: App) -> dict[str, Any] | None:
        """The last build; none is known as yet."""
        return None

    def get_deployment(self, app: App) -> dict[str, Any] | None:
        """The last deployment; none is known as yet."""
        return None


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
