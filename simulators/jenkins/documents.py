"""The JSON documents of `api/json`, field by field as the real classes export them."""

from __future__ import annotations

from typing import Any

from simulators.clock import Clock
from simulators.jenkins.config import Parameter
from simulators.jenkins.items import PERMALINKS, Folder, Item, Job
from simulators.jenkins.queue import BLOCKED, LEFT, Build, Cause, Queue, QueueItem, Value
from simulators.jenkins.tree import Bean
from simulators.jenkins.users import Caller, User

RUN = "org.jenkinsci.plugins.workflow.job.WorkflowRun"
ITEM_ACTIONS = [{}, {"_class": "com.cloudbees.plugins.credentials.ViewCredentialsAction"}]


class Documents:
    """Makes documents; `root` is the server's configured URL with a slash at its end."""

    def __init__(self, root: str, queue: Queue, clock: Clock) -> None:
        self.root, self.queue, self.clock = root, queue, clock

    def server(self, items: list[Item], crumbs: bool) -> Bean:
        view = {"_class": "hudson.model.AllView", "name": "all", "url": self.root}
        return Bean(
            {
                "_class": "hudson.model.Hudson",
                "assignedLabels": [{"name": "built-in"}],
                "mode": "NORMAL",
                "nodeDescription": "the Jenkins controller's built-in node",
                "nodeName": "",
                "numExecutors": 2,
                "description": None,
                "jobs": [self.item(item) for item in items],
                "overallLoad": {},
                "primaryView": view,
                "quietDownReason": None,
                "quietingDown": False,
                "slaveAgentPort": -1,
                "unlabeledLoad": {"_class": "jenkins.model.UnlabeledLoadStatistics"},
                "url": self.root,
                "useCrumbs": crumbs,
                "useSecurity": True,
                "views": [view],
            }
        )

    def item(self, item: Item, visible: list[Item] | None = None) -> Bean:
        """A folder or a job; `visible` are a folder's children as the caller may see them."""
        brief: dict[str, Any] = {"_class": item.config.item_class, "name": item.name, "url": self.root + item.path}
        if isinstance(item, Folder):
            children = item.items() if visible is None else visible
            return Bean(brief, lambda: self._common(item) | self._folder(brief, children))
        if not isinstance(item, Job):
            return Bean(brief)
        job = item
        return Bean(brief | {"color": job.color}, lambda: self._common(job) | self._job(job))

    def _common(self, item: Item) -> dict[str, Any]:
        return {
            "actions": ITEM_ACTIONS,
            "description": item.config.description,
            "displayName": item.display_name,
            "displayNameOrNull": item.config.display_name,
            "fullDisplayName": item.full_display_name,
            "fullName": item.full_name,
            "healthReport": [],
        }

    def _folder(self, brief: dict[str, Any], children: list[Item]) -> dict[str, Any]:
        view = {"_class": "hudson.model.AllView", "name": "All", "url": brief["url"]}
        return {"jobs": [self.item(child) for child in children], "primaryView": view, "views": [view]}

    def _job(self, job: Job) -> dict[str, Any]:
        builds = [self.build(build) for build in reversed(job.builds[-100:])]
        waiting = self.queue.of(job)
        return {
            "buildable": not job.config.disabled,
            "builds": builds,
            "firstBuild": self.build(job.builds[0]) if job.builds else None,
            **{name: self.build(found) if (found := job.build(name)) else None for name in PERMALINKS},
            "inQueue": waiting is not None,
            "keepDependencies": False,
            "nextBuildNumber": job.next_number,
            "property": [self._parameters(job)] if job.config.parameterized else [],
            "queueItem": self.queue_item(waiting) if waiting else None,
            "concurrentBuild": job.config.concurrent,
            "disabled": job.config.disabled,
            "inProgress": any(build.building for build in job.builds),
            "resumeBlocked": False,
        }

    def _parameters(self, job: Job) -> dict[str, Any]:
        definitions = [definition(parameter) for parameter in job.config.parameters]
        return {"_class": "hudson.model.ParametersDefinitionProperty", "parameterDefinitions": definitions}

    def build(self, build: Build) -> Bean:
        brief = {"_class": RUN, "number": build.number, "url": f"{self.root}{build.job.path}{build.number}/"}
        return Bean(brief, lambda: self._build(build))

    def _build(self, build: Build) -> dict[str, Any]:
        position = build.job.builds.index(build)
        around = [None, *build.job.builds, None]
        before, after = around[position], around[position + 2]
        return {
            "actions": [
                *actions(build.values, build.cause),
                {},
                {"_class": "org.jenkinsci.plugins.displayurlapi.actions.RunDisplayAction"},
            ],
            "artifacts": [],
            "building": build.building,
            "description": None,
            "displayName": f"#{build.number}",
            "duration": 0 if build.building else int(build.duration * 1000),
            "estimatedDuration": self._estimate(build),
            "executor": {"_class": "hudson.model.OneOffExecutor"} if build.building else None,
            "fullDisplayName": f"{build.job.full_display_name} #{build.number}",
            "id": str(build.number),
            "inProgress": build.building,
            "keepLog": False,
            "queueId": build.queue_id,
            "result": build.result,
            "timestamp": int(build.started_at * 1000),
            "changeSets": [],
            "culprits": [],
            "nextBuild": self.build(after) if after else None,
            "previousBuild": self.build(before) if before else None,
        }

    def _estimate(self, build: Build) -> int:
        last = build.job.build("lastSuccessfulBuild")
        return int(last.duration * 1000) if last else -1

    def queue_item(self, item: QueueItem) -> Bean:
        fields = {
            "_class": f"hudson.model.Queue${item.state.capitalize()}Item",
            "actions": actions(item.values, item.cause),
            "blocked": item.state == BLOCKED,
            "buildable": False,
            "id": item.id,
            "inQueueSince": int(item.since * 1000),
            "params": item.params,
            "stuck": False,
            "task": self.item(item.job),
            "url": f"queue/item/{item.id}/",
        }
        return Bean(fields | self._phase(item))

    def _phase(self, item: QueueItem) -> dict[str, Any]:
        """What only this kind of item has, and why it waits."""
        if item.state == LEFT:
            run = self.build(item.build).brief if item.build else None
            return {"why": None, "cancelled": item.cancelled, "executable": run}
        if item.state == BLOCKED and (blocker := item.blocker):
            why = f"Build #{blocker.number} is already in progress (ETA: N/A)"
            return {"why": why, "buildableStartMilliseconds": int(item.due_at * 1000)}
        left = max(item.due_at - self.clock.now(), 0)
        return {"why": f"In the quiet period. Expires in {left:.1f} sec", "timestamp": int(item.due_at * 1000)}

    def user(self, user: User, path: str = "user/") -> Bean:
        properties: list[dict[str, Any]] = [{"_class": "jenkins.security.ApiTokenProperty"}]
        if user.password is not None:
            properties.append({"_class": "hudson.security.HudsonPrivateSecurityRealm$Details"})
        if user.email:
            properties.append({"_class": "hudson.tasks.Mailer$UserProperty", "address": user.email})
        fields = {
            "_class": "hudson.model.User",
            "absoluteUrl": f"{self.root}{path}{user.id}",
            "description": None,
            "fullName": user.full_name,
            "id": user.id,
            "property": properties,
        }
        return Bean(fields)


