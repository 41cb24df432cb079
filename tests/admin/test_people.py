"""People and teams in the admin."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Team, User
from tests.admin.night import a_run, an_app, logged_in, page, staff, superuser

PASSWORD = "correct-horse-battery"
USERS, ADD = "admin:accounts_user_changelist", "admin:accounts_user_add"


@pytest.fixture
def dev(db: None) -> Team:
    """The team dev."""
    return Team.objects.create(name="dev", cluster="https://kubernetes.default.svc")


def form(team: Team, **changes: Any) -> dict[str, Any]:
    """A filled form for a new person."""
    return {
        "username": "hana", "email": "hana@example.com", "display_name": "Hana", "team": team.pk,
        "password1": PASSWORD, "password2": PASSWORD, **changes,
    }  # fmt: skip


def change(person: User) -> str:
    """The address of the person's page."""
    return reverse("admin:accounts_user_change", args=[person.pk])


def values(person: User, **changes: Any) -> dict[str, Any]:
    """The form of the person's page as it would be sent back."""
    flags = {flag: "on" for flag in ("is_active", "is_staff", "is_superuser") if getattr(person, flag)}
    return {
        "email": person.email,
        "display_name": person.display_name,
        "team": person.team_id or "",
        **flags,
        **changes,
    }


def test_a_person_is_added_with_password_and_team(root: Client, dev: Team) -> None:
    assert root.post(reverse(ADD), form(dev)).status_code == 302
    hana = User.objects.get(username="hana")
    assert (hana.team, hana.email, hana.is_staff, hana.is_active) == (dev, "hana@example.com", False, True)
    assert hana.check_password(PASSWORD)


def test_staff_are_added_by_superusers(root: Client, dev: Team) -> None:
    root.post(reverse(ADD), form(dev, is_staff="on", is_superuser="on"))
    hana = User.objects.get(username="hana")
    assert (hana.is_staff, hana.is_superuser) == (True, True)


def test_others_add_members_only(db: None, dev: Team) -> None:
    keeper = logged_in(staff("kim", "add_user", "change_user", "view_user"))
    keeper.post(reverse(ADD), form(dev, is_staff="on", is_superuser="on", user_permissions=["1"]))
    hana = User.objects.get(username="hana")
    assert (hana.is_staff, hana.is_superuser, hana.user_permissions.count()) == (False, False, 0)
    keeper.post(change(hana), values(hana, is_staff="on", is_superuser="on", user_permissions=["1"], display_name="H"))
    hana.refresh_from_db()
    assert (hana.display_name, hana.is_staff, hana.is_superuser, hana.user_permissions.count()) == (
        "H",
        False,
        False,
        0,
    )


def test_others_do_not_touch_staff(db: None) -> None:
    kim = staff("kim", "add_user", "change_user", "view_user")
    keeper = logged_in(kim)
    for person in (superuser("boss"), staff("colleague"), kim):
        assert keeper.post(change(person), values(person, display_name="x")).status_code == 403
        address = reverse("admin:auth_user_password_change", args=[person.pk])
        data = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
        assert keeper.post(address, data).status_code == 403
        person.refresh_from_db()
        assert not person.has_usable_password()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("username", "Hana", "lower-case"),
        ("username", "taken", "Somebody has this name already."),
        ("email", "TAKEN@example.com", "already exists"),
        ("password2", "different", "match"),
        ("password1", "", "required"),
    ],
)
def test_what_is_wrong_is_told(root: Client, dev: Team, field: str, value: str, told: str) -> None:
    User.objects.create_user("taken", "taken@example.com")
    assert told in page(root.post(reverse(ADD), form(dev, **{field: value})))
    assert not User.objects.filter(username="hana").exists()


def test_an_email_is_compared_without_case_on_change_too(root: Client, dev: Team) -> None:
    User.objects.create_user("taken", "taken@example.com")
    hana = User.objects.create_user("hana", "hana@example.com", team=dev)
    assert "already exists" in page(root.post(change(hana), values(hana, email="Taken@example.com")))
    assert root.post(change(hana), values(hana, email="Hana@Example.com")).status_code == 302


