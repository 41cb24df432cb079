"""Who may do what: every route x {nobody, somebody of another team, a member, the author, staff}."""

import pytest

from tests.api.routes import ALL, Route
from tests.api.world import PASSWORD, Api, World

CALLERS = ("nobody", "stranger", "member", "author", "staff")

OPEN = (0, 0, 0, 0, 0)  # answers everybody; what, depends on the body
OWN = (401, 200, 200, 200, 200)
TEAM = (401, 404, 200, 200, 200)
ACCEPTED = (401, 404, 202, 202, 202)

# What each caller is answered. A route that is missing here fails the test.
EXPECTED: dict[str, tuple[int, int, int, int, int]] = {
    "POST login": (401, 401, 401, 401, 401),  # nobody here has a password
    "POST Login": (401, 401, 401, 401, 401),
    "POST token/refresh": (401, 401, 401, 401, 401),
    "POST logout": (401, 204, 204, 204, 204),
    "GET me": OWN,
    "PATCH me": OWN,
    "GET teams": OWN,
    "GET teams/{team_id}": TEAM,
    "POST project": (401, 404, 201, 201, 201),
    "GET project/{team_id}": TEAM,
    "GET projects": OWN,
    "GET projects/{project_id}": TEAM,
    "PATCH projects/{project_id}": (401, 404, 403, 200, 200),
    "DELETE projects/{project_id}": (401, 404, 403, 409, 409),  # it holds an application
    "GET app-types": OWN,
    "POST app": ACCEPTED,
    "GET apps/{project_id}": TEAM,
    "GET applications": OWN,
    "GET applications/{app_id}": TEAM,
    "PATCH applications/{app_id}": TEAM,
    "GET applications/{app_id}/resources": TEAM,
    "GET runs": OWN,
    "GET runs/{run_id}": TEAM,
    "GET runs/{run_id}/events": TEAM,
    "POST runs/{run_id}/retry": ACCEPTED,
    "POST runs/{run_id}/cancel": ACCEPTED,
}

BODIES = {
    "POST login": {"username": "hana", "password": PASSWORD},
    "POST Login": {"username": "hana", "password": PASSWORD},
    "POST token/refresh": {"refresh": "x"},
    "PATCH me": {"display_name": "X"},
    "POST project": {"name": "New", "team": "dev"},
    "PATCH projects/{project_id}": {"description": "New."},
    "POST app": {"project": "Web", "name": "cart", "type": "spring"},
    "PATCH applications/{app_id}": {"description": "New."},
}


def test_every_route_has_its_rule() -> None:
    assert {str(route) for route in ALL} == set(EXPECTED)


def path_in(world: World, route: Route) -> str:
    """The address of what is in the world."""
    if route.path.endswith("/retry"):
        world.settle("failed")
    ids = {"team_id": world.dev.pk, "project_id": world.project.pk, "app_id": world.app.pk, "run_id": world.run.pk}
    return route.path.format(**ids)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("route", ALL, ids=str)
def test_the_matrix(world: World, route: Route, caller: str) -> None:
    api: Api = getattr(world, caller)
    answer = api(route.method, path_in(world, route), BODIES.get(str(route)))
    assert answer.status_code == EXPECTED[str(route)][CALLERS.index(caller)], answer.content


@pytest.mark.parametrize("route", [route for route in ALL if "{" in route.path], ids=str)
def test_another_teams_thing_looks_like_none(world: World, route: Route) -> None:
    """Same status, same body, word for word."""
    there = world.stranger(route.method, path_in(world, route), BODIES.get(str(route)))
    nothing = dict.fromkeys(("team_id", "project_id", "app_id"), 999_999)
    nowhere = world.stranger(
        route.method,
        route.path.format(**nothing, run_id="01a1fe7c-a3b3-7578-8bd4-0bca8a9a0e47"),
        BODIES.get(str(route)),
    )
    assert there.status_code == nowhere.status_code == 404
    assert there.json() == nowhere.json()


@pytest.mark.parametrize("route", [route for route in ALL if route.method == "GET" and "{" not in route.path], ids=str)
def test_lists_hold_nothing_of_another_team(world: World, route: Route) -> None:
    body = world.stranger.get(route.path).content.decode()
    for secret in ("shop", "Web", "hana", "dev"):
        assert f'"{secret}"' not in body