def who_am_i(caller: Caller) -> Bean:
    """`authenticated` is true for anonymous too."""
    fields = {
        "_class": "hudson.security.WhoAmI",
        "anonymous": caller.user is None,
        "authenticated": True,
        "name": caller.name,
    }
    return Bean(fields | {"authorities": ["authenticated" if caller.user else "anonymous"]})


def actions(values: tuple[Value, ...], cause: Cause) -> list[dict[str, Any]]:
    shown = [
        {"_class": f"hudson.model.{one.kind}", "name": one.name} | ({} if one.secret else {"value": one.value})
        for one in values
    ]
    parameters = [{"_class": "hudson.model.ParametersAction", "parameters": shown}] if shown else []
    return [*parameters, {"_class": "hudson.model.CauseAction", "causes": [why(cause)]}]


def why(cause: Cause) -> dict[str, Any]:
    if cause.user is None:
        return {"_class": "com.dabsquared.gitlabjenkins.cause.GitLabWebHookCause", "shortDescription": cause.text}
    named = {"userId": cause.user, "userName": cause.user}
    return {"_class": "hudson.model.Cause$UserIdCause", "shortDescription": cause.text} | named


def definition(parameter: Parameter) -> dict[str, Any]:
    """A parameter's definition; a password's default is never shown."""
    value_class = parameter.kind.replace("Definition", "Value").replace("Choice", "String")
    default: dict[str, Any] = {"_class": f"hudson.model.{value_class}", "name": parameter.name}
    if not parameter.kind.startswith("Password"):
        default["value"] = parameter.default == "true" if parameter.kind.startswith("Boolean") else parameter.default
    fields = {
        "_class": f"hudson.model.{parameter.kind}",
        "defaultParameterValue": default,
        "description": parameter.description,
        "name": parameter.name,
        "type": parameter.kind,
    }
    return fields | ({"choices": list(parameter.choices)} if parameter.choices else {})
