"""A platform that is ready for its first application: systems after `bootstrap`, a team, a person, a project."""

import re
from typing import Any

from accounts.models import Team, User
from apps.models import App, AppType
from apps.operations import create_app
from projects.models import Project
from provisioning.bootstrap import bootstrap
from provisioning.models import Resource, Run
from provisioning.systems.argocd import ArgoCD
from provisioning.systems.gitlab import GitLab
from provisioning.systems.jenkins import Jenkins
from tests import environment
from tests.simulation import Simulation

SYSTEMS = ("gitlab", "jenkins", "argocd")


def nothing() -> None:
    """The fence of somebody who is not a worker."""


class World:
    """The systems as they are after `bootstrap`, seen through the platform's own clients, and a member of `dev`."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        simulation.settings("gitlab", fork_seconds=0)
        list(bootstrap())
        # What bootstrap asked is not counted.
        self.since = {system: last(simulation.requests(system)) for system in SYSTEMS}
        self.team = Team.objects.get(name="dev")
        self.hana = User.objects.create_user("hana", "hana@example.com", "correct horse 9", team=self.team)
        self.project = Project.objects.create(name="web", team=self.team, author=self.hana)
        given = environment.VARIABLES
        self.gitlab = GitLab(given["GITLAB_URL"], given["GITLAB_TOKEN"], before_write=nothing)
        self.jenkins = Jenkins(
            given["JENKINS_URL"], given["JENKINS_USER"], given["JENKINS_TOKEN"], before_write=nothing
        )
        self.argocd = ArgoCD(given["ARGOCD_URL"], given["ARGOCD_TOKEN"], before_write=nothing)

    def create(self, name: str, kind: str = "django") -> Run:
        """Ask for an application, as a member does."""
        return create_app(name=name, type=AppType.objects.get(name=kind), project=self.project, author=self.hana)

    def holds(self, name: str) -> dict[str, Any]:
        """How many of everything the systems hold for the application, whoever made it."""
        team, helm = self.team.name, f"{self.team.name}/{name}_helm"
        source = self.gitlab.project(f"{team}/{name}")
        chart = self.gitlab.project(helm)
        protection = self.gitlab.protection(source.id, source.default_branch) if source else None
        return {
            "source repositories": int(source is not None),
            "helm repositories": int(chart is not None),
            "developers push": protection is not None and protection.allows(30, 30),
            "pipelines": int(self.jenkins.job(team, f"{name}_{team}") is not None),
            "webhooks": len(self.gitlab.hooks(source.id)) if source else 0,
            "deploy tokens": len(self.gitlab.deploy_tokens(chart.id)) if chart else 0,
            "registrations": len([one for one in self.argocd.repositories() if one.url.endswith(f"{helm}.git")]),
            "applications": int(self.argocd.find_application(name) is not None),
        }

    def effects(self) -> dict[str, int]:
        """How often each call that changes something of applications had its effect since the systems were reset."""
        made: dict[str, int] = {}
        for system in SYSTEMS:
            for asked in self.simulation.requests(system, self.since[system]):
                if asked["method"] != "GET" and had_its_effect(asked) and ".git/" not in asked["path"]:
                    key = f"{system} {asked['method']} {asked['path']}"
                    made[key] = made.get(key, 0) + 1
        return made


def last(asked: list[dict[str, Any]]) -> int:
    """The number of the last line of a request log."""
    return int(asked[-1]["id"]) if asked else 0


def had_its_effect(asked: dict[str, Any]) -> bool:
    """Whether the call of this line of a request log was done, also when nobody heard its answer."""
    unheard = re.search(r"effect done, its answer was (\d+)", asked["note"] or "")
    status = int(unheard[1]) if unheard else asked["status"]
    return status is not None and status < 400


ONE_OF_EVERYTHING: dict[str, Any] = {
    "source repositories": 1,
    "helm repositories": 1,
    "developers push": True,
    "pipelines": 1,
    "webhooks": 1,
    "deploy tokens": 1,
    "registrations": 1,
    "applications": 1,
}


def ledger(name: str) -> list[tuple[str, str, str]]:
    """What the ledger says of the application: (system, kind, state)."""
    rows = Resource.objects.filter(app=App.objects.get(name=name)).order_by("system", "kind", "name")
    return list(rows.values_list("system", "kind", "state"))
