"""Applications over HTTP."""

from __future__ import annotations

import copy
import re
from typing import Any

from simulators.argocd import patching
from simulators.argocd.applications import KEPT, Application, Target, check_namespace, equal, normalise
from simulators.argocd.asked import Asked, Body
from simulators.argocd.errors import INVALID, PRECONDITION, UNKNOWN, Refusal, denied, wrapped
from simulators.argocd.fields import APPLICATION, APPLICATION_SPEC
from simulators.argocd.git import SHA, GitFault
from simulators.argocd.gostruct import decode
from simulators.argocd.projects import Project
from simulators.argocd.validation import Unreadable

DIFFERENT = "existing application spec is different, use upsert flag to force update"


def target(app: Application) -> str:
    return f"{app.project}/{app.name}"


def existing(asked: Asked, action: str, project: str | None) -> Application:
    """403 without the project, 404 with it; and 403 when the caller has no rights there, whatever exists."""
    subject, name = asked.subject, asked.params["name"]
    if project:
        subject.need("applications", action, f"{project}/{name}")
    app = asked.server.applications.get(name, project)
    if not subject.may("applications", action, target(app)):
        raise denied()
    return app


def complete(given: Body) -> Body:
    """A decoded application with every part that the code relies on."""
    given.setdefault("metadata", {}).setdefault("name", "")
    normalise(given.setdefault("spec", {}))
    return given


def project_of(asked: Asked, given: Body) -> Project:
    name = given["spec"]["project"]
    if (found := asked.server.projects.by_name.get(name)) is None:
        raise Refusal(INVALID, f'app is not allowed in project "{name}", or the project does not exist')
    return found


async def create(asked: Asked) -> Body:
    """RBAC, project, then the validator's checks; only then is looked whether the name is taken."""
    given, upsert = complete(asked.body), asked.flag("upsert", False)
    name, validate = given["metadata"]["name"], asked.flag("validate", True)
    rights = f"{given['spec']['project']}/{name}"
    asked.need("applications", "create", rights)
    project = project_of(asked, given)
    found = await asked.server.validator.check(name, given["spec"], project, validate)
    check_namespace(given)
    asked.server.applications.sweep()
    app = asked.server.applications.by_name.get(name)
    if app is None:
        app = asked.server.applications.put_new(given)
        asked.server.controller.created(app, found)
    elif not equal(app, given):
        if not upsert:
            raise Refusal(INVALID, DIFFERENT)
        asked.need("applications", "update", rights)
        asked.server.applications.merge(app, given)
        asked.server.controller.created(app, found)
    return app.body


async def read(asked: Asked) -> Body:
    """`refresh=normal|hard` blocks until the controller has looked again."""
    app = existing(asked, "get", asked.project)
    if asked.one("refresh"):
        await asked.server.controller.refresh(app)
    return (await asked.server.current(app)).body


async def read_all(asked: Asked) -> Body:
    """Sorted by name; what may not be seen is left out, and so is the health of resources."""
    asked.server.applications.sweep()
    apps = [app for _, app in sorted(asked.server.applications.by_name.items()) if listed(asked, app)]
    items = [light((await asked.server.current(app)).body) for app in apps]
    answer: Body = {"metadata": {"resourceVersion": asked.server.versions.latest()}, "items": items}
    fields = asked.one("fields")
    if fields:
        answer["items"] = [patching.pick(item, fields) for item in items] or None
    return answer


def listed(asked: Asked, app: Application) -> bool:
    projects = asked.all("projects") + asked.all("project")
    if projects and app.project not in projects:
        return False
    if (name := asked.one("name")) and name != app.name:
        return False
    if (repo := asked.one("repo")) and repo != app.source.get("repoURL"):
        return False
    if (selector := asked.one("selector")) and not selects(selector, app.metadata.get("labels", {})):
        return False
    return asked.subject.may("applications", "get", target(app))


def selects(selector: str, labels: dict[str, str]) -> bool:
    """Kubernetes' label selectors: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, joined by commas."""
    return all(selects_one(term.strip(), labels) for term in re.split(r",(?![^(]*\))", selector))


def selects_one(term: str, labels: dict[str, str]) -> bool:
    if found := re.fullmatch(r"(\S+)\s+(in|notin)\s+\((.*)\)", term):
        inside = labels.get(found[1]) in [value.strip() for value in found[3].split(",")]
        return inside == (found[2] == "in")
    if found := re.fullmatch(r"([^!=\s]+)\s*(!=|==?)\s*(\S*)", term):
        return (labels.get(found[1]) == found[3]) == (found[2] != "!=")
    return term[1:] not in labels if term.startswith("!") else term in labels


