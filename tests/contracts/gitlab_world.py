"""One small instance in which the recorded calls make sense, and the recorded ids translated into its own."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from tests.simulators.lab import Lab, create


@dataclass
class World:
    """Project 1 is a fork in group `platform` with files, rules, a hook, a token; `ids` knows their real ids."""

    lab: Lab
    ids: dict[str, int]

    @classmethod
    def build(cls, lab: Lab) -> "World":
        lab.control("POST", "reset")
        lab.settings(protect_seconds=0)
        group = lab.group("platform")
        lab.group("crew", parent_id=group["id"])
        lab.group("new", parent_id=group["id"])
        origin = lab.project("origin", lab.group("templates")["id"])
        files = (create("values.yaml", "a: 0\n"), create("charts/app/values.yaml", "a: 0\n"), create("a/b.txt", "hi\n"))
        assert lab.commit(origin["id"], *files).ok
        project = lab.fork(origin["id"], group["id"], "tmpl")
        world = cls(lab, {"group": group["id"], "project": project["id"]})
        world.fill()
        return world

    def fill(self) -> None:
        """What hangs on the project: people, rules, a tag, a hook, a deploy token."""
        lab, url = self.lab, f"/projects/{self.ids['project']}"
        lab.ok("GET", url)
        for name in ("bob", "carol"):
            body = {"name": name, "email": f"{name}@example.com", "force_random_password": True}
            self.ids[name] = lab.ok("POST", "/users", username=name, **body)["id"]
        for name in ("release/*", "feature/x"):
            lab.ok("POST", f"{url}/protected_branches", name=name)
        lab.ok("POST", f"{url}/repository/tags", tag_name="rel/1", ref="main")
        self.ids["hook"] = lab.ok("POST", f"{url}/hooks", url=f"{lab.url}/-/health")["id"]
        self.ids["token"] = lab.ok("POST", f"{url}/deploy_tokens", name="x", scopes=["read_repository"])["id"]

    def translate(self, target: str, body: Any) -> tuple[str, Any]:
        """A recorded target and body, with this instance's ids, paths and commits in the place of the recorded ones."""
        ids = self.ids
        swaps = {
            r"^/api/v4": "",
            r"^/groups/1\b": f"/groups/{ids['group']}",
            r"^/projects/1\b": f"/projects/{ids['project']}",
            r"^/users/1\b": f"/users/{ids['bob']}",
            r"/members/5\b": f"/members/{ids['carol']}",
            r"/hooks/1\b": f"/hooks/{ids['hook']}",
            r"/deploy_tokens/1\b": f"/deploy_tokens/{ids['token']}",
            r"platform%2Fteam%20a": "platform%2Fcrew",
            r"group%2Fsub%2Fapp": "platform%2Ftmpl",
            r"g%2Fx-deletion_scheduled-1": f"platform%2Ftmpl-deletion_scheduled-{ids['project']}",
        }
        for pattern, to in swaps.items():
            target = re.sub(pattern, to, target)
        text = json.dumps(body)
        text = text.replace("platform/apps", "platform/crew")
        for old, new in {'_id": 7': f'_id": {ids["group"]}', '"user_id": 5': f'"user_id": {ids["carol"]}'}.items():
            text = text.replace(old, new)
        return target, json.loads(text)


Show = Callable[[World], requests.Response]


def at(path: str) -> Show:
    """GET something of project 1."""
    return lambda world: world.lab.ask("GET", f"/projects/{world.ids['project']}{path}")


def made(path: str, /, **body: Any) -> Show:
    """POST something to project 1."""
    return lambda world: world.lab.ask("POST", f"/projects/{world.ids['project']}{path}", json=body)


def posted(path: str, /, **body: Any) -> Show:
    """POST something to the instance."""
    return lambda world: world.lab.ask("POST", path, json=body)


def plain(method: str, path: str) -> tuple[str, str]:
    """A route without the names of its parameters."""
    return method, re.sub(r"\{[^}]*\}|(?<=/):[^/]+", "{}", path.partition("?")[0])
