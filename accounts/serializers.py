"""The shapes of people and teams, as they come in and as they go out."""

from typing import Any

from rest_framework import serializers

from accounts.models import Team, User
from config.rest import Text
from provisioning.serializers import ResourceShape


class Credentials(serializers.Serializer[dict[str, str]]):
    """What somebody logs in with; `id` is the customer's word for `username`."""

    username = Text(max_length=254)
    password = Text(max_length=1024, trim_whitespace=False, write_only=True)

    def to_internal_value(self, data: Any) -> Any:
        """Accept `id` for `username`."""
        if isinstance(data, dict) and "username" not in data and "id" in data:
            data = {**data, "username": data["id"]}
        return super().to_internal_value(data)


class Refresh(serializers.Serializer[dict[str, str]]):
    """A refresh token."""

    refresh = Text(max_length=4096)


class UserShape(serializers.ModelSerializer[User]):
    """A person."""

    team = serializers.CharField(source="team.name", default=None, allow_null=True, read_only=True)
    staff = serializers.BooleanField(source="is_staff", read_only=True)

    class Meta:
        model = User
        fields = ("id", "username", "email", "display_name", "team", "team_id", "staff")
        read_only_fields = fields


class TokensShape(serializers.Serializer[Any]):
    """A pair of tokens."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class SessionShape(serializers.Serializer[Any]):
    """A log-in."""

    user = UserShape()
    access = serializers.CharField(source="tokens.access")
    refresh = serializers.CharField(source="tokens.refresh")


class ProfileShape(UserShape):
    """One's own profile, with the accounts in the systems."""

    accounts = ResourceShape(source="resources", many=True, read_only=True)

    class Meta(UserShape.Meta):
        fields = (*UserShape.Meta.fields, "accounts")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class ProfileChange(serializers.Serializer[dict[str, str]]):
    """What one may change about oneself."""

    display_name = Text(max_length=100, allow_blank=True)


class TeamShape(serializers.ModelSerializer[Team]):
    """A team, with what it has in the systems."""

    resources = ResourceShape(many=True, read_only=True)

    class Meta:
        model = Team
        fields = ("id", "name", "cluster", "created_at", "resources")
        read_only_fields = fields
