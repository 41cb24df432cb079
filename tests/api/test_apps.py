"""Applications: asked for, listed, described."""

from typing import Any
from uuid import UUID

import pytest

from apps.models import App, AppType
from apps.serializers import AppShape
from provisioning.models import Event, Resource, Run, Step
from provisioning.workflows.create_app import create_app
from tests.api.world import World, iso
from tests.engine.platform import together


def shape(app: App, run: Run, **more: Any) -> dict[str, Any]:
    return {
        "id": app.pk,
        "name": app.name,
        "description": app.description,
        "project": app.project_id,
        "project_name": "Web",
        "team": "dev",
        "team_id": app.project.team_id,
        "type": "spring",
        "author": "hana",
        "created_at": iso(app.created_at),
        "status": "provisioning",
        "run": str(run.pk),
        "build": None,
        "deployment": None,
        **more,
    }


def first_step(name: str, **more: Any) -> dict[str, Any]:
    step = create_app.steps[name]
    return {
        "name": name,
        "title": step.title,
        "system": step.system,
        "status": "pending",
        "needs": list(create_app.needs[name]),
        "attempts": 0,
        "looks": 0,
        "slow": False,
        "started_at": None,
        "finished_at": None,
        "next_at": None,
        "waiting_for": None,
        "error": None,
        "links": [],
        **more,
    }


def test_asking_for_an_application_answers_it_and_the_run_that_makes_it(world: World) -> None:
    body = {**world.new("cart"), "description": "Holds things."}
    answer = world.author.post("app", body, **{"X-Request-Id": "from-the-test-1"})
    app = App.objects.get(name="cart")
    run = Run.objects.get(app=app)
    names = list(create_app.steps)
    assert answer.status_code == 202
    assert answer["Location"] == f"/api/v1/runs/{run.pk}"
    assert answer.json() == {
        "application": shape(app, run, description="Holds things."),
        "run": {
            "id": str(run.pk),
            "workflow": "create_app",
            "title": "Create application cart",
            "status": "running",
            "application": app.pk,
            "team": "dev",
            "requested_by": "hana",
            "created_at": iso(run.created_at),
            "started_at": None,
            "finished_at": None,
            "progress": {"done": 0, "total": 11},
            "final": False,
            "poll_after_ms": 1000,
            "version": 1,
            "steps": [first_step(names[0], status="queued"), *(first_step(name) for name in names[1:])],
        },
    }
    assert (run.active_key, run.request_id, run.inputs) == (
        f"app:{app.pk}",
        "from-the-test-1",
        {"name": "cart", "type": "spring"},
    )


def test_the_project_may_be_named(world: World) -> None:
    answer = world.author.post("app", {**world.new("cart"), "project": "Web"})
    assert (answer.status_code, answer.json()["application"]["project"]) == (202, world.project.pk)


@pytest.mark.parametrize("project", ["Nowhere", 999_999, "999999"])
def test_no_such_project(world: World, project: object) -> None:
    answer = world.author.post("app", {**world.new("cart"), "project": project})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_project_of_another_team_looks_like_none(world: World) -> None:
    there = world.stranger.post("app", world.new("cart"))
    nowhere = world.stranger.post("app", {**world.new("cart"), "project": 999_999})
    assert there.status_code == nowhere.status_code == 404
    assert there.json() == nowhere.json()
    assert not App.objects.filter(name="cart").exists()


def test_a_taken_name(world: World) -> None:
    answer = world.author.post("app", world.new("shop"))
    detail = "An application named shop exists already. Choose another name."
    assert answer.status_code == 409
    assert answer.json() == {"code": "name_taken", "detail": detail, "fields": None, "run": None}
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    "name", ["a", "Shop", "shop_2", "-shop", "shop-", "kube-x", "argocd", "a" * 41, "s h", "é", ""]
)
def test_a_name_that_some_system_would_refuse(world: World, name: str) -> None:
    answer = world.author.post("app", world.new(name))
    assert (answer.status_code, answer.json()["code"], list(answer.json()["fields"])) == (400, "invalid", ["name"])


def test_an_unknown_or_retired_type(world: World) -> None:
    AppType.objects.create(name="cobol", title="COBOL", source_template="cobol_Template", active=False)
    for name in ("cobol", "rust", "Spring"):
        answer = world.author.post("app", {**world.new("cart"), "type": name})
        assert answer.status_code == 400
        assert answer.json()["fields"] == {"type": [f"There is no type {name}. Known types: spring."]}


