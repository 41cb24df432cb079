"""The simulated GitLab refuses with the real one's statuses and words, as semantics.json lists them."""

from typing import Any

import pytest
import requests

from tests.contracts.gitlab_world import Show, World, at, made, posted
from tests.contracts.known import needs_contracts, read
from tests.simulators.lab import create, update

pytestmark = needs_contracts

SEMANTICS = read("gitlab/semantics.json")


def twice(path: str, /, **body: Any) -> Show:
    """The second of two equal POSTs to project 1."""

    def show(world: World) -> requests.Response:
        made(path, **body)(world)
        return made(path, **body)(world)

    return show


def deleted(query: str = "", times: int = 1) -> Show:
    """The last of several DELETEs of project 1."""

    def show(world: World) -> requests.Response:
        url = f"/projects/{world.ids['project']}"
        return [world.lab.ask("DELETE", f"{url}{query}") for _ in range(times)][-1]

    return show


def permanently(full_path: str) -> Show:
    def show(world: World) -> requests.Response:
        deleted()(world)
        return deleted(f"?permanently_remove=true&full_path={full_path}")(world)

    return show


def acted(*actions: dict[str, Any], **more: Any) -> Show:
    return lambda world: world.lab.commit(world.ids["project"], *actions, **more)


def taken_by_fork(world: World) -> requests.Response:
    body = {"namespace_id": world.ids["group"], "path": "tmpl", "name": "tmpl"}
    return made("/fork", **body)(world)


def still_deleted(world: World) -> requests.Response:
    world.lab.settings(version=17, delete_seconds=60)
    other = world.lab.project("other", world.ids["group"])
    world.lab.ok("DELETE", f"/projects/{other['id']}")
    return made("/fork", namespace_id=world.ids["group"], path="other", name="other")(world)


def taken_project(world: World) -> requests.Response:
    return posted("/projects", name="tmpl", path="tmpl", namespace_id=world.ids["group"])(world)


def below_owner(world: World) -> requests.Response:
    group = world.lab.group("g")
    below = world.lab.project("below", group["id"])
    world.lab.ok("POST", f"/groups/{group['id']}/members", username="carol", access_level=50)
    return world.lab.ask("POST", f"/projects/{below['id']}/members", json={"username": "carol", "access_level": 30})


def no_branch(world: World) -> requests.Response:
    return acted(create("x"), branch="nowhere")(world)


def branch_exists(world: World) -> requests.Response:
    made("/repository/branches", branch="x", ref="main")(world)
    return acted(create("new"), branch="x", start_branch="main")(world)


def forbidden_branch(world: World) -> requests.Response:
    made("/protected_branches", name="locked", push_access_level=0)(world)
    return acted(create("new"), branch="locked", start_branch="main")(world)


def duplicate_level(world: World) -> requests.Response:
    world.lab.settings(edition="ee")
    url = f"/projects/{world.ids['project']}/protected_branches/main"
    return world.lab.ask("PATCH", url, json={"allowed_to_push": [{"access_level": 40}]})


def group_twice(world: World) -> requests.Response:
    return [world.lab.ask("DELETE", f"/groups/{world.ids['group']}") for _ in range(2)][-1]


def blocked_self(world: World) -> requests.Response:
    return world.lab.ask("POST", "/users/1/block")


def without_token(world: World) -> requests.Response:
    return requests.get(f"{world.lab.url}/api/v4/user", timeout=5)


def hidden(world: World) -> requests.Response:
    return requests.get(f"{world.lab.url}/api/v4/projects/{world.ids['project']}", timeout=5)


