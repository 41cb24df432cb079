"""Log-in, tokens, the own profile, teams."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import operations, queries, tokens
from accounts.permissions import caller
from accounts.serializers import (
    Credentials,
    ProfileChange,
    ProfileShape,
    Refresh,
    SessionShape,
    TeamShape,
    TokensShape,
)
from config.rest import LIST_PARAMETERS, ApiView, listed, page_shape, problems, sent

NOT_STORED = {"Cache-Control": "no-store"}


class Login(ApiView):
    """Log in with name and password."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(request=Credentials, responses={201: SessionShape, **problems(400, 429)}, auth=[])
    def post(self, request: Request) -> Response:
        """Begin a session: answers tokens for programs and sets the session cookie for browsers."""
        session = operations.log_in(request=request._request, **sent(request, Credentials))
        return Response(SessionShape(session).data, 201, headers=NOT_STORED)


@extend_schema_view(post=extend_schema(exclude=True))
class LoginAsWritten(Login):
    """As the customer's document spells it."""


class Logout(ApiView):
    """Log out."""

    @extend_schema(request=None, responses={204: None, **problems(403)})
    def post(self, request: Request) -> Response:
        """End the session and revoke its refresh token."""
        operations.log_out(request=request._request, user=caller(request), sid=tokens.sid_of(request.auth))
        return Response(status=204)


class TokenRefresh(ApiView):
    """The next pair of tokens."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(request=Refresh, responses={200: TokensShape, **problems(400)}, auth=[])
    def post(self, request: Request) -> Response:
        """Answers a new pair; the refresh token that was sent is spent."""
        pair = tokens.rotate(sent(request, Refresh)["refresh"])
        return Response(TokensShape(pair).data, headers=NOT_STORED)


class Me(ApiView):
    """The own profile."""

    @extend_schema(responses={200: ProfileShape, **problems()})
    def get(self, request: Request) -> Response:
        """The own profile, with the accounts in the systems."""
        return Response(ProfileShape(queries.profile(caller(request))).data)

    @extend_schema(request=ProfileChange, responses={200: ProfileShape, **problems(400, 403)})
    def patch(self, request: Request) -> Response:
        """Change the display name."""
        user = operations.change_profile(user=caller(request), **sent(request, ProfileChange))
        return Response(ProfileShape(queries.profile(user)).data)


class Teams(ApiView):
    """Teams: the own one; all for staff."""

    @extend_schema(parameters=LIST_PARAMETERS, responses={200: page_shape(TeamShape), **problems(400)})
    def get(self, request: Request) -> Response:
        """The teams that the caller may see, with what each has in the systems."""
        return listed(request, queries.teams(caller(request)), TeamShape, "name")


class OneTeam(ApiView):
    """A team."""

    @extend_schema(responses={200: TeamShape, **problems(404)})
    def get(self, request: Request, team_id: int) -> Response:
        """One team, with what it has in the systems."""
        return Response(TeamShape(queries.team(caller(request), team_id)).data)
