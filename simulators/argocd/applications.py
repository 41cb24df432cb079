"""Applications as they are stored: create, replace, patch, delete. Time passes in `controller`."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from simulators.argocd.errors import DENIED, INVALID, PRECONDITION, Refusal, denied, missing
from simulators.argocd.fields import APPLICATION_SPEC, META
from simulators.argocd.gostruct import stored
from simulators.argocd.metadata import NAMESPACE, Versions, good_name

FOREGROUND = "resources-finalizer.argocd.argoproj.io"
FINALIZERS = {"": FOREGROUND, "foreground": FOREGROUND, "background": f"{FOREGROUND}/background"}
KEPT = ("labels", "annotations", "finalizers")
Body = dict[str, Any]


def fresh_status() -> Body:
    """Nothing has looked yet: empty, which is not Unknown."""
    compared = {"source": {"repoURL": ""}, "destination": {}}
    return {"sync": {"status": "", "comparedTo": compared}, "health": {}, "summary": {}, "sourceHydrator": {}}


@dataclass(frozen=True)
class Target:
    """What git says should run: the commit, the id of the folder's tree, the images in its values."""

    revision: str
    tree: str
    images: tuple[str, ...]
    source_type: str


@dataclass(eq=False)
class Application:
    """The stored object and what the controller remembers beside it; `plan` are (time, event) still to come.

    `target` is what git says now, `wanted` what the operation brings, `live` what runs, `tried` the last try.
    """

    body: Body
    plan: list[tuple[float, str]] = field(default_factory=list)
    target: Target | None = None
    problem: str = ""
    looked_at: float = 0.0
    wanted: Target | None = None
    live: Target | None = None
    tried: str = ""
    gone_at: float | None = None

    @property
    def name(self) -> str:
        return str(self.body["metadata"]["name"])

    @property
    def project(self) -> str:
        return str(self.body["spec"]["project"])

    @property
    def spec(self) -> Body:
        spec: Body = self.body["spec"]
        return spec

    @property
    def status(self) -> Body:
        status: Body = self.body["status"]
        return status

    @property
    def metadata(self) -> Body:
        metadata: Body = self.body["metadata"]
        return metadata

    @property
    def dying(self) -> bool:
        return "deletionTimestamp" in self.metadata

    @property
    def source(self) -> Body:
        """The source, or the first of several."""
        found: Body = (self.spec.get("sources") or [self.spec.get("source", {"repoURL": ""})])[0]
        return found

    @property
    def automated(self) -> bool:
        automated = self.spec.get("syncPolicy", {}).get("automated")
        return automated is not None and automated.get("enabled", True)


def normalise(spec: Body) -> None:
    """What the server itself changes before it stores a spec."""
    spec["project"] = spec.get("project") or "default"
    spec.setdefault("destination", {})
    if spec.get("syncPolicy") == {}:
        del spec["syncPolicy"]


class Applications:
    """By name, in one namespace, over all projects."""

    def __init__(self, versions: Versions) -> None:
        self.versions = versions
        self.by_name: dict[str, Application] = {}

    def sweep(self) -> None:
        """Those whose deletion has come to its end are gone."""
        now = self.versions.clock.now()
        for name in [app.name for app in self.by_name.values() if app.gone_at is not None and app.gone_at <= now]:
            del self.by_name[name]

    def in_project(self, project: str) -> list[Body]:
        self.sweep()
        return [app.body for app in self.by_name.values() if app.project == project]

    def get(self, name: str, project: str | None) -> Application:
        """Without the project, what is missing is 403; with it 404, and so is what lies in another project."""
        self.sweep()
        found = self.by_name.get(name)
        if found is not None and (not project or found.project == project):
            return found
        raise missing("applications", name) if project else denied()

    def put_new(self, given: Body) -> Application:
        """Store what passed every check; the last of them, the name, is Kubernetes' own."""
        good_name("Application", given["metadata"]["name"], "error creating application: ")
        metadata = self.versions.fresh(given["metadata"])
        app = Application(
            {"metadata": metadata, "spec": stored(given["spec"], APPLICATION_SPEC), "status": fresh_status()}
        )
        self.by_name[app.name] = app
        return app

    def replace(self, app: Application, given: Body) -> None:
        """Spec, labels, annotations and finalizers are what was sent; nothing is merged."""
        app.body["spec"] = stored(given["spec"], APPLICATION_SPEC)
        metadata = stored(given.get("metadata", {}), META)
        for name in KEPT:
            app.metadata.pop(name, None)
            if name in metadata:
                app.metadata[name] = metadata[name]
        self.versions.touch(app.metadata)
        self._vanish_if_unheld(app)

    def merge(self, app: Application, given: Body) -> None:
        """upsert: labels and annotations are merged, the rest is replaced."""
        metadata = copy.deepcopy(given.get("metadata", {}))
        for name in ("labels", "annotations"):
            metadata[name] = app.metadata.get(name, {}) | metadata.get(name, {})
        self.replace(app, {"metadata": metadata, "spec": given["spec"]})

    def _vanish_if_unheld(self, app: Application) -> None:
        if app.dying and not app.metadata.get("finalizers"):
            self.by_name.pop(app.name, None)

    def delete(self, app: Application, cascade: bool, policy: str, seconds: float) -> None:
        """At once the object only gets its finalizer and a deletionTimestamp; without cascade it goes now."""
        if not cascade and policy:
            raise Refusal(INVALID, "cannot set propagation policy when cascading is disabled")
        if policy not in FINALIZERS:
            raise Refusal(INVALID, f"invalid propagation policy: {policy}")
        others = [one for one in app.metadata.get("finalizers", []) if not one.startswith(FOREGROUND)]
        finalizers = [*others, FINALIZERS[policy]] if cascade else others
        if not finalizers:
            self.by_name.pop(app.name, None)
            return
        app.metadata["finalizers"] = finalizers
        self.versions.touch(app.metadata)
        if not app.dying:
            app.metadata["deletionTimestamp"] = self.versions.now()
            app.metadata["deletionGracePeriodSeconds"] = 0
            app.gone_at = self.versions.clock.now() + seconds

    def request(self, app: Application, operation: Body) -> None:
        """A sync: `operation` appears, the state of the one before vanishes."""
        if app.dying:
            raise Refusal(PRECONDITION, "application is deleting")
        if "operation" in app.body:
            raise Refusal(PRECONDITION, "another operation is already in progress")
        app.body["operation"] = operation
        app.status.pop("operationState", None)
        self.versions.touch(app.metadata)


def equal(app: Application, given: Body) -> bool:
    """Go's DeepEqual of spec, labels, annotations and finalizers: an empty list that was sent is not an absent one."""
    sent = given["metadata"]
    same_metadata = all(app.metadata.get(name) == sent.get(name) for name in KEPT)
    return same_metadata and app.spec == given["spec"]


def check_namespace(given: Body) -> None:
    """Applications live in Argo CD's own namespace."""
    namespace = given["metadata"].get("namespace") or NAMESPACE
    if namespace != NAMESPACE:
        raise Refusal(DENIED, f"namespace '{namespace}' is not permitted")
