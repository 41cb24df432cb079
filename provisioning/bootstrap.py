"""What a fresh set of systems needs before the first application: templates out of blueprints/, and the first teams.

It looks first and changes only what is missing, so it may be run at any time, killed anywhere and run by two people at
once: whoever comes second finds the thing there. A template that exists is left as it is, whatever it holds.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings

from accounts.models import Team
from apps.models import AppType
from provisioning.steps import clients
from provisioning.systems.argocd import ArgoCD
from provisioning.systems.argocd import Project as Permissions
from provisioning.systems.errors import Changed, Conflict, Unsure
from provisioning.systems.gitlab import Action, GitLab, Project
from provisioning.systems.jenkins import Jenkins

BLUEPRINTS = Path(__file__).resolve().parent.parent / "blueprints"
# What running a blueprint's own tests leaves in its folder.
LEFTOVERS = frozenset("__pycache__ .pytest_cache .venv target .idea .vscode .git".split())
BRANCH = "main"
HELM = "helm"
TYPES = {"spring": "Spring Boot", "django": "Django", "flask": "Flask"}
MADE_BY = "Made by Slipway's bootstrap."

T = TypeVar("T")


@dataclass(frozen=True)
class Done:
    """One thing that is there now: what it is, and whether this run made it."""

    what: str
    made: bool


def bootstrap() -> Iterator[Done]:
    """Make what is missing, one thing at a time. Raises a SystemFault when a system refuses; the rest is kept."""
    gitlab = clients.gitlab()
    yield from template_group(gitlab)
    repositories = [(kind, f"{settings.GITLAB_TEMPLATE_GROUP}/{kind}_Template") for kind in (*TYPES, HELM)]
    for kind, path in repositories:
        yield from template(gitlab, BLUEPRINTS / kind, path)
    yield from application_types()
    yield from teams(gitlab, clients.jenkins(), clients.argocd())


def ensure(what: str, look: Callable[[], T | None], make: Callable[[], T]) -> Iterator[Done]:
    """Look, and make it if it is missing. A conflict, or a lost answer, means: look again."""
    if look() is not None:
        yield Done(what, made=False)
        return
    try:
        make()
    except (Conflict, Unsure):
        if look() is None:
            raise
        yield Done(what, made=False)
        return
    yield Done(what, made=True)


def template_group(gitlab: GitLab) -> Iterator[Done]:
    """The group of the templates, and the groups above it."""
    parts = settings.GITLAB_TEMPLATE_GROUP.split("/")
    for depth, name in enumerate(parts, start=1):
        yield from group(gitlab, "/".join(parts[:depth]), name)


def group(gitlab: GitLab, path: str, name: str) -> Iterator[Done]:
    """One group."""
    yield from ensure(f"GitLab group {path}", lambda: gitlab.group(path), lambda: gitlab.create_group(path, name))


def template(gitlab: GitLab, blueprint: Path, path: str) -> Iterator[Done]:
    """A template repository with the blueprint's files in its first commit."""
    above, _, name = path.rpartition("/")

    def make() -> Project:
        owner = gitlab.group(above)
        if owner is None:
            raise Conflict("gitlab", f"GitLab's group {above} is gone again.", hint="Run bootstrap again.")
        return gitlab.create_project(owner.id, name, name, description=f"Template. {MADE_BY}")

    yield from ensure(f"GitLab project {path}", lambda: usable(gitlab, path), make)
    yield from ensure(f"first commit of {path}", lambda: filled(gitlab, path), lambda: fill(gitlab, blueprint, path))


def usable(gitlab: GitLab, path: str) -> Project | None:
    """The project, unless somebody is deleting it: then it must not be filled, nor its name taken yet."""
    found = gitlab.project(path)
    if found is not None and found.deleting:
        hint = "Restore it in GitLab, or delete it for good, then run bootstrap again."
        raise Conflict("gitlab", f"The template {path} is marked for deletion.", hint=hint)
    return found


def filled(gitlab: GitLab, path: str) -> Project | None:
    """The project if it holds anything: then it is not touched."""
    found = gitlab.project(path)
    return found if found is not None and not found.empty else None


def fill(gitlab: GitLab, blueprint: Path, path: str) -> None:
    """All files in one commit: there is no half-filled template."""
    found = gitlab.project(path)
    if found is not None:
        gitlab.commit(found.id, BRANCH, f"Start from the blueprint {blueprint.name}", files(blueprint))