def test_passwords_are_set_and_never_shown(root: Client, dev: Team) -> None:
    hana = User.objects.create_user("hana", "hana@example.com", PASSWORD, team=dev)
    text = page(root.get(change(hana)))
    assert "Set; nobody can see it." in text
    assert "argon2" not in text
    _, _, _, parameters, salt, digest = hana.password.split("$")
    for secret in (PASSWORD, parameters, salt, digest, salt[:6], digest[:6]):
        assert secret not in text
    root.post(change(hana), values(hana, password="pbkdf2$x", display_name="Hana K."))
    hana.refresh_from_db()
    assert (hana.display_name, hana.check_password(PASSWORD)) == ("Hana K.", True)
    address = reverse("admin:auth_user_password_change", args=[hana.pk])
    assert address in text
    root.post(address, {"password1": "new-" + PASSWORD, "password2": "new-" + PASSWORD, "usable_password": "true"})
    hana.refresh_from_db()
    assert hana.check_password("new-" + PASSWORD)
    assert "None: the person cannot log in." in page(
        root.get(change(User.objects.create_user("mute", "m@example.com")))
    )


def test_people_are_deactivated_not_deleted(root: Client, dev: Team) -> None:
    hana = User.objects.create_user("hana", "hana@example.com", team=dev)
    assert "People are not deleted" in page(root.get(change(hana)))
    root.post(change(hana), {key: value for key, value in values(hana).items() if key != "is_active"})
    hana.refresh_from_db()
    assert not hana.is_active


def test_nobody_takes_the_own_rights_away(db: None) -> None:
    boss = superuser("boss")
    logged_in(boss).post(change(boss), {"email": boss.email, "display_name": "Boss"})
    boss.refresh_from_db()
    assert (boss.display_name, boss.is_active, boss.is_staff, boss.is_superuser) == ("Boss", True, True, True)


def test_a_name_is_for_life(root: Client, dev: Team) -> None:
    hana = User.objects.create_user("hana", "hana@example.com", team=dev)
    root.post(change(hana), values(hana, username="other"))
    root.post(reverse("admin:accounts_team_change", args=[dev.pk]), {"name": "other", "cluster": "elsewhere"})
    hana.refresh_from_db()
    dev.refresh_from_db()
    assert (hana.username, dev.name, dev.cluster) == ("hana", "dev", "elsewhere")


def test_the_list_is_filtered_by_team(root: Client, dev: Team) -> None:
    User.objects.create_user("hana", "hana@example.com", team=dev)
    User.objects.create_user("minh", "minh@example.com", team=Team.objects.create(name="ops", cluster="x"))
    text = page(root.get(reverse(USERS), {"team__id__exact": dev.pk}))
    assert "hana@example.com" in text
    assert "minh@example.com" not in text


def test_a_team_is_added(root: Client) -> None:
    address = reverse("admin:accounts_team_add")
    assert "manage.py bootstrap" in page(root.get(address))
    assert "single - between them" in page(root.post(address, {"name": "A Team", "cluster": "x"}))
    root.post(address, {"name": "blue", "cluster": "https://blue.example.com"})
    assert Team.objects.get().cluster == "https://blue.example.com"


def test_a_teams_page_leads_to_what_it_has(root: Client) -> None:
    run = a_run()
    an_app("other", "ops")
    text = page(root.get(reverse("admin:accounts_team_change", args=[run.team_id])))
    for list_, found in (("accounts_user", "hana"), ("projects_project", "dev-things"), ("provisioning_run", "shop")):
        link = f"{reverse(f'admin:{list_}_changelist')}?team__id__exact={run.team_id}"
        assert f'href="{link}"' in text
        assert found in page(root.get(link))
    assert f"{reverse('admin:provisioning_resource_changelist')}?team__id__exact={run.team_id}" in text
