"""Applications, their types and projects in the admin."""

from django.test import Client
from django.urls import reverse

from accounts.models import Team
from apps.models import AppType
from projects.models import Project
from provisioning.models import Resource
from tests.admin.night import a_run, an_app, logged_in, page, staff


def test_staff_add_types_and_change_them(db: None) -> None:
    client = logged_in(staff("tim", "add_apptype", "change_apptype", "view_apptype"))
    data = {
        "name": "go",
        "title": "Go",
        "source_template": "go_Template",
        "helm_template": "helm_Template",
        "active": "on",
    }
    client.post(reverse("admin:apps_apptype_add"), data)
    go = AppType.objects.get()
    assert (go.source_path, go.active) == ("templates/go_Template", True)
    changes = {"name": "rust", "title": "Golang", "source_template": "go2_Template", "helm_template": "helm_Template"}
    client.post(reverse("admin:apps_apptype_change", args=[go.pk]), changes)
    go.refresh_from_db()
    assert (go.name, go.title, go.source_template, go.active) == ("go", "Golang", "go2_Template", False)
    assert "lower-case" in page(client.post(reverse("admin:apps_apptype_add"), {**data, "name": "9Go"}))


def test_an_application_leads_to_its_runs_and_resources(root: Client) -> None:
    run = a_run("shop")
    a_run("other")
    Resource.objects.create(system="gitlab", kind="project", name="dev/shop", app=run.app)
    Resource.objects.create(system="gitlab", kind="project", name="dev/elsewhere")
    for address in (reverse("admin:apps_app_changelist"), reverse("admin:apps_app_change", args=[run.app_id])):
        text = page(root.get(address))
        for list_, shown, hidden in (
            ("provisioning_run", "Create application shop", "Create application other"),
            ("provisioning_resource", "dev/shop", "dev/elsewhere"),
        ):
            link = f"{reverse(f'admin:{list_}_changelist')}?app__id__exact={run.app_id}"
            assert f'href="{link}"' in text
            found = page(root.get(link))
            assert shown in found
            assert hidden not in found


def test_an_application_says_what_it_is_called_elsewhere(root: Client) -> None:
    app = an_app("shop")
    text = page(root.get(reverse("admin:apps_app_change", args=[app.pk])))
    for name in (app.source_path, app.helm_path, app.job_name, app.host, app.image):
        assert name in text


def test_applications_are_filtered_by_team_and_type(root: Client) -> None:
    shop, other = an_app("shop"), an_app("other", "ops")
    for query in ({"project__team__id__exact": shop.team.pk}, {"q": "shop"}, {"project__id__exact": shop.project_id}):
        text = page(root.get(reverse("admin:apps_app_changelist"), query))
        assert f">{shop.name}</a>" in text
        assert f">{other.name}</a>" not in text
    assert f">{shop.name}</a>" in page(
        root.get(reverse("admin:apps_app_changelist"), {"type__id__exact": shop.type_id})
    )


def test_whoever_adds_a_project_is_its_author(db: None) -> None:
    person = staff("tim", "add_project", "change_project", "view_project")
    client = logged_in(person)
    dev, ops = (Team.objects.create(name=name, cluster="x") for name in ("dev", "ops"))
    client.post(reverse("admin:projects_project_add"), {"name": "storefront", "team": dev.pk, "description": "d"})
    project = Project.objects.get()
    assert (project.author, project.team) == (person, dev)
    address = reverse("admin:projects_project_change", args=[project.pk])
    client.post(address, {"name": "front", "team": ops.pk, "description": "e", "author": ""})
    project.refresh_from_db()
    assert (project.name, project.description, project.team, project.author) == ("front", "e", dev, person)
    assert "A project stays with its team" in page(client.get(address))


def test_a_projects_page_counts_its_applications(root: Client) -> None:
    shop = an_app("shop")
    an_app("other")
    link = f"{reverse('admin:apps_app_changelist')}?project__id__exact={shop.project_id}"
    for address in (
        reverse("admin:projects_project_changelist"),
        reverse("admin:projects_project_change", args=[shop.project_id]),
    ):
        assert f'<a href="{link}">2</a>' in page(root.get(address))