WORDS: dict[str, Show] = {
    "auth/no_or_unknown_token_on_protected_route": without_token,
    "auth/anonymous_get_of_private_project": hidden,
    "error_shapes/unknown route": at("/protected_branchs/main"),
    "error_shapes/not_found!('Group')": lambda world: world.lab.ask("GET", "/groups/nobody"),
    "error_shapes/not_found!('Project')": lambda world: world.lab.ask("GET", "/projects/tmpl"),
    "error_shapes/not_found!('File')": at("/repository/files/none?ref=main"),
    "fork/failures/0": posted("/projects/999/fork"),
    "fork/failures/1": made("/fork", namespace_id=999),
    "fork/failures/4": taken_by_fork,
    "fork/failures/5": still_deleted,
    "project_create/conflict": taken_project,
    "group_create/conflict": posted("/groups", name="x", path="platform"),
    "group_create/parent_missing": posted("/groups", name="x", path="x", parent_id=999),
    "member_add/failures/0": twice("/members", username="carol", access_level=30),
    "member_add/failures/1": made("/members", user_id=999, access_level=30),
    "member_add/failures/2": below_owner,
    "member_add/failures/3": made("/members", username="carol", access_level=33),
    "protected_branches/create/conflict": made("/protected_branches", name="main"),
    "protected_branches/patch/duplicate_level": duplicate_level,
    "protected_branches/delete/missing": lambda world: world.lab.ask(
        "DELETE", f"/projects/{world.ids['project']}/protected_branches/none"
    ),
    "commits_api/failures/0": acted(update("none", "x")),
    "commits_api/failures/1": acted(create("values.yaml")),
    "commits_api/failures/2": acted(update("<path>", "x", last_commit_id="abc")),
    "commits_api/failures/3": no_branch,
    "commits_api/failures/4": branch_exists,
    "commits_api/failures/5": forbidden_branch,
    "commits_api/failures/6": made("/repository/commits"),
    "tags/create/failures/0": twice("/repository/tags", tag_name="v1.0.0", ref="main"),
    "tags/create/failures/1": made("/repository/tags", tag_name="v1", ref="x"),
    "tags/create/failures/2": made("/repository/tags", tag_name="a b", ref="main"),
    "hooks/create/failures/0": made("/hooks", url="nothing"),
    "hooks/create/failures/1": made("/hooks"),
    "hooks/test": lambda world: made(f"/hooks/{world.ids['hook']}/test/push_events")(world),
    "project_delete": deleted(),
    "project_delete/gitlab_18_plus/second_call": deleted(times=2),
    "project_delete/gitlab_18_plus/now/not_marked": deleted("?permanently_remove=true&full_path=platform%2Ftmpl"),
    "project_delete/gitlab_18_plus/now/wrong_path": permanently("platform%2Ftmpl"),
    "project_delete/gitlab_18_plus/restore/not_marked": made("/restore"),
    "group_delete/already_marked": group_twice,
}


def knowledge(path: str) -> Any:
    """A place in semantics.json: keys, numbers in lists, or what an entry of a list says under `when`."""
    found = SEMANTICS
    for part in path.split("/"):
        if isinstance(found, list):
            found = found[int(part)] if part.isdigit() else next(one for one in found if one["when"] == part)
        else:
            found = found[part]
    return found


@pytest.mark.parametrize("path", WORDS)
def test_a_refusal_has_gitlabs_status_and_words(world: World, path: str) -> None:
    known = knowledge(path)
    if "<path>" in str(known):
        assert world.lab.commit(world.ids["project"], create("<path>", "a")).ok
    answer = WORDS[path](world)
    assert answer.status_code == known.get("status", known.get("success"))
    assert answer.json() == known["body"]


def test_the_levels_and_scopes_are_gitlabs(world: World) -> None:
    url = f"/projects/{world.ids['project']}"
    for level in SEMANTICS["protected_branch_levels"]["push_or_merge"]:
        body = {"name": f"b{level}", "push_access_level": level, "merge_access_level": level}
        assert world.lab.ask("POST", f"{url}/protected_branches", json=body).status_code == 201
    made_scopes = {"name": "all", "scopes": SEMANTICS["deploy_tokens"]["scopes"]}
    assert world.lab.ask("POST", f"{url}/deploy_tokens", json=made_scopes).status_code == 201
