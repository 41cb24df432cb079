"""The whole route table."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, register_converter

from accounts import views as accounts
from apps import views as apps
from config import schema
from config.rest import Id, nothing
from monitoring import health
from projects import views as projects
from provisioning import views as provisioning

# Numbers that fit the database: a larger one is no address, not an error.
register_converter(Id, "id")

api_v1: list[URLPattern | URLResolver] = [
    # Runs come first: they are asked for most
    path("runs", provisioning.Runs.as_view()),
    path("runs/<uuid:run_id>", provisioning.OneRun.as_view()),
    path("runs/<uuid:run_id>/events", provisioning.RunEvents.as_view()),
    path("runs/<uuid:run_id>/retry", provisioning.RetryRun.as_view()),
    path("runs/<uuid:run_id>/cancel", provisioning.CancelRun.as_view()),
    # People
    path("login", accounts.Login.as_view()),
    path("Login", accounts.LoginAsWritten.as_view()),
    path("logout", accounts.Logout.as_view()),
    path("token/refresh", accounts.TokenRefresh.as_view()),
    path("me", accounts.Me.as_view()),
    path("teams", accounts.Teams.as_view()),
    path("teams/<id:team_id>", accounts.OneTeam.as_view()),
    # Projects
    path("project", projects.CreateProject.as_view()),
    path("project/<id:team_id>", projects.ProjectsOfTeam.as_view()),
    path("projects", projects.Projects.as_view()),
    path("projects/<id:project_id>", projects.OneProject.as_view()),
    # Applications
    path("app-types", apps.AppTypes.as_view()),
    path("app", apps.CreateApp.as_view()),
    path("apps/<id:project_id>", apps.AppsOfProject.as_view()),
    path("applications", apps.Applications.as_view()),
    path("applications/<id:app_id>", apps.OneApplication.as_view()),
    path("applications/<id:app_id>/resources", apps.Resources.as_view()),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include(api_v1)),
    path("api/schema", schema.schema, name="schema"),
    path("api/docs", schema.Docs.as_view(url_name="schema")),
    path("api/<path:anything>", nothing),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("admin/", admin.site.urls),
]
