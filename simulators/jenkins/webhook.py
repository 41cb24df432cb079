"""The gitlab plugin: `POST /project/<full/job/name>`. 200 does not mean that a build was started."""

from __future__ import annotations

import json
import re
from typing import Any

from starlette.responses import Response

from simulators.jenkins.asked import Asked, done
from simulators.jenkins.build_views import default_values
from simulators.jenkins.config import Trigger
from simulators.jenkins.errors import container_page, not_found, oops
from simulators.jenkins.items import Folder, Item, Job
from simulators.jenkins.models import ITEM
from simulators.jenkins.queue import Cause

NO_COMMIT = "0" * 40


def receive(asked: Asked) -> Response:
    """No crumb here; the job's own token is checked, then the event, and the answer is 200 either way."""
    job = find(asked)
    trigger = job.config.trigger
    if trigger is None:
        return done()
    check_token(asked, job, trigger)
    event = asked.call.headers.get("x-gitlab-event")
    if event in ("Push Hook", "Tag Push Hook") and trigger.on_push:
        pushed(asked, job, trigger, payload(asked))
    return done()


def find(asked: Asked) -> Job:
    """A job by its full name; folders have no `/job/` between them here."""
    item: Item | None = asked.jenkins.root
    for part in [one for one in asked.call.segments[1:] if one]:
        item = item.get(part) if isinstance(item, Folder) else None
    if not isinstance(item, Job):
        raise not_found(asked.call.path)
    return item


def check_token(asked: Asked, job: Job, trigger: Trigger) -> None:
    if trigger.secret:
        if asked.call.headers.get("x-gitlab-token") != trigger.secret:
            raise container_page(401, "Invalid token", asked.call.path)
    elif asked.jenkins.settings.endpoint_authentication and not asked.jenkins.permits(
        asked.caller, f"{ITEM}Build", job
    ):
        raise container_page(403, f"{asked.caller.name} is missing the Job/Build permission", asked.call.path)


def payload(asked: Asked) -> dict[str, Any]:
    try:
        body = asked.call.json()
    except json.JSONDecodeError as error:
        raise oops(f"webhook body: {error}") from error
    return body if isinstance(body, dict) else {}


def pushed(asked: Asked, job: Job, trigger: Trigger, body: dict[str, Any]) -> None:
    """Queue a build, unless the branch is gone or filtered out, the message says [ci-skip], or the job is disabled."""
    branch = re.sub(r"^refs/(heads|tags)/", "", body.get("ref") or "")
    messages = [str(commit.get("message", "")) for commit in body.get("commits") or []]
    skipped = trigger.ci_skip and bool(messages) and "[ci-skip]" in messages[-1]
    if body.get("after") == NO_COMMIT or skipped or job.config.disabled or not wanted(trigger, branch):
        return
    who = body.get("user_name") or body.get("user_username") or "somebody"
    asked.jenkins.queue.schedule(
        job, default_values(job), Cause(f"Started by GitLab push by {who}"), asked.jenkins.clock.now()
    )


def wanted(trigger: Trigger, branch: str) -> bool:
    if trigger.filter == "NameBasedFilter":
        included = not trigger.include or matches(trigger.include, branch)
        return included and not (trigger.exclude and matches(trigger.exclude, branch))
    if trigger.filter == "RegexBasedFilter":
        return not trigger.regex or re.fullmatch(trigger.regex, branch) is not None
    return True


def matches(patterns: str, branch: str) -> bool:
    """Ant patterns, comma-separated: `*` stays within a path segment, `**` does not."""
    return any(re.fullmatch(ant(pattern.strip()), branch) for pattern in patterns.split(","))


def ant(pattern: str) -> str:
    parts = re.split(r"(\*\*|\*|\?)", pattern)
    wild = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(wild.get(part, re.escape(part)) for part in parts)
