"""AppProjects: what their applications may use, and the rules for changing them."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable
from typing import Any

from simulators.argocd.addresses import normal
from simulators.argocd.errors import EXISTS, INVALID, NOT_FOUND, Refusal, missing
from simulators.argocd.fields import PROJECT_SPEC
from simulators.argocd.gostruct import different, stored
from simulators.argocd.metadata import Versions, check_version, good_name

DEFAULT_SPEC = {
    "sourceRepos": ["*"],
    "destinations": [{"server": "*", "namespace": "*"}],
    "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
}
Project = dict[str, Any]
ROLE_NAME = re.compile(r"[a-zA-Z0-9]([-_a-zA-Z0-9]*[a-zA-Z0-9])?")


class Projects:
    """By name; `default` is there from the first start. `users(name)` are the applications that refer to one."""

    def __init__(self, versions: Versions, users: Callable[[str], list[dict[str, Any]]]) -> None:
        self.versions, self.users = versions, users
        self.by_name: dict[str, Project] = {}
        self._store({"name": "default"}, copy.deepcopy(DEFAULT_SPEC))

    def _store(self, metadata: dict[str, Any], spec: dict[str, Any]) -> Project:
        project = {"metadata": self.versions.fresh(metadata), "spec": stored(spec, PROJECT_SPEC), "status": {}}
        self.by_name[metadata["name"]] = project
        return project

    def get(self, name: str) -> Project:
        if (found := self.by_name.get(name)) is None:
            raise missing("appprojects", name)
        return found

    def create(self, given: Project, upsert: bool, may_update: Callable[[], None]) -> Project:
        """A new project; the same spec again is fine, another one only with upsert, which replaces it whole."""
        name, spec = given.get("metadata", {}).get("name", ""), given.get("spec", {})
        check_spec(name, spec)
        existing = self.by_name.get(name)
        if existing is None:
            good_name("AppProject", name)
            return self._store(given["metadata"], spec)
        if existing["spec"] == spec:
            return existing
        if not upsert:
            raise different("project", existing["spec"], spec)
        may_update()
        return self._replace(existing, spec)

    def update(self, name: str, given: Project) -> Project:
        """PUT: needs the current resourceVersion, and may not make existing applications illegal."""
        spec = given.get("spec", {})
        check_spec(name, spec)
        existing = self.get(name)
        self._check_users(existing, spec)
        check_version("appprojects", "AppProject", existing["metadata"], given.get("metadata", {}))
        for kept in ("labels", "annotations", "finalizers"):
            existing["metadata"].pop(kept, None)
            if value := given["metadata"].get(kept):
                existing["metadata"][kept] = value
        return self._replace(existing, spec)

    def _replace(self, project: Project, spec: dict[str, Any]) -> Project:
        project["spec"] = stored(spec, PROJECT_SPEC)
        self.versions.touch(project["metadata"])
        return project

    def _check_users(self, project: Project, spec: dict[str, Any]) -> None:
        users = [app["spec"] for app in self.users(project["metadata"]["name"])]
        old = project["spec"]
        urls, places = [one["source"]["repoURL"] for one in users], [one["destination"] for one in users]
        sources = sum(permits_source(old, url) and not permits_source(spec, url) for url in urls)
        homes = sum(permits_destination(old, one) and not permits_destination(spec, one) for one in places)
        counted = ((sources, "source"), (homes, "destination"))
        broken = [f"{count} applications {what} became invalid" for count, what in counted if count]
        if broken:
            raise Refusal(INVALID, f"as a result of project update {' and '.join(broken)}")

    def delete(self, name: str) -> None:
        """Not `default`, and not while applications refer to it, those being deleted included."""
        if name == "default":
            raise Refusal(INVALID, "name 'default' is reserved and cannot be deleted")
        self.get(name)
        if users := self.users(name):
            raise Refusal(INVALID, f"project is referenced by {len(users)} applications")
        del self.by_name[name]

    def role(self, project: str, role: str) -> dict[str, Any]:
        for one in self.get(project)["spec"].get("roles", []):
            if one["name"] == role:
                found: dict[str, Any] = one
                return found
        raise Refusal(NOT_FOUND, f"project '{project}' does not have role '{role}'")

    def remember_token(self, project: str, role: str, token: dict[str, Any]) -> None:
        """A role's token is known by its iat and its id; a re-used id is refused."""
        tokens = self.role(project, role).setdefault("jwtTokens", [])
        if any(one.get("id") == token["id"] for one in tokens):
            raise Refusal(INVALID, f"Token id '{token['id']}' has been used. ")
        tokens.append(token)
        status = self.get(project)["status"].setdefault("jwtTokensByRole", {})
        status[role] = {"items": copy.deepcopy(tokens)}
        self.versions.touch(self.get(project)["metadata"])


