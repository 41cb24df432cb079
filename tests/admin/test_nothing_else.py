"""What is not meant to be changed here cannot be, whatever is posted."""

from typing import Any

import pytest
from django.apps import apps as django_apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Team, User
from apps.models import App, AppType
from projects.models import Project
from provisioning.models import Event, Resource, Run, Step, Worker
from tests.admin.night import a_failed_run, page

READ_ONLY = (Run, Step, Event, Resource, Worker, App)
OURS = (*READ_ONLY, Team, User, AppType, Project)

# What somebody would like to write.
WISHES: dict[str, Any] = {
    **dict.fromkeys(("title", "name", "text", "kind", "host", "workflow", "description", "system"), "mine"),
    "status": "succeeded",
    "state": "gone",
    "error_message": "",
    "active_key": "",
    "pid": "1",
    "id": "1",
    "steps-TOTAL_FORMS": "1",
    "steps-INITIAL_FORMS": "1",
    "steps-0-status": "succeeded",
    "steps-0-id": "1",
    **{f"{rows}-{count}_FORMS": "0" for rows in ("events", "resources") for count in ("TOTAL", "INITIAL")},
    "_save": "Save",
}


@pytest.fixture
def everything(db: None) -> None:
    """One row of each."""
    run = a_failed_run()
    now = timezone.now()
    Resource.objects.create(system="gitlab", kind="project", name="shop", run=run, app=run.app)
    Worker.objects.create(id="w", host="one", pid=1, started_at=now, beat_at=now)


def snapshot() -> list[Any]:
    """Every row of ours, as it is; the people's last log-in apart."""
    return [list(model._default_manager.order_by("pk").values()) for model in OURS]


def address(model: type[models.Model], page: str, *args: Any) -> str:
    """One of the admin's pages of a model."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def a_row(model: type[models.Model]) -> models.Model:
    """A row to attack."""
    return model._default_manager.order_by("pk")[0]


def test_every_model_has_its_page(root: Client, everything: None) -> None:
    labels = {"accounts", "projects", "apps", "provisioning"}
    ours = [model for model in django_apps.get_models() if model._meta.app_label in labels]
    assert set(ours) >= set(OURS)
    index = page(root.get(reverse("admin:index")))
    for model in ours:
        assert admin.site.is_registered(model), model
        assert address(model, "changelist") in index
        assert page(root.get(address(model, "changelist")))
        assert page(root.get(address(model, "changelist") + "?q=shop"))
        assert page(root.get(address(model, "change", a_row(model).pk)))


def test_the_site_is_called_slipway(root: Client) -> None:
    text = page(root.get(reverse("admin:index")))
    assert "<title>Operations | Slipway</title>" in text
    assert ">Slipway</a>" in text
    assert "View site" not in text


def test_no_page_shows_a_token(root: Client) -> None:
    assert "oken" not in page(root.get(reverse("admin:index"))).replace("csrfmiddlewaretoken", "")


@pytest.mark.parametrize("model", READ_ONLY)
def test_even_a_superuser_changes_nothing(root: Client, everything: None, model: type[models.Model]) -> None:
    row, before = a_row(model), snapshot()
    assert root.post(address(model, "change", row.pk), WISHES).status_code == 403
    assert root.post(address(model, "add"), WISHES).status_code == 403
    assert root.get(address(model, "add")).status_code == 403
    root.post(address(model, "changelist"), {"form-TOTAL_FORMS": "1", "form-0-status": "succeeded", "_save": "Save"})
    assert snapshot() == before


@pytest.mark.parametrize("model", OURS)
def test_nothing_is_deleted(root: Client, everything: None, model: type[models.Model]) -> None:
    row, before = a_row(model), snapshot()
    assert root.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
    root.post(address(model, "changelist"), data)
    root.post(address(model, "changelist"), {**data, "index": "0"})
    assert snapshot() == before
    assert "delete_selected" not in page(root.get(address(model, "changelist")))


def test_passwords_are_not_found_through_filters(root: Client, operator: Client, everything: None) -> None:
    for client, model, lookup in (
        (operator, Run, "requested_by__password__startswith"),
        (root, User, "password__startswith"),
        (root, App, "author__password__startswith"),
        (root, Project, "author__password__startswith"),
        (root, Event, "actor__password__startswith"),
    ):
        assert client.get(address(model, "changelist"), {lookup: "argon2"}).status_code == 400, lookup


def test_groups_are_djangos_own(root: Client) -> None:
    root.post(reverse("admin:auth_group_add"), {"name": "night shift"})
    assert Group.objects.get().name == "night shift"
