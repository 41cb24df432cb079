"""The role strategy plugin, whose 200 says nothing."""

from typing import Any

import pytest

from tests.simulators.ci import Ci

PERMISSIONS = "hudson.model.Item.Read,hudson.model.Item.Build"
PATTERN = "^team(/.*)?$"


def role(ci: Ci, name: str, kind: str = "projectRoles") -> Any:
    return ci.json(f"/role-strategy/strategy/getRole?type={kind}&roleName={name}")


def test_a_role_is_made_and_given_and_read_back(ci: Ci) -> None:
    ci.role("projectRoles", "team", PERMISSIONS + ",no.such.Permission", PATTERN)
    for _ in range(2):
        ci.strategy("assignUserRole", type="projectRoles", roleName="team", user="nobody-checks-this")
    assert role(ci, "team") == {
        "permissionIds": {"hudson.model.Item.Read": True, "hudson.model.Item.Build": True},
        "pattern": PATTERN,
        "sids": [{"type": "USER", "sid": "nobody-checks-this"}],
        "template": "",
    }


def test_what_did_nothing_says_200_too(ci: Ci) -> None:
    before = ci.state()["roles"]
    ci.strategy("assignUserRole", type="projectRoles", roleName="missing", user="jane")
    ci.strategy("unassignUserRole", type="globalRoles", roleName="admin", user="jane")
    ci.strategy("removeRoles", type="projectRoles", roleNames="missing,too")
    ci.role("globalRoles", "admin", "", overwrite=False)
    assert ci.state()["roles"] == before
    assert role(ci, "missing") == {}


def test_overwriting_a_role_drops_its_assignments(ci: Ci) -> None:
    ci.role("projectRoles", "team", PERMISSIONS, PATTERN)
    ci.strategy("assignUserRole", type="projectRoles", roleName="team", user="jane")
    ci.role("projectRoles", "team", PERMISSIONS, "team.*", overwrite=False)
    assert (role(ci, "team")["pattern"], len(role(ci, "team")["sids"])) == (PATTERN, 1)
    ci.role("projectRoles", "team", PERMISSIONS, "team.*", overwrite=True)
    assert (role(ci, "team")["pattern"], role(ci, "team")["sids"]) == ("team.*", [])


def test_the_old_routes_make_and_remove_only_entries_of_either_type(ci: Ci) -> None:
    ci.role("globalRoles", "reader", "hudson.model.Hudson.Read")
    ci.strategy("assignUserRole", type="globalRoles", roleName="reader", user="jane")
    ci.strategy("assignRole", type="globalRoles", roleName="reader", sid="jane")
    assert len(role(ci, "reader", "globalRoles")["sids"]) == 2
    ci.strategy("deleteSid", type="globalRoles", sid="jane")
    assert role(ci, "reader", "globalRoles")["sids"] == [{"type": "USER", "sid": "jane"}]


def test_all_roles_and_all_assignments(ci: Ci) -> None:
    ci.role("globalRoles", "empty", "")
    ci.strategy("assignGroupRole", type="globalRoles", roleName="admin", group="ops")
    base = "/role-strategy/strategy"
    admin = [{"type": "GROUP", "sid": "ops"}, {"type": "USER", "sid": "admin"}]
    assert ci.json(f"{base}/getAllRoles") == {"admin": admin, "empty": []}
    assert {"name": "ops", "type": "GROUP", "roles": ["admin"]} in ci.json(f"{base}/getRoleAssignments")


@pytest.mark.parametrize(
    ("method", "path", "form", "status"),
    [
        ("POST", "/role-stratrgy/strategy/assignUserRole", {"type": "globalRoles"}, 404),
        ("GET", "/role-strategy/strategy/assignUserRole", None, 405),
        ("POST", "/role-strategy/strategy/assignUserRole", {"type": "globalRoles", "roleName": "a", "sid": "b"}, 400),
        ("POST", "/role-strategy/strategy/assignUserRole", {"type": "groupRoles", "roleName": "a", "user": "b"}, 500),
        ("GET", "/role-strategy/strategy/getRole?type=nonsense&roleName=a", None, 500),
    ],
)
def test_what_the_real_one_rejects(ci: Ci, method: str, path: str, form: Any, status: int) -> None:
    assert ci.ask(method, path, data=form).status_code == status


def test_only_administrators_and_only_with_the_plugin(ci: Ci) -> None:
    who = ci.member("jane", ("globalRoles", "reader", "hudson.model.Hudson.Read", ""))
    assert ci.get("/role-strategy/strategy/getAllRoles", auth=who).status_code == 403
    ci.settings(role_strategy=False)
    assert ci.get("/role-strategy/strategy/getAllRoles").status_code == 404
