"""The whole route table: method, path, handler, the struct of its body, and whether a token is needed."""

from __future__ import annotations

from dataclasses import dataclass

from simulators.argocd import application_views as applications
from simulators.argocd import project_views as projects
from simulators.argocd import repository_views as repositories
from simulators.argocd import session_views as sessions
from simulators.argocd import webhook
from simulators.argocd.asked import Handler
from simulators.argocd.fields import (
    APPLICATION,
    APPLICATION_PATCH,
    APPLICATION_SPEC,
    NOTHING,
    PROJECT_REQUEST,
    REPOSITORY,
    SESSION,
    SYNC,
    TOKEN_REQUEST,
)
from simulators.argocd.gostruct import Struct
from simulators.routing import Router


@dataclass(frozen=True)
class Route:
    """A handler of None is a path that the real server has and this one does not: 501."""

    handler: Handler | None
    body: Struct = NOTHING
    public: bool = False


APP, REPO, PROJECT = "/api/v1/applications/{name}", "/api/v1/repositories/{repo}", "/api/v1/projects/{name}"
ROLE_TOKEN = "/api/v1/projects/{project}/roles/{role}/token"  # a path
TABLE = [
    ("GET", "/healthz", Route(sessions.health, public=True)),
    ("POST", "/api/webhook", Route(webhook.receive, public=True)),
    ("GET", "/api/version", Route(sessions.version, public=True)),
    ("GET", "/api/v1/session/userinfo", Route(sessions.user_info, public=True)),
    ("POST", "/api/v1/session", Route(sessions.log_in, SESSION, public=True)),
    ("DELETE", "/api/v1/session", Route(sessions.log_out)),
    ("GET", "/api/v1/projects", Route(projects.read_all)),
    ("POST", "/api/v1/projects", Route(projects.create, PROJECT_REQUEST)),
    ("GET", PROJECT, Route(projects.read)),
    ("PUT", PROJECT, Route(projects.update, PROJECT_REQUEST)),
    ("DELETE", PROJECT, Route(projects.delete)),
    ("POST", ROLE_TOKEN, Route(projects.create_token, TOKEN_REQUEST)),
    ("DELETE", f"{ROLE_TOKEN}/{{iat}}", Route(projects.delete_token)),
    ("GET", "/api/v1/repositories", Route(repositories.read_all)),
    ("POST", "/api/v1/repositories", Route(repositories.create, REPOSITORY)),
    ("GET", REPO, Route(repositories.read)),
    ("PUT", REPO, Route(repositories.update, REPOSITORY)),
    ("DELETE", REPO, Route(repositories.delete)),
    ("POST", f"{REPO}/validate", Route(repositories.validate)),
    ("GET", "/api/v1/clusters", Route(repositories.clusters)),
    ("GET", "/api/v1/clusters/{id}", Route(repositories.cluster)),
    ("GET", "/api/v1/applications", Route(applications.read_all)),
    ("POST", "/api/v1/applications", Route(applications.create, APPLICATION)),
    ("GET", APP, Route(applications.read)),
    ("PUT", APP, Route(applications.update, APPLICATION)),
    ("PATCH", APP, Route(applications.patch, APPLICATION_PATCH)),
    ("DELETE", APP, Route(applications.delete)),
    ("PUT", f"{APP}/spec", Route(applications.update_spec, APPLICATION_SPEC)),
    ("POST", f"{APP}/sync", Route(applications.sync, SYNC)),
    ("POST", f"{APP}/rollback", Route(None)),
    ("DELETE", f"{APP}/operation", Route(None)),
    ("GET", f"{APP}/resource-tree", Route(None)),
    ("GET", f"{APP}/managed-resources", Route(None)),
    ("GET", f"{APP}/events", Route(None)),
    ("GET", f"{APP}/logs", Route(None)),
    ("GET", "/api/v1/stream/applications", Route(None)),
    ("GET", "/api/v1/repocreds", Route(None)),
    ("POST", "/api/v1/repocreds", Route(None)),
]
ROUTER: Router[Route] = Router()
for method, pattern, route in TABLE:
    ROUTER.add(method, pattern, route)
