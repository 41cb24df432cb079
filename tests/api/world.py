"""Two teams, five kinds of callers, a project and an application whose run has begun."""

import json
from typing import Any
from uuid import uuid4

from django.test import Client

from accounts import tokens
from accounts.models import Team, User
from apps import operations
from apps.models import App, AppType
from projects.models import Project
from provisioning.models import Run

PASSWORD = "correct horse battery staple"


class Api:
    """A program that calls the API with a Bearer token, or with none."""

    def __init__(self, user: User | None = None) -> None:
        self.client = Client(raise_request_exception=False)
        if user is not None:
            self.token = tokens.issue(user, uuid4().hex).access
            self.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {self.token}"

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call `path` below /api/v1; `body` goes as JSON, unless it is bytes."""
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        address = path if path.startswith(("/api", "/health")) else f"/api/v1/{path}"
        kind = headers.pop("content_type", "application/json")
        return self.client.generic(method, address, data, content_type=kind, headers=headers)

    def get(self, path: str, **headers: str) -> Any:
        """GET."""
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST."""
        return self("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        """PATCH."""
        return self("PATCH", path, body, **headers)

    def delete(self, path: str) -> Any:
        """DELETE."""
        return self("DELETE", path)


class World:
    """hana made the project Web and the application shop for team dev. mo is of dev, otto of ops, sonja is staff."""

    def __init__(self) -> None:
        self.dev = Team.objects.create(name="dev", cluster="https://kubernetes.default.svc")
        self.ops = Team.objects.create(name="ops", cluster="https://ops.example.com")
        self.hana, self.mo = person("hana", self.dev), person("mo", self.dev)
        self.otto, self.sonja = person("otto", self.ops), person("sonja", None, is_staff=True)
        self.author, self.member = Api(self.hana), Api(self.mo)
        self.stranger, self.staff, self.nobody = Api(self.otto), Api(self.sonja), Api()
        self.spring = AppType.objects.create(name="spring", title="Spring Boot", source_template="spring_Template")
        self.project = Project.objects.create(name="Web", team=self.dev, author=self.hana, description="The web.")
        self.run = operations.create_app(
            name="shop", type=self.spring, project=self.project, author=self.hana, description="Sells."
        )
        assert self.run.app is not None
        self.app: App = self.run.app

    def new(self, name: str) -> dict[str, Any]:
        """The body of POST /app."""
        return {"project": self.project.pk, "name": name, "type": "spring"}

    def settle(self, status: str) -> Run:
        """Let the first run end so: all its steps, or its first one, and the run itself."""
        self.run.steps.update(status="succeeded" if status == "succeeded" else "pending")
        self.run.steps.filter(position=0).update(status=status, attempts=1)
        Run.objects.filter(pk=self.run.pk).update(status=status, finished_at=self.run.created_at)
        self.run.refresh_from_db()
        return self.run


def person(name: str, team: Team | None, **more: Any) -> User:
    """Somebody who has no password: hashing one takes longer than most tests."""
    user = User(username=name, email=f"{name}@example.com", team=team, **more)
    user.set_unusable_password()
    user.save()
    return user


def iso(at: Any) -> str:
    """As the API writes times."""
    return str(at.isoformat().replace("+00:00", "Z"))