def test_everything_is_written_or_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step whose title the database refuses stands for any failure in the middle."""
    before = [model.objects.count() for model in (App, Run, Step, Event)]
    monkeypatch.setattr(create_app.steps["create_webhook"], "title", None)
    assert world.author.post("app", world.new("cart")).status_code == 500
    assert [model.objects.count() for model in (App, Run, Step, Event)] == before


@pytest.mark.server
def test_fifty_at_once_make_one(lasting_world: World) -> None:
    world = lasting_world
    answers = together(50, lambda _: world.author.post("app", world.new("cart")))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [202] + [409] * 49
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"name_taken"}
    run = Run.objects.get(app__name="cart")
    assert run.steps.count() == 11


def test_lists_show_status_and_newest_run(world: World) -> None:
    assert world.member.get(f"apps/{world.project.pk}").json() == [shape(world.app, world.run)]
    page = world.member.get("applications").json()
    assert page == {"next": None, "previous": None, "results": [shape(world.app, world.run)]}
    assert world.stranger.get("applications").json()["results"] == []
    assert world.staff.get(f"applications/{world.app.pk}").json() == shape(world.app, world.run)


@pytest.mark.parametrize(
    ("run", "status"),
    [("running", "provisioning"), ("failed", "failed"), ("succeeded", "ready"), ("cancelled", "failed")],
)
def test_the_newest_run_says_how_it_stands(world: World, run: str, status: str) -> None:
    world.settle(run)
    assert world.member.get(f"applications/{world.app.pk}").json()["status"] == status


def test_an_application_without_a_run(world: World) -> None:
    app = App.objects.create(name="old", project=world.project, type=world.spring)
    shown = world.member.get(f"applications/{app.pk}").json()
    assert (shown["status"], shown["run"], shown["author"]) == ("unknown", None, None)


def test_a_member_describes_it_and_nothing_else_changes(world: World) -> None:
    answer = world.member.patch(f"applications/{world.app.pk}", {"description": "Better.", "name": "other"})
    assert answer.status_code == 200
    assert answer.json() == shape(world.app, world.run, description="Better.")
    assert App.objects.get().name == "shop"


def test_its_resources(world: World) -> None:
    made = {"app": world.app, "team": world.dev, "run": world.run}
    row = Resource.objects.create(
        system="gitlab",
        kind="project",
        name="dev/shop",
        external_id="12",
        url="https://g/dev/shop",
        state="present",
        **made,
    )
    Resource.objects.create(system="jenkins", kind="job", name="dev/shop_dev", **made)
    page = world.member.get(f"applications/{world.app.pk}/resources").json()
    assert [each["name"] for each in page["results"]] == ["dev/shop", "dev/shop_dev"]
    assert page["results"][0] == {
        "system": "gitlab",
        "kind": "project",
        "name": "dev/shop",
        "id": "12",
        "link": "https://g/dev/shop",
        "state": "present",
        "created_at": iso(row.created_at),
    }


def test_the_documented_shape_is_the_shown_one(world: World) -> None:
    assert list(world.member.get(f"applications/{world.app.pk}").json()) == list(AppShape().fields)


def test_the_types(world: World) -> None:
    AppType.objects.create(name="cobol", title="COBOL", source_template="cobol_Template", active=False)
    assert world.member.get("app-types").json()["results"] == [
        {
            "name": "spring",
            "title": "Spring Boot",
            "source_template": "templates/spring_Template",
            "helm_template": "templates/helm_Template",
        }
    ]


def test_queries(world: World, django_assert_num_queries: Any) -> None:
    # Who calls; project, team, type; the application, the run, the steps, the event, what is due; the run to show.
    with django_assert_num_queries(8 + TRANSACTION):
        assert world.author.post("app", world.new("cart")).status_code == 202
    with django_assert_num_queries(2):  # who calls, the applications with their newest runs
        assert len(world.member.get("applications").json()["results"]) == 2
    with django_assert_num_queries(3):  # and the project
        assert len(world.member.get(f"apps/{world.project.pk}").json()) == 2
    assert UUID(world.member.get("applications").json()["results"][0]["run"])


TRANSACTION = 2  # inside a test's own transaction, each atomic block is a savepoint and its release
