"""Projects: equality, versions, and what may not become of them."""

from typing import Any

import pytest

from tests.simulators.cd import SERVER, Cd, application, project

REPO = "https://git.example.com/dev/shop.git"


def app(name: str = "shop", /, **changes: Any) -> dict[str, Any]:
    return application(REPO, name, **{"project": "team"} | changes)


def test_a_project_is_made_once_and_the_same_again_is_fine(cd: Cd) -> None:
    made = cd.ok("POST", "/projects", project())
    assert cd.ok("POST", "/projects", project()) == made
    assert (made["metadata"]["name"], made["metadata"]["namespace"], made["status"]) == ("team", "argocd", {})
    assert cd.no("GET", "/projects/other") == (404, 5, 'appprojects.argoproj.io "other" not found')
    assert [one["metadata"]["name"] for one in cd.ok("GET", "/projects")["items"]] == ["default", "team"]


@pytest.mark.parametrize(
    ("change", "keys"),
    [({"sourceRepos": ["a"]}, "SourceRepos,0"), ({"description": "x"}, "Description"), ({"roles": []}, "Roles")],
)
def test_another_spec_is_400_and_names_the_keys(cd: Cd, change: dict[str, Any], keys: str) -> None:
    cd.ok("POST", "/projects", project())
    text = f'existing project spec is different; use upsert flag to force update; difference in keys "{keys}"'
    assert cd.no("POST", "/projects", project("team", **change)) == (400, 3, text)
    assert cd.ok("POST", "/projects", project("team", **change) | {"upsert": True})


@pytest.mark.parametrize(
    ("spec", "refusal"),
    [
        ({"sourceRepos": ["a", "a"]}, (400, 3, "source repository 'a' already added")),
        (
            {"destinations": [{"server": SERVER, "namespace": "a"}] * 2},
            (400, 3, f"destination '{SERVER}/a' already added"),
        ),
        ({"roles": [{"name": "ci"}, {"name": "ci"}]}, (409, 6, "role 'ci' already exists")),
    ],
)
def test_doubles_are_refused(cd: Cd, spec: dict[str, Any], refusal: tuple[int, int, str]) -> None:
    assert cd.no("POST", "/projects", project("team", **spec)) == refusal


@pytest.mark.parametrize(
    "policy",
    [
        "p, proj:team:ci, applications, get, team/*",
        "p, proj:other:ci, applications, get, team/*, allow",
        "p, proj:team:ci, applications, get, other/*, allow",
        "p, proj:team:ci, applications, get, team/*, maybe",
    ],
)
def test_policies_have_their_form(cd: Cd, policy: str) -> None:
    status, code, message = cd.no("POST", "/projects", project("team", roles=[{"name": "ci", "policies": [policy]}]))
    assert (status, code) == (400, 3)
    assert message.startswith(f"invalid policy rule '{policy}'")


def test_put_needs_the_version_that_it_read(cd: Cd) -> None:
    read = cd.ok("POST", "/projects", project())
    bare = project("team", description="x")
    assert cd.no("PUT", "/projects/team", bare)[:2] == (400, 3)
    changed = cd.ok("PUT", "/projects/team", {"project": read | {"spec": bare["project"]["spec"]}})
    assert changed["spec"]["description"] == "x"
    assert changed["metadata"]["resourceVersion"] != read["metadata"]["resourceVersion"]
    status, code, message = cd.no("PUT", "/projects/team", {"project": read})
    assert (status, code) == (409, 10)
    assert "the object has been modified" in message
    assert cd.no("PUT", "/projects/other", {"project": read})[0] == 404


def test_put_may_not_make_applications_illegal(cd: Cd) -> None:
    cd.ok("POST", "/projects", project())
    cd.ok("POST", "/applications?validate=false", app())
    read = cd.ok("GET", "/projects/team")
    read["spec"] |= {"sourceRepos": ["https://other/*"], "destinations": []}
    text = "1 applications source became invalid and 1 applications destination became invalid"
    assert cd.no("PUT", "/projects/team", {"project": read}) == (400, 3, f"as a result of project update {text}")


def test_delete(cd: Cd) -> None:
    cd.ok("POST", "/projects", project())
    cd.ok("POST", "/applications?validate=false", app())
    assert cd.no("DELETE", "/projects/default") == (400, 3, "name 'default' is reserved and cannot be deleted")
    referenced = (400, 3, "project is referenced by 1 applications")
    assert cd.no("DELETE", "/projects/team") == referenced
    cd.ok("DELETE", "/applications/shop?project=team")
    assert cd.no("DELETE", "/projects/team") == referenced
    cd.pass_time(2)
    assert cd.ok("DELETE", "/projects/team") == {}
    assert cd.no("DELETE", "/projects/team")[0] == 404


@pytest.mark.parametrize(
    ("sources", "permitted"),
    [
        (None, False),
        (["*"], True),
        ([REPO], True),
        ([REPO.removesuffix(".git").upper()], True),
        (["https://git.example.com/dev/*"], True),
        (["https://git.example.com/*"], False),
        (["https://git.example.com/**"], True),
        (["*", f"!{REPO}"], False),
        (["https://git.example.com/other/*"], False),
    ],
)
def test_a_project_permits_sources_by_pattern(cd: Cd, sources: list[str] | None, permitted: bool) -> None:
    cd.ok("POST", "/projects", project("team", sourceRepos=sources))
    if permitted:
        assert cd.ok("POST", "/applications?validate=false", app())
        return
    text = f"InvalidSpecError: application repo {REPO} is not permitted in project 'team'"
    assert cd.no("POST", "/applications?validate=false", app()) == (
        400,
        3,
        f"application spec for shop is invalid: {text}",
    )


@pytest.mark.parametrize(
    ("destinations", "permitted"),
    [
        (None, False),
        ([{"server": SERVER, "namespace": "shop"}], True),
        ([{"server": SERVER, "namespace": "sh*"}], True),
        ([{"name": "in-cluster", "namespace": "*"}], True),
        ([{"server": "*", "namespace": "*"}, {"server": "*", "namespace": "!shop"}], False),
        ([{"server": "https://dev", "namespace": "*"}], False),
        ([{"server": SERVER, "namespace": "other"}], False),
    ],
)
def test_a_project_permits_destinations_by_pattern(cd: Cd, destinations: Any, permitted: bool) -> None:
    cd.ok("POST", "/projects", project("team", destinations=destinations))
    if permitted:
        assert cd.ok("POST", "/applications?validate=false", app())
        return
    text = (
        "application spec for shop is invalid: InvalidSpecError: application destination server "
        f"'{SERVER}' and namespace 'shop' do not match any of the allowed destinations in project 'team'"
    )
    assert cd.no("POST", "/applications?validate=false", app()) == (400, 3, text)


def test_several_conditions_are_joined(cd: Cd) -> None:
    cd.ok("POST", "/projects", project("team", sourceRepos=None, destinations=None))
    message = cd.no("POST", "/applications?validate=false", app())[2]
    assert message.count("InvalidSpecError: ") == 2
    assert ";InvalidSpecError: " in message
