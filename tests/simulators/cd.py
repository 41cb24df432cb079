"""What tests of the simulated Argo CD speak to it with."""

import copy
from typing import Any
from urllib.parse import quote

import requests

from simulators.argocd.models import ADMIN_TOKEN
from tests.simulators.lab import Lab, create

SERVER = "https://kubernetes.default.svc"
FINALIZER = "resources-finalizer.argocd.argoproj.io"
CHART = {"Chart.yaml": "name: shop\nversion: 1.0.0\n", "values.yaml": "image:\n  repository: r/shop\n  tag: '1'\n"}
Body = dict[str, Any]


class Cd:
    """Argo CD as an administrator, unless `token` says otherwise."""

    def __init__(self, url: str) -> None:
        self.root = url
        self.url = f"{url}/argocd"
        self.session = requests.Session()

    def ask(self, method: str, path: str, /, token: str | None = ADMIN_TOKEN, **how: Any) -> requests.Response:
        headers = {"Content-Type": "application/json"} | how.pop("headers", {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.session.request(method, f"{self.url}{path}", timeout=10, headers=headers, **how)

    def ok(self, method: str, path: str, body: Any = None, **how: Any) -> Any:
        answer = self.ask(method, f"/api/v1{path}", json=body, **how)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return answer.json()

    def no(self, method: str, path: str, body: Any = None, **how: Any) -> tuple[int, int, str]:
        """Status, gRPC code and message of a refusal."""
        answer = self.ask(method, f"/api/v1{path}", json=body, **how)
        found = answer.json()
        assert found["error"] == found["message"]
        return answer.status_code, found["code"], found["message"]

    def control(self, method: str, what: str, /, **body: Any) -> Any:
        answer = self.session.request(method, f"{self.url}/_sim/{what}", json=body or None, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def settings(self, **values: Any) -> Any:
        return self.control("POST", "settings", **values)

    def state(self) -> Any:
        return self.control("GET", "state")

    def pass_time(self, seconds: float) -> None:
        self.settings(clock=seconds)

    def close(self) -> None:
        self.session.close()

    # things that most tests need

    def repo(self, path: str) -> str:
        return f"{self.root}/gitlab/{path}.git"

    def app(self, name: str = "shop", project: str = "default") -> Any:
        return self.ok("GET", f"/applications/{name}?project={project}")


def escaped(url: str) -> str:
    return quote(url, safe="")


def chart(lab: Lab, path: str = "shop_helm", files: dict[str, str] | None = None, folder: str = "") -> int:
    """A project of group dev with a chart in it; the project's id."""
    groups = {group["full_path"]: group["id"] for group in lab.ok("GET", "/groups")}
    group_id = groups.get("dev") or lab.group("dev")["id"]
    project = lab.project(path, group_id)["id"]
    actions = [create(folder + name, content) for name, content in (CHART if files is None else files).items()]
    if actions:
        assert lab.commit(project, *actions).status_code == 201
    return int(project)


def application(repo: str, name: str = "shop", /, **changes: Any) -> Body:
    """A body for create; keys with `__` go deeper: `source__path="x"`, `metadata__labels={...}`; None takes away."""
    body: Body = {
        "metadata": {"name": name, "labels": {"owner": "us"}, "finalizers": [FINALIZER]},
        "spec": {
            "project": "default",
            "source": {"repoURL": repo, "path": ".", "targetRevision": "main"},
            "destination": {"server": SERVER, "namespace": name},
        },
    }
    return changed(body, **changes)


def changed(body: Body, /, **changes: Any) -> Body:
    """The body with these changes made in its spec, or in `metadata__...`."""
    for where, value in copy.deepcopy(changes).items():
        *path, last = where.split("__")
        holder = body if path[:1] == ["metadata"] else body["spec"]
        for part in path:
            holder = holder.setdefault(part, {})
        if value is None:
            holder.pop(last, None)
        else:
            holder[last] = value
    return body


def repository(repo: str, /, **changes: Any) -> Body:
    body = {"type": "git", "repo": repo, "username": "oauth2", "password": "glpat-sim-admin"} | changes
    return {name: value for name, value in body.items() if value is not None}


def project(name: str = "team", /, **spec: Any) -> Body:
    rules = {"sourceRepos": ["*"], "destinations": [{"server": SERVER, "namespace": "*"}], **spec}
    return {"project": {"metadata": {"name": name}, "spec": {k: v for k, v in rules.items() if v is not None}}}
