"""`manage.py create_user`: people made by hand, with a password that nobody can read on the way."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Team, User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse 9"


@pytest.fixture(autouse=True)
def dev(monkeypatch: pytest.MonkeyPatch) -> Team:
    """A team, and the password in the environment."""
    monkeypatch.setenv("NEW_USER_PASSWORD", PASSWORD)
    return Team.objects.create(name="dev", cluster="https://kubernetes.default.svc")


def create(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("create_user", *arguments, stdout=out, **options)
    return out.getvalue()


def test_a_member_belongs_to_a_team_and_can_log_in(dev: Team) -> None:
    assert create("hana", "--email", "Hana@Example.com", "--team", "dev", "--display-name", "Hana") == (
        "made hana, member of dev\n"
    )

    hana = User.objects.get(username="hana")
    assert (hana.team, hana.email, hana.display_name, hana.is_staff) == (dev, "hana@example.com", "Hana", False)
    assert hana.check_password(PASSWORD)


def test_staff_need_no_team_and_may_use_the_admin() -> None:
    assert create("root", "--email", "root@example.com", "--staff") == "made root, staff\n"

    root = User.objects.get(username="root")
    assert (root.team, root.is_staff, root.is_superuser) == (None, True, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("hana", "--email", "h@example.com"), "A member needs a team"),
        (("hana", "--email", "h@example.com", "--team", "qa"), "There is no team qa. The teams are: dev"),
        (("Hana!", "--email", "h@example.com", "--team", "dev"), "Use 2 to 32 lower-case letters"),
        (("hana", "--email", "nowhere", "--team", "dev"), "valid email"),
        (("hana", "--email", "h@example.com", "--team", "dev", "--password", PASSWORD), "unrecognized arguments"),
    ],
)
def test_what_is_wrong_is_said_and_nobody_is_made(arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        create(*arguments)

    assert not User.objects.exists()


def test_a_weak_password_and_a_taken_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    create("hana", "--email", "hana@example.com", "--team", "dev")
    with pytest.raises(CommandError, match="Somebody has this name already"):
        create("hana", "--email", "other@example.com", "--team", "dev")

    monkeypatch.setenv("NEW_USER_PASSWORD", "12345678")
    with pytest.raises(CommandError, match="too common"):
        create("kim", "--email", "kim@example.com", "--team", "dev")

    assert User.objects.count() == 1
