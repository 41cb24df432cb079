"""Projects: made, listed, changed and removed by those who may."""

from typing import Any

import pytest

from projects.models import Project
from tests.api.world import World, iso


def shape(project: Project, **more: Any) -> dict[str, Any]:
    return {
        "id": project.pk,
        "name": "Web",
        "description": "The web.",
        "team": "dev",
        "team_id": project.team_id,
        "author": "hana",
        "created_at": iso(project.created_at),
        **more,
    }


def test_a_project_is_made_for_the_own_team(world: World) -> None:
    answer = world.author.post("project", {"name": "Mobile", "description": "Apps."})
    project = Project.objects.get(name="Mobile")
    assert answer.status_code == 201
    assert answer.json() == shape(project, name="Mobile", description="Apps.")


@pytest.mark.parametrize("by", ["name", "id", "id as text"])
def test_staff_name_the_team(world: World, by: str) -> None:
    team = {"name": "ops", "id": world.ops.pk, "id as text": str(world.ops.pk)}[by]
    answer = world.staff.post("project", {"name": "Tools", "team": team})
    assert (answer.status_code, answer.json()["team"], answer.json()["author"]) == (201, "ops", "sonja")


def test_staff_without_a_team_must_name_one(world: World) -> None:
    answer = world.staff.post("project", {"name": "Tools"})
    detail = "You belong to no team: say which team it is for."
    assert answer.status_code == 400
    assert answer.json() == {"code": "invalid", "detail": detail, "fields": {"team": [detail]}, "run": None}


@pytest.mark.parametrize("team", ["ops", "none", 999])
def test_another_team_looks_like_no_team(world: World, team: object) -> None:
    answer = world.author.post("project", {"name": "Tools", "team": team})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("name", ["Web", "web", "WEB", " Web "])
def test_a_name_is_taken_over_all_teams_whatever_the_case(world: World, name: str) -> None:
    answer = world.stranger.post("project", {"name": name})
    detail = f"A project named {name.strip()} exists already. Choose another name."
    assert answer.status_code == 409
    assert answer.json() == {"code": "name_taken", "detail": detail, "fields": None, "run": None}


def test_a_team_has_a_plain_list(world: World) -> None:
    answer = world.member.get(f"project/{world.dev.pk}")
    assert answer.status_code == 200
    assert answer.json() == [shape(world.project)]


def test_the_list_of_all_goes_by_cursor(world: World) -> None:
    for name in ("Alpha", "Zeta"):
        Project.objects.create(name=name, team=world.dev)
    Project.objects.create(name="Secret", team=world.ops)
    names, page = [], world.member.get("projects?limit=2").json()
    names.append([each["name"] for each in page["results"]])
    assert page["previous"] is None
    page = world.member.get(page["next"].removeprefix("http://testserver")).json()
    names.append([each["name"] for each in page["results"]])
    assert page["next"] is None
    assert names == [["Alpha", "Web"], ["Zeta"]]
    assert world.member.get(page["previous"].removeprefix("http://testserver")).json()["results"][0]["name"] == "Alpha"


def test_the_author_changes_it(world: World) -> None:
    answer = world.author.patch(f"projects/{world.project.pk}", {"name": "Web 2"})
    assert answer.status_code == 200
    assert answer.json() == shape(world.project, name="Web 2")
    assert world.author.patch(f"projects/{world.project.pk}", {"name": "web 2"}).status_code == 200, "its own name"


def test_changing_to_a_taken_name_is_refused(world: World) -> None:
    Project.objects.create(name="Other", team=world.ops)
    answer = world.author.patch(f"projects/{world.project.pk}", {"name": "other"})
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")


def test_only_an_empty_project_is_removed(world: World) -> None:
    answer = world.author.delete(f"projects/{world.project.pk}")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_empty")
    empty = Project.objects.create(name="Empty", team=world.dev, author=world.hana)
    assert world.author.delete(f"projects/{empty.pk}").status_code == 204
    assert world.author.get(f"projects/{empty.pk}").status_code == 404


def test_another_member_sees_it_and_may_not_change_it(world: World) -> None:
    path = f"projects/{world.project.pk}"
    assert world.member.get(path).json() == shape(world.project)
    for answer in (world.member.patch(path, {"name": "Mine"}), world.member.delete(path)):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert Project.objects.get().name == "Web"


def test_queries(world: World, django_assert_num_queries: Any) -> None:
    for number in range(20):
        Project.objects.create(name=f"P{number:02}", team=world.dev, author=world.mo)
    with django_assert_num_queries(2):  # who calls, the projects
        assert len(world.member.get("projects").json()["results"]) == 21
