"""Who calls with a Bearer token: read anew for each call, so that a deactivated or moved person is one at once."""

from typing import Any

from django.db import connection
from django.http import HttpRequest
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework_simplejwt.authentication import JWTAuthentication

from accounts.models import User

# By hand, since every call of the API begins with it: Django takes ten times as long to put it into SQL anew.
WANTED = {"id", "username", "email", "display_name", "is_active", "is_staff", "is_superuser", "team_id"}
# In the model's order, which `from_db` relies on.
COLUMNS = [field.attname for field in User._meta.concrete_fields if field.attname in WANTED]
READ = f"SELECT {', '.join(COLUMNS)} FROM accounts_user WHERE id = %s"  # noqa: S608 - of constants


class Bearer(JWTAuthentication):
    """Access tokens of `accounts.tokens`."""

    def get_user(self, validated_token: Any) -> User:  # type: ignore[override]
        """The person, as the row is now; other columns are read when somebody asks for them."""
        with connection.cursor() as cursor:
            cursor.execute(READ, [int(validated_token["sub"])])
            row = cursor.fetchone()
        if row is None or not row[COLUMNS.index("is_active")]:
            raise AuthenticationFailed
        return User.from_db(connection.alias, COLUMNS, row)


def user_id_of(request: HttpRequest) -> int | None:
    """Whom a good access token of the request names; None without one. Says nothing of what that person may do."""
    bearer, header = Bearer(), request.META.get("HTTP_AUTHORIZATION", "")
    try:
        token = bearer.get_raw_token(header.encode("latin-1"))
        return int(bearer.get_validated_token(token)["sub"]) if token else None
    except APIException:
        return None
