"""Applications and their types."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import caller
from apps import operations, queries
from apps.serializers import AcceptedShape, AppChange, AppShape, AppTypeShape, NewApp
from config.middleware import request_id_of
from config.rest import LIST_PARAMETERS, ApiView, listed, page_shape, problems, sent
from provisioning.queries import run as run_json
from provisioning.serializers import ResourceShape


class AppTypes(ApiView):
    """Types of applications."""

    @extend_schema(parameters=LIST_PARAMETERS, responses={200: page_shape(AppTypeShape), **problems(400)})
    def get(self, request: Request) -> Response:
        """What new applications may be, with their templates."""
        return listed(request, queries.types(), AppTypeShape, "name")


class CreateApp(ApiView):
    """The customer's route to make an application."""

    @extend_schema(request=NewApp, responses={202: AcceptedShape, **problems(400, 403, 404, 409)})
    def post(self, request: Request) -> Response:
        """Ask for an application: answers at once, with the run to watch."""
        user, wanted = caller(request), sent(request, NewApp)
        wanted["project"], wanted["type"] = queries.place(user, wanted["project"], wanted["type"])
        run = operations.create_app(**wanted, author=user, request_id=request_id_of(request._request))
        body = {"application": AppShape(queries.as_new(run)).data, "run": run_json(user, run.pk)}
        return Response(body, 202, headers={"Location": f"/api/v1/runs/{run.pk}"})


class AppsOfProject(ApiView):
    """The customer's list: a plain array."""

    @extend_schema(responses={200: AppShape(many=True), **problems(404)})
    def get(self, request: Request, project_id: int) -> Response:
        """The applications of one project, each with its status."""
        return Response(AppShape(queries.applications_of_project(caller(request), project_id), many=True).data)


class Applications(ApiView):
    """Applications."""

    @extend_schema(parameters=LIST_PARAMETERS, responses={200: page_shape(AppShape), **problems(400)})
    def get(self, request: Request) -> Response:
        """The applications that the caller may see, by name, each with its status."""
        return listed(request, queries.applications(caller(request)), AppShape, "name")


class OneApplication(ApiView):
    """An application."""

    @extend_schema(responses={200: AppShape, **problems(404)})
    def get(self, request: Request, app_id: int) -> Response:
        """One application with its status."""
        return Response(AppShape(queries.application(caller(request), app_id)).data)

    @extend_schema(request=AppChange, responses={200: AppShape, **problems(400, 403, 404)})
    def patch(self, request: Request, app_id: int) -> Response:
        """Change the description: members of its team and staff."""
        app = queries.application(caller(request), app_id)
        app.description = sent(request, AppChange)["description"]
        operations.change_app(app=app, description=app.description)
        return Response(AppShape(app).data)


class Resources(ApiView):
    """What an application owns in other systems."""

    @extend_schema(parameters=LIST_PARAMETERS, responses={200: page_shape(ResourceShape), **problems(400, 404)})
    def get(self, request: Request, app_id: int) -> Response:
        """Every external object of the application, in the order in which they were made."""
        return listed(request, queries.resources(caller(request), app_id), ResourceShape, "id")
