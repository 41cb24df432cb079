"""What the controller does beside the API: looks, compares, syncs, deletes, each a while after its cause.

Nothing runs by itself. Whoever reads an application first lets `Controller.settle` do what has become due, with the
times at which it would have happened.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from simulators.argocd.applications import Application, Target
from simulators.argocd.git import GitFault
from simulators.argocd.metadata import Versions
from simulators.argocd.projects import Projects, permits_namespace_kind
from simulators.argocd.validation import Unreadable, Validator

Body = dict[str, Any]
COMPARE, START, FINISH, HEALTHY = "compare", "start", "finish", "healthy"
RUNNING = "one or more tasks are running"
SUCCEEDED = "successfully synced (all tasks run)"
HISTORY_LIMIT = 10


@dataclass
class Pace:
    """Seconds from a cause to its effect; `sync_error` makes every sync fail with that message."""

    refresh_seconds: float = 1.0
    sync_seconds: float = 1.0
    health_seconds: float = 1.0
    delete_seconds: float = 1.0
    poll_seconds: float = 120.0
    sync_error: str = ""


@dataclass
class Controller:
    """Moves applications along their plan."""

    versions: Versions
    validator: Validator
    projects: Projects
    pace: Pace

    def created(self, app: Application, target: Target | None) -> None:
        """A new or changed application is looked at shortly after."""
        now = self.versions.clock.now()
        app.target, app.problem = target, ""
        app.looked_at = now if target else 0.0
        app.plan = [one for one in app.plan if one[1] != COMPARE]
        app.plan.append((now + self.pace.refresh_seconds, COMPARE))

    def requested(self, app: Application, wanted: Target | None) -> None:
        """A sync was accepted; None when its commit cannot be read, which shows only when it runs."""
        app.wanted = wanted
        app.plan.append((self.versions.clock.now(), START))

    def notice(self, app: Application) -> None:
        """A push was announced: look again soon, without the cache of branch heads."""
        self.created(app, None)

    async def refresh(self, app: Application) -> None:
        """`?refresh=`: blocks until the application was compared again."""
        await self.settle(app)
        await self.look(app)
        app.plan = [one for one in app.plan if one[1] != COMPARE]
        app.plan.append((self.versions.clock.now(), COMPARE))
        await self.settle(app)

    async def settle(self, app: Application) -> None:
        """Do what is due by now."""
        now = self.versions.clock.now()
        comparing = any(event == COMPARE for _, event in app.plan)
        if not comparing and app.status["sync"]["status"] and now >= app.looked_at + self.pace.poll_seconds:
            app.plan.append((now, COMPARE))
        due = any(event == COMPARE and at <= now for at, event in app.plan)
        if due and now >= app.looked_at + self.pace.poll_seconds:
            await self.look(app)
        while ready := sorted(one for one in app.plan if one[0] <= now):
            at, event = ready[0]
            app.plan.remove(ready[0])
            self._do(app, event, at)

    async def look(self, app: Application) -> None:
        """What should run, according to git; keeps the reason when that cannot be told."""
        try:
            app.target, app.problem = await self.validator.target(app.name, app.spec), ""
        except (Unreadable, GitFault) as fault:
            app.problem = f"Failed to load target state: failed to generate manifest for source 1 of 1: {fault}"
        app.looked_at = self.versions.clock.now()

    def _do(self, app: Application, event: str, at: float) -> None:
        {COMPARE: self._compare, START: self._start, FINISH: self._finish, HEALTHY: self._heal}[event](app, at)
        self.versions.touch(app.metadata)

    def _compare(self, app: Application, at: float) -> None:
        status, target = app.status, app.target
        compared = {"source": copy.deepcopy(app.source), "destination": copy.deepcopy(app.spec["destination"])}
        status["sync"] = {"status": self._sync_status(app), "comparedTo": compared}
        status["sync"]["revision"] = target.revision if target else app.source.get("targetRevision", "")
        status["reconciledAt"] = self.versions.now(at)
        status["controllerNamespace"], status["resourceHealthSource"] = "argocd", "appTree"
        status["sourceType"] = target.source_type if target else "Helm"
        status.pop("conditions", None)
        if app.problem:
            condition = {"type": "ComparisonError", "message": app.problem, "lastTransitionTime": self.versions.now(at)}
            status["conditions"] = [condition]
        self._show(app, at)
        self._sync_by_itself(app, at)

    def _sync_status(self, app: Application) -> str:
        if app.problem or app.target is None:
            return "Unknown"
        return "Synced" if app.live and app.live.tree == app.target.tree else "OutOfSync"

    def _show(self, app: Application, at: float) -> None:
        """Resources, images and health, as far as they are known."""
        state = app.status["sync"]["status"]
        rolling = any(event == HEALTHY for _, event in app.plan)
        health = "Missing" if app.live is None else "Progressing" if rolling else "Healthy"
        app.status["resources"] = resources(app, state, health)
        app.status["summary"] = {"images": list(app.live.images)} if app.live and app.live.images else {}
        if app.status["health"].get("status") != health:
            app.status["health"] = {"status": health, "lastTransitionTime": self.versions.now(at)}

    def _sync_by_itself(self, app: Application, at: float) -> None:
        """Auto-sync: only when OutOfSync, and once per revision."""
        idle = "operation" not in app.body and not app.dying
        if not app.automated or not idle or app.status["sync"]["status"] != "OutOfSync" or app.target is None:
            return
        if app.tried == app.target.revision:
            return
        sync = {"revision": app.target.revision, **sync_options(app), **prune(app)}
        retry = app.spec.get("syncPolicy", {}).get("retry") or {"limit": 5}
        app.body["operation"] = {"sync": sync, "initiatedBy": {"automated": True}, "retry": retry}
        app.wanted = app.target
        self._start(app, at)

    def _start(self, app: Application, at: float) -> None:
        operation = app.body["operation"]
        app.status["operationState"] = {
            "operation": copy.deepcopy(operation),
            "phase": "Running",
            "message": RUNNING,
            "syncResult": {"revision": operation["sync"]["revision"], "source": copy.deepcopy(app.source)},
            "startedAt": self.versions.now(at),
        }
        app.tried = operation["sync"]["revision"]
        app.plan.append((at + self.pace.sync_seconds, FINISH))

    def _finish(self, app: Application, at: float) -> None:
        """The operation ends; sync and health stay as they were until the next comparison."""
        operation, state = app.body.pop("operation"), app.status["operationState"]
        state["phase"], state["message"], results = self._outcome(app)
        state["syncResult"]["resources"] = results
        state["finishedAt"] = self.versions.now(at)
        app.plan.append((at + self.pace.refresh_seconds, COMPARE))
        if state["phase"] != "Succeeded" or operation["sync"].get("dryRun"):
            return
        app.live = app.wanted
        app.plan.append((at + self.pace.refresh_seconds + self.pace.health_seconds, HEALTHY))
        self._record(app, operation, state, at)

    def _outcome(self, app: Application) -> tuple[str, str, list[Body]]:
        """Phase, message and what became of each resource."""
        if self.pace.sync_error:
            return "Failed", f"one or more objects failed to apply, reason: {self.pace.sync_error}", []
        if app.wanted is None:
            return "Error", "ComparisonError: unable to resolve the revision to a commit SHA", []
        namespace = app.spec["destination"].get("namespace", "")
        if "CreateNamespace=true" not in app.spec.get("syncPolicy", {}).get("syncOptions", []):
            return "Succeeded", SUCCEEDED, results(app)
        made = {"group": "", "version": "v1", "kind": "Namespace", "namespace": "", "name": namespace}
        made["syncPhase"] = "PreSync"
        if permits_namespace_kind(self.projects.get(app.project)["spec"]):
            made |= {"status": "Synced", "message": f"namespace/{namespace} created", "hookPhase": "Running"}
            return "Succeeded", SUCCEEDED, [made, *results(app)]
        why = f"resource :Namespace is not permitted in project {app.project}"
        made |= {"status": "SyncFailed", "message": why, "hookPhase": "Failed"}
        return "Failed", "one or more synchronization tasks are not valid", [made]

    def _record(self, app: Application, operation: Body, state: Body, at: float) -> None:
        """History: ascending, ids only grow, cut to the limit."""
        history = app.status.setdefault("history", [])
        history.append(
            {
                "revision": operation["sync"]["revision"],
                "deployedAt": self.versions.now(at),
                "id": history[-1]["id"] + 1 if history else 0,
                "source": copy.deepcopy(app.source),
                "deployStartedAt": state["startedAt"],
                "initiatedBy": operation.get("initiatedBy", {}),
            }
        )
        del history[: -app.spec.get("revisionHistoryLimit", HISTORY_LIMIT)]

    def _heal(self, app: Application, at: float) -> None:
        self._show(app, at)


def prune(app: Application) -> Body:
    return {"prune": True} if app.spec["syncPolicy"]["automated"].get("prune") else {}


def sync_options(app: Application) -> Body:
    options = app.spec.get("syncPolicy", {}).get("syncOptions")
    return {"syncOptions": list(options)} if options else {}


def resources(app: Application, state: str, health: str) -> list[Body]:
    """A Service and a Deployment, as our charts have them."""
    namespace = app.spec["destination"].get("namespace", "")
    settled = "Healthy" if health == "Progressing" else health
    waiting = {"message": "Resource has not been created"} if health == "Missing" else {}
    rolling = {"message": "Waiting for rollout to finish: 0 of 1 updated replicas are available..."}
    service = {"version": "v1", "kind": "Service", "namespace": namespace, "name": app.name, "status": state}
    deployment = {"group": "apps"} | service | {"kind": "Deployment"}
    return [
        service | {"health": {"status": settled} | waiting},
        deployment | {"health": {"status": health} | (rolling if health == "Progressing" else waiting)},
    ]


def results(app: Application) -> list[Body]:
    """What a sync says of each resource."""
    namespace = app.spec["destination"].get("namespace", "")
    common = {"version": "v1", "namespace": namespace, "name": app.name, "status": "Synced"}
    ends = {"hookPhase": "Running", "syncPhase": "Sync"}
    images = {"images": list(app.wanted.images)} if app.wanted and app.wanted.images else {}
    return [
        {"group": "", "kind": "Service", **common, "message": f"service/{app.name} configured", **ends},
        {"group": "apps", "kind": "Deployment", **common, "message": f"deployment.apps/{app.name} configured"}
        | ends
        | images,
    ]