def light(body: Body) -> Body:
    """Without `resources[].health`, which only GET and watch fill."""
    resources = body["status"].get("resources")
    if resources is None:
        return body
    plain = [{name: value for name, value in one.items() if name != "health"} for one in resources]
    return body | {"status": body["status"] | {"resources": plain}}


async def update(asked: Asked) -> Body:
    app = existing(asked, "update", asked.project)
    return await replace(asked, app, complete(asked.body))


async def update_spec(asked: Asked) -> Body:
    app = existing(asked, "update", asked.project)
    given = {"metadata": {name: app.metadata[name] for name in KEPT if name in app.metadata}, "spec": asked.body}
    return (await replace(asked, app, complete(given)))["spec"]  # type: ignore[no-any-return]


async def patch(asked: Asked) -> Body:
    """`patch` is JSON in a string; without patchType it is RFC 6902."""
    app = existing(asked, "update", asked.body.get("project") or asked.project)
    changed = patching.apply(app.body, asked.body.get("patch", ""), asked.body.get("patchType") or "json")
    return await replace(asked, app, complete(decode(changed, APPLICATION)))


async def replace(asked: Asked, app: Application, given: Body) -> Body:
    """Validate the new spec, then put it in place; moving to another project needs the right to create there."""
    spec = decode(given["spec"], APPLICATION_SPEC)
    normalise(spec)
    if spec["project"] != app.project:
        asked.need("applications", "create", f"{spec['project']}/{app.name}")
    project = project_of(asked, {"spec": spec})
    found = await asked.server.validator.check(app.name, spec, project, asked.flag("validate", True))
    asked.server.applications.replace(app, given | {"spec": spec})
    asked.server.controller.created(app, found)
    return app.body


async def delete(asked: Asked) -> Body:
    """200 {} at once; the object stays until its resources are gone."""
    app = existing(asked, "delete", asked.project)
    policy = asked.one("propagationPolicy") or ""
    seconds = asked.server.settings.delete_seconds
    asked.server.applications.delete(app, asked.flag("cascade", True), policy, seconds)
    return {}


async def sync(asked: Asked) -> Body:
    """Returns at once: `operation` is there, what came of the last one is not."""
    app = await asked.server.current(existing(asked, "sync", asked.body.get("project") or asked.project))
    revision, dry_run = asked.body.get("revision", ""), asked.body.get("dryRun", False)
    branch = app.source.get("targetRevision", "")
    if app.automated and revision and revision != branch and not dry_run:
        raise Refusal(PRECONDITION, f"Cannot sync to {revision}: auto-sync currently set to {branch}")
    sha, wanted = await resolve(asked, app, revision or branch)
    operation = {"sync": sync_operation(asked, app, sha), "initiatedBy": {"username": asked.subject.name}}
    strategy = asked.body.get("retryStrategy") or app.spec.get("syncPolicy", {}).get("retry") or {}
    asked.server.applications.request(app, operation | {"retry": strategy})
    answer = light(copy.deepcopy(app.body))
    asked.server.controller.requested(app, wanted)
    return answer


def sync_operation(asked: Asked, app: Application, sha: str) -> dict[str, Any]:
    """Options of the request replace those of the application."""
    given = {name: asked.body[name] for name in ("dryRun", "prune", "resources") if asked.body.get(name)}
    options = asked.body.get("syncOptions", {}).get("items") or app.spec.get("syncPolicy", {}).get("syncOptions")
    strategy = {"syncStrategy": asked.body["strategy"]} if asked.body.get("strategy") else {}
    chosen = {"syncOptions": list(options)} if options else {}
    return {"revision": sha} | strategy | {"source": copy.deepcopy(app.source)} | chosen | given


async def resolve(asked: Asked, app: Application, revision: str) -> tuple[str, Target | None]:
    """The commit and what is in it. A full sha is not looked up, so a wrong one fails later, in the operation."""
    validator = asked.server.validator
    try:
        sha = revision
        if not SHA.fullmatch(revision):
            sha = (await validator.refs(app.source["repoURL"], app.project)).resolve(revision)
    except (Unreadable, GitFault) as fault:
        raise Refusal(PRECONDITION, f"error resolving repo revision: {wrapped(UNKNOWN, str(fault))}") from fault
    try:
        return sha, await validator.read(app.name, app.source, app.project, sha)
    except GitFault:
        return sha, None
