"""All that this Argo CD holds, tied together."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from simulators.argocd.accounts import ADMIN_TOKEN, VIEWER_TOKEN, Accounts, Subject
from simulators.argocd.applications import Application, Applications
from simulators.argocd.controller import Controller, Pace
from simulators.argocd.errors import UNAUTHENTICATED, Refusal
from simulators.argocd.git import Remotes
from simulators.argocd.metadata import Versions
from simulators.argocd.projects import Projects
from simulators.argocd.repositories import Repositories
from simulators.argocd.validation import Validator
from simulators.system import Call, World, change_settings

IN_CLUSTER = {"in-cluster": "https://kubernetes.default.svc"}
__all__ = ["ADMIN_TOKEN", "VIEWER_TOKEN", "Server", "Settings"]


@dataclass
class Settings(Pace):
    """How slow it is, and for how many seconds a good connection test is believed."""

    connection_seconds: float = 10.0


class Server:
    """Projects, repositories, applications, clusters and the controller that moves them."""

    def __init__(self, world: World) -> None:
        self.clock = world.clock
        self.settings = Settings()
        self.clusters = dict(IN_CLUSTER)
        self.versions = Versions(world.clock)
        self.accounts = Accounts(world.clock)
        self.applications = Applications(self.versions)
        self.projects = Projects(self.versions, self.applications.in_project)
        remotes = Remotes(world.http)
        self.repositories = Repositories(self.versions, remotes, lambda: self.settings.connection_seconds)
        self.validator = Validator(self.repositories, remotes, lambda: self.clusters)
        self.controller = Controller(self.versions, self.validator, self.projects, self.settings)

    def subject(self, call: Call) -> Subject:
        """Who calls; the policies of a project's role are those that it has now."""
        claims = self.accounts.claims(call)
        name, _, kind = claims["sub"].rpartition(":")
        if not name.startswith("proj:"):
            return Subject(name, claims["iat"])
        project = self.projects.by_name.get(name.removeprefix("proj:"), {"spec": {}})
        for role in project["spec"].get("roles", []):
            issued = {token["iat"] for token in role.get("jwtTokens", [])}
            if role["name"] == kind and claims["iat"] in issued:
                return Subject(claims["sub"], claims["iat"], tuple(role.get("policies", [])))
        raise Refusal(UNAUTHENTICATED, f"invalid session: token for {claims['sub']} is not known")

    async def current(self, app: Application) -> Application:
        await self.controller.settle(app)
        return app

    def apply(self, wanted: dict[str, Any]) -> None:
        """`clusters` are names with their servers, beside in-cluster; the rest are Settings."""
        clusters = wanted.get("clusters", {})
        if not isinstance(clusters, dict) or not all(isinstance(one, str) for one in clusters.values()):
            raise ValueError('clusters must look like {"dev": "https://dev.example.com:6443"}')
        change_settings(self.settings, {name: value for name, value in wanted.items() if name != "clusters"})
        if "clusters" in wanted:
            self.clusters = IN_CLUSTER | clusters

    def state(self) -> dict[str, Any]:
        self.applications.sweep()
        return {
            "applications": {name: app.body for name, app in sorted(self.applications.by_name.items())},
            "projects": self.projects.by_name,
            "repositories": self.repositories.state(),
            "clusters": self.clusters,
            "settings": asdict(self.settings),
        }