def check_spec(name: str, spec: dict[str, Any]) -> None:
    """Doubles and malformed roles."""
    seen: set[str] = set()
    for one in spec.get("destinations", []):
        key = f"{one.get('server') or one.get('name', '')}/{one.get('namespace', '')}"
        if key in seen:
            raise Refusal(INVALID, f"destination '{key}' already added")
        seen.add(key)
    if twice := first_double(spec.get("sourceRepos", [])):
        raise Refusal(INVALID, f"source repository '{twice}' already added")
    if twice := first_double([role["name"] for role in spec.get("roles", [])]):
        raise Refusal(EXISTS, f"role '{twice}' already exists")
    for role in spec.get("roles", []):
        check_role(name, role)


def first_double(values: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


def check_role(project: str, role: dict[str, Any]) -> None:
    """`p, proj:<project>:<role>, <resource>, <action>, <project>/<object>, allow|deny`"""
    name = role["name"]
    if not ROLE_NAME.fullmatch(name):
        raise Refusal(INVALID, f"invalid role name '{name}'. Must consist of alphanumeric characters, '-' or '_'")
    for policy in role.get("policies", []):
        parts = [part.strip() for part in policy.split(",")]
        subject = f"proj:{project}:{name}"
        if len(parts) != 6 or parts[0] != "p":
            raise bad_policy(policy, "must be of the form: 'p, sub, res, act, obj, eft'")
        if parts[1] != subject:
            raise bad_policy(policy, f"policy subject must be: '{subject}', not '{parts[1]}'")
        if not parts[4].startswith(f"{project}/"):
            raise bad_policy(policy, f"object must be of form '{project}/*', '{project}[/<NAMESPACE>]/<APPNAME>'")
        if parts[5] not in ("allow", "deny"):
            raise bad_policy(policy, "effect must be: 'allow' or 'deny'")


def bad_policy(policy: str, why: str) -> Refusal:
    return Refusal(INVALID, f"invalid policy rule '{policy}': {why}")


def glob(pattern: str, text: str, separators: bool = False) -> bool:
    """Argo CD's globs; with separators a single `*` stays within its path segment. A lone `*` is everything."""
    if pattern == "*":
        return True
    single = "[^/]*" if separators else ".*"
    parts = re.split(r"(\*\*|\*|\?)", pattern)
    wild = {"**": ".*", "*": single, "?": "[^/]" if separators else "."}
    return re.fullmatch("".join(wild.get(part, re.escape(part)) for part in parts), text) is not None


def permits_source(spec: dict[str, Any], url: str, scoped: Iterable[str] = ()) -> bool:
    """`!pattern` takes away; nothing listed permits nothing."""
    patterns = [*spec.get("sourceRepos", []), *scoped]
    wanted = normal(url)
    if any(glob(normal(one[1:]), wanted, True) for one in patterns if one.startswith("!")):
        return False
    return any(one == "*" or glob(normal(one), wanted, True) for one in patterns if not one.startswith("!"))


def permits_destination(spec: dict[str, Any], destination: dict[str, str]) -> bool:
    """By server or by name, whichever the entry has, and by namespace. `!` takes away."""
    matching = [one for one in spec.get("destinations", []) if _place(one, destination)]
    denied = [one for one in spec.get("destinations", []) if one.get("namespace", "").startswith("!")]
    namespace = destination.get("namespace", "")
    if any(glob(one["namespace"][1:], namespace) for one in denied if _place(one, destination)):
        return False
    return any(glob(one.get("namespace", ""), namespace) for one in matching if one not in denied)


def _place(entry: dict[str, str], destination: dict[str, str]) -> bool:
    if entry.get("server"):
        return glob(entry["server"], destination.get("server", ""))
    return bool(entry.get("name")) and glob(entry["name"], destination.get("name", ""))


def permits_namespace_kind(spec: dict[str, Any]) -> bool:
    """Whether the cluster-scoped kind Namespace may be made, which CreateNamespace=true needs."""
    allowed = spec.get("clusterResourceWhitelist", [])
    return any(glob(one["group"], "") and glob(one["kind"], "Namespace") for one in allowed)
