"""`manage.py bootstrap` and `check_systems`: what they make, that they only make what is missing, what they say."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from io import StringIO
from itertools import islice
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connections

from accounts.models import Team
from apps.models import AppType
from provisioning.bootstrap import BLUEPRINTS, bootstrap, files
from provisioning.steps import clients
from provisioning.systems.argocd import Project
from provisioning.systems.errors import SystemFault
from provisioning.systems.gitlab import Action
from provisioning.values import with_application
from tests import environment
from tests.simulation import SYSTEMS, Simulation

pytestmark = pytest.mark.django_db(transaction=True)

KINDS = ("django", "flask", "helm", "spring")
TEMPLATES = [f"templates/{kind}_Template" for kind in KINDS]
WRITES = {
    "gitlab": ("^/api/v4/groups$", "^/api/v4/projects$", "/repository/commits$"),
    "jenkins": ("/createItem",),
    "argocd": ("^/api/v1/projects$",),
}


def said(command: str = "bootstrap") -> list[str]:
    """The lines that a command prints."""
    out = StringIO()
    call_command(command, stdout=out)
    return out.getvalue().splitlines()


def holds(simulation: Simulation) -> dict[str, Any]:
    """What bootstrap makes, as the systems and the database hold it; ids and times left out."""
    gitlab, argocd = clients.gitlab(), clients.argocd()
    projects = {path: gitlab.project(path) for path in TEMPLATES}
    kinds = dict(zip(TEMPLATES, KINDS, strict=True))
    return {
        "groups": [path for path in ("templates", "dev", "ops") if gitlab.group(path)],
        "templates": {
            path: {action.path: text(project.id, action) for action in files(BLUEPRINTS / kinds[path])}
            for path, project in projects.items()
            if project
        },
        "projects": sorted(one["path_with_namespace"] for one in simulation.state("gitlab")["projects"]),
        "folders": sorted(simulation.state("jenkins")["items"]),
        "permissions": {name: found.spec for name in ("dev", "ops") if (found := argocd.project(name))},
        "teams": list(Team.objects.values_list("name", "cluster")),
        "types": list(AppType.objects.values_list("name", "source_template", "helm_template")),
    }


def text(project_id: int, action: Action) -> str | None:
    """A file of a repository as it is on its branch."""
    found = clients.gitlab().read_file(project_id, action.path, "main")
    return found.text if found else None


def writes(simulation: Simulation, system: str) -> list[str]:
    """The paths of the calls that changed something."""
    asked = simulation.requests(system)
    return [each["path"] for each in asked if each["method"] != "GET" and (each["status"] or 0) < 400]


@pytest.fixture
def whole(simulation: Simulation) -> dict[str, Any]:
    """What an undisturbed bootstrap leaves. The systems and the database are empty again afterwards."""
    list(bootstrap())
    found = holds(simulation)
    simulation.reset()
    Team.objects.all().delete()
    AppType.objects.all().delete()
    return found


def test_it_makes_everything_and_says_so_and_a_second_time_changes_nothing(simulation: Simulation) -> None:
    first = said()
    before = {system: writes(simulation, system) for system in SYSTEMS}

    second = said()

    assert first[:3] == [
        "made: GitLab group templates",
        "made: GitLab project templates/spring_Template",
        "made: first commit of templates/spring_Template",
    ]
    assert {line.partition(": ")[0] for line in first} == {"made"}
    assert {line.partition(": ")[0] for line in second} == {"already there"}
    assert {line.partition(": ")[2] for line in first} <= {line.partition(": ")[2] for line in second}
    assert {system: writes(simulation, system) for system in SYSTEMS} == before


def test_templates_hold_the_blueprints_and_a_team_may_deploy_its_repositories(whole: dict[str, Any]) -> None:
    assert whole["groups"] == ["templates", "dev", "ops"]
    assert list(whole["templates"]) == TEMPLATES
    for kind, template in zip(KINDS, whole["templates"].values(), strict=True):
        assert template == {action.path: action.content for action in files(BLUEPRINTS / kind)}
        assert {"README.md", ".gitignore"} <= template.keys()
    assert whole["folders"] == ["dev", "ops"]
    assert whole["permissions"]["dev"] == {
        "description": "Applications of team dev. Made by Slipway's bootstrap.",
        "sourceRepos": [f"{environment.SIMULATORS}/gitlab/dev/*"],
        "destinations": [{"server": "https://kubernetes.default.svc", "namespace": "*"}],
        "clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}],
    }
    assert ("spring", "spring_Template", "helm_Template") in whole["types"]


def test_killed_between_any_two_things_it_is_made_whole_by_the_next(
    simulation: Simulation, whole: dict[str, Any]
) -> None:
    for done in range(1, len(list(bootstrap()))):
        simulation.reset()
        Team.objects.all().delete()
        AppType.objects.all().delete()
        list(islice(bootstrap(), done))

        list(bootstrap())

        assert holds(simulation) == whole, f"killed after {done} things"


@pytest.mark.parametrize("cut", ["before", "after"])
@pytest.mark.parametrize(("system", "path"), [(system, path) for system, paths in WRITES.items() for path in paths])
def test_with_an_answer_cut_it_is_made_whole_by_the_next(
    simulation: Simulation, whole: dict[str, Any], system: str, path: str, cut: str
) -> None:
    simulation.fault(system, "POST", path, cut=cut)
    # What was made and not heard of is seen at the second look; what was not made needs a second bootstrap.
    with pytest.raises(SystemFault) if cut == "before" else nullcontext():
        list(bootstrap())

    list(bootstrap())

    assert holds(simulation) == whole


def test_run_by_three_people_at_once_it_makes_one_of_everything(simulation: Simulation, whole: dict[str, Any]) -> None:
    for system in SYSTEMS:
        simulation.settings(system, latency_ms=20)
    together = Barrier(3)

    def person(_: int) -> list[str]:
        together.wait()
        try:
            return [done.what for done in bootstrap()]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as people:
        told = list(people.map(person, range(3)))

    assert len(told) == 3
    assert holds(simulation) == whole


def test_a_template_with_other_content_is_left_as_it_is(simulation: Simulation) -> None:
    gitlab = clients.gitlab()
    group = gitlab.create_group("templates", "templates")
    ours = gitlab.create_project(group.id, "flask_Template", "flask_Template")
    gitlab.commit(ours.id, "main", "Ours", [Action("create", "README.md", "ours")])

    lines = said()

    assert "already there: first commit of templates/flask_Template" in lines
    assert gitlab.read_file(ours.id, "app.py", "main") is None
    assert (found := gitlab.read_file(ours.id, "README.md", "main")) is not None
    assert found.text == "ours"


def test_a_project_of_argocd_gets_what_it_lacks_and_keeps_what_others_added(simulation: Simulation) -> None:
    argocd = clients.argocd()
    theirs = {"sourceRepos": ["https://git.example.com/dev/*"], "destinations": [{"server": "*", "namespace": "dev"}]}
    argocd.create_project(Project("dev", theirs))

    lines = said()

    assert "already there: Argo CD project dev" in lines
    assert "made: permissions of Argo CD project dev" in lines
    assert (found := argocd.project("dev")) is not None
    assert found.spec["sourceRepos"] == ["https://git.example.com/dev/*", f"{environment.SIMULATORS}/gitlab/dev/*"]
    assert {"server": "*", "namespace": "dev"} in found.spec["destinations"]
    assert found.spec["clusterResourceWhitelist"] == [{"group": "", "kind": "Namespace"}]


def test_templates_may_lie_deeper_and_clusters_have_names(simulation: Simulation, settings: LazySettings) -> None:
    settings.GITLAB_TEMPLATE_GROUP = "platform/templates"
    settings.TEAM_CLUSTERS = {"data": "in-cluster"}

    lines = said()

    assert lines[:2] == ["made: GitLab group platform", "made: GitLab group platform/templates"]
    assert (found := clients.argocd().project("data")) is not None
    assert found.spec["destinations"] == [{"name": "in-cluster", "namespace": "*"}]


@pytest.mark.parametrize(("system", "title"), [("gitlab", "GitLab"), ("jenkins", "Jenkins"), ("argocd", "Argo CD")])
def test_a_refusal_ends_it_with_a_sentence_that_says_what_to_do(
    simulation: Simulation, system: str, title: str
) -> None:
    simulation.fault(system, "POST", WRITES[system][-1], status=403)

    with pytest.raises(CommandError) as failed:
        said()

    assert title in str(failed.value)
    assert "Then run bootstrap again" in str(failed.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_blueprint_has_what_its_kind_needs_and_nothing_that_tools_leave(kind: str, tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "app.pyc").write_bytes(b"\x00")
    (tmp_path / "app.py").write_text("app = 1\n")

    names = {action.path for action in files(BLUEPRINTS / kind)}

    wanted = (
        {"Chart.yaml", "values.yaml", "templates/deployment.yaml"} if kind == "helm" else {"Dockerfile", "Jenkinsfile"}
    )
    assert {"README.md", ".gitignore", *wanted} <= names
    assert [action.path for action in files(tmp_path)] == ["app.py"]


def test_the_platform_changes_three_lines_of_the_charts_values() -> None:
    before = (BLUEPRINTS / "helm" / "values.yaml").read_text(encoding="utf-8")

    after = with_application(before, name="shop", image="registry.test/apps/dev/shop", host="shop.apps.test")

    pairs = zip(before.splitlines(), after.splitlines(), strict=True)
    assert [new for old, new in pairs if old != new] == [
        "  name: shop",
        "  repository: registry.test/apps/dev/shop",
        "  host: shop.apps.test",
    ]


# --- check_systems -----------------------------------------------------------------------------------------------


def test_systems_that_are_fine_tell_their_version_and_who_we_are(simulation: Simulation) -> None:
    answers = said("check_systems")

    assert [line.partition(": fine: ")[0] for line in answers] == ["GitLab", "Jenkins", "Argo CD"]
    assert "token of root, an administrator" in answers[0]
    assert all("version " in line and "unknown" not in line for line in answers)


@pytest.mark.parametrize(
    ("setting", "title"), [("GITLAB_TOKEN", "GitLab"), ("JENKINS_TOKEN", "Jenkins"), ("ARGOCD_TOKEN", "Argo CD")]
)
def test_a_wrong_token_is_named_with_its_variable_and_hides_no_other_system(
    simulation: Simulation, settings: LazySettings, setting: str, title: str
) -> None:
    setattr(settings, setting, "eyJh.eyJz.wrong-token")
    out = StringIO()

    with pytest.raises(CommandError, match=f"Not fine: {title}"):
        call_command("check_systems", stdout=out)

    lines = out.getvalue().splitlines()
    assert len(lines) == 3
    (wrong,) = [line for line in lines if "NOT FINE" in line]
    assert wrong.startswith(title)
    assert setting in wrong
    assert "wrong-token" not in out.getvalue()


def test_a_token_of_somebody_who_is_no_administrator_is_not_enough(
    simulation: Simulation, settings: LazySettings
) -> None:
    simulation.fault("gitlab", "GET", "/user$", body={"id": 7, "username": "kim", "is_admin": False}, status=200)

    with pytest.raises(CommandError, match="Not fine: GitLab"):
        said("check_systems")
