"""Projects."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import caller
from accounts.queries import team_for
from config.rest import LIST_PARAMETERS, ApiView, listed, page_shape, problems, sent
from projects import operations, queries
from projects.serializers import NewProject, ProjectChange, ProjectShape


class CreateProject(ApiView):
    """The customer's route to make a project."""

    @extend_schema(request=NewProject, responses={201: ProjectShape, **problems(400, 403, 404, 409)})
    def post(self, request: Request) -> Response:
        """Make a project; without `team` it is for the caller's own."""
        user, wanted = caller(request), sent(request, NewProject)
        team = team_for(user, wanted.pop("team"))
        return Response(ProjectShape(operations.create_project(team=team, author=user, **wanted)).data, 201)


class ProjectsOfTeam(ApiView):
    """The customer's list: a plain array."""

    @extend_schema(responses={200: ProjectShape(many=True), **problems(404)})
    def get(self, request: Request, team_id: int) -> Response:
        """The projects of one team."""
        return Response(ProjectShape(queries.projects_of_team(caller(request), team_id), many=True).data)


class Projects(ApiView):
    """Projects."""

    @extend_schema(parameters=LIST_PARAMETERS, responses={200: page_shape(ProjectShape), **problems(400)})
    def get(self, request: Request) -> Response:
        """The projects that the caller may see, by name."""
        return listed(request, queries.projects(caller(request)), ProjectShape, "name")


class OneProject(ApiView):
    """A project."""

    @extend_schema(responses={200: ProjectShape, **problems(404)})
    def get(self, request: Request, project_id: int) -> Response:
        """One project."""
        return Response(ProjectShape(queries.project(caller(request), project_id)).data)

    @extend_schema(request=ProjectChange, responses={200: ProjectShape, **problems(400, 403, 404, 409)})
    def patch(self, request: Request, project_id: int) -> Response:
        """Change name or description: its author and staff."""
        user = caller(request)
        project = queries.project(user, project_id)
        changes = sent(request, ProjectChange, partial=True)
        return Response(ProjectShape(operations.change_project(project=project, actor=user, **changes)).data)

    @extend_schema(responses={204: None, **problems(403, 404, 409)})
    def delete(self, request: Request, project_id: int) -> Response:
        """Remove an empty project: its author and staff."""
        user = caller(request)
        operations.delete_project(project=queries.project(user, project_id), actor=user)
        return Response(status=204)