def files(blueprint: Path) -> list[Action]:
    """Everything in a blueprint's folder but what tools left there. Blueprints are text."""
    paths = sorted(path for path in blueprint.rglob("*") if path.is_file())
    inside = [(path, path.relative_to(blueprint)) for path in paths]
    wanted = [(path, name) for path, name in inside if not LEFTOVERS & set(name.parts) and name.suffix != ".pyc"]
    return [Action("create", name.as_posix(), path.read_text(encoding="utf-8")) for path, name in wanted]


def application_types() -> Iterator[Done]:
    """The rows that say which template an application's type is forked from. Staff may have changed them."""
    for name, title in TYPES.items():
        wanted = {"title": title, "source_template": f"{name}_Template", "helm_template": f"{HELM}_Template"}
        _, made = AppType.objects.get_or_create(name=name, defaults=wanted)
        yield Done(f"application type {name}", made)


def teams(gitlab: GitLab, jenkins: Jenkins, argocd: ArgoCD) -> Iterator[Done]:
    """The teams of TEAM_CLUSTERS, each with its group, folder and Argo CD project."""
    for name, cluster in settings.TEAM_CLUSTERS.items():
        team, made = Team.objects.get_or_create(name=name, defaults={"cluster": cluster})
        yield Done(f"team {name}", made)
        yield from group(gitlab, team.gitlab_group, team.gitlab_group)
        yield from folder(jenkins, team)
        yield from argocd_project(argocd, team, repositories_of(gitlab, team))


def folder(jenkins: Jenkins, team: Team) -> Iterator[Done]:
    """Where the team's pipelines are."""
    name = team.jenkins_folder
    text = f"Pipelines of team {team.name}. {MADE_BY}"
    yield from ensure(f"Jenkins folder {name}", lambda: jenkins.folder(name), lambda: jenkins.create_folder(name, text))


def argocd_project(argocd: ArgoCD, team: Team, repositories: str) -> Iterator[Done]:
    """What the team may deploy, from where, to where. What somebody else added to the project stays."""
    wanted, name = permissions(team, repositories), team.argocd_project
    new = Permissions(name, {"description": f"Applications of team {team.name}. {MADE_BY}", **wanted})
    made = False
    for done in ensure(f"Argo CD project {name}", lambda: argocd.project(name), lambda: argocd.create_project(new)):
        made = done.made
        yield done
    if not made:
        yield from ensure(
            f"permissions of Argo CD project {name}",
            lambda: complete(argocd, name, wanted),
            lambda: permit(argocd, name, wanted),
        )


def permissions(team: Team, repositories: str) -> dict[str, list[Any]]:
    """The lists of an Argo CD project that the team's applications need; an empty one permits nothing.

    An application's namespace is called as the application, so that any is permitted, and made by Argo CD at the first
    sync (CreateNamespace), for which the kind Namespace must be.
    """
    where = "server" if "://" in team.cluster else "name"
    return {
        "sourceRepos": [repositories],
        "destinations": [{where: team.cluster, "namespace": "*"}],
        "clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}],
    }


def complete(argocd: ArgoCD, name: str, wanted: dict[str, list[Any]]) -> Permissions | None:
    """The project if it permits all that is wanted."""
    found = argocd.project(name)
    return found if found is not None and not missing(found.spec, wanted) else None


def missing(spec: dict[str, Any], wanted: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """What a project's lists lack."""
    lacks = {key: [entry for entry in entries if not has(spec, key, entry)] for key, entries in wanted.items()}
    return {key: entries for key, entries in lacks.items() if entries}


def has(spec: dict[str, Any], key: str, entry: Any) -> bool:
    """Whether a list of the project holds the entry. Argo CD may add members of its own to one."""
    listed = spec.get(key) or []
    return entry in listed or any(isinstance(one, dict) and one.items() >= entry.items() for one in listed)


def permit(argocd: ArgoCD, name: str, wanted: dict[str, list[Any]]) -> None:
    """Add what is missing to the project as it was read. Somebody else who changes it meanwhile is a Changed."""
    found = argocd.project(name)
    if found is None:
        raise Changed("argocd", f"Argo CD's project {name} is gone again.", hint="Run bootstrap again.")
    lists = {key: (found.spec.get(key) or []) + entries for key, entries in missing(found.spec, wanted).items()}
    argocd.update_project(replace(found, spec=found.spec | lists))


def repositories_of(gitlab: GitLab, team: Team) -> str:
    """A pattern of the team's repositories as GitLab gives their addresses, which need not begin with GITLAB_URL."""
    path = f"{settings.GITLAB_TEMPLATE_GROUP}/{HELM}_Template"
    found = gitlab.project(path)
    root = found.http_url.removesuffix(f"/{path}.git") if found else settings.GITLAB_URL
    return f"{root}/{team.gitlab_group}/*"
