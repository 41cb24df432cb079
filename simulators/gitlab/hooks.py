"""Webhooks of a project: nothing is unique about them, and their token is never shown."""

from __future__ import annotations

import ipaddress
import uuid
from typing import Any
from urllib.parse import urlsplit

from simulators.gitlab import delivery
from simulators.gitlab.ask import Ask
from simulators.gitlab.errors import error, message, no_record, too_often
from simulators.gitlab.models import MAINTAINER, Hook, Project
from simulators.gitlab.paging import Page
from simulators.gitlab.params import Field, Flag, Records, Text

EVENTS = (
    "push_events",
    "tag_push_events",
    "merge_requests_events",
    "repository_update_events",
    "issues_events",
    "confidential_issues_events",
    "note_events",
    "confidential_note_events",
    "pipeline_events",
    "wiki_page_events",
    "deployment_events",
    "feature_flag_events",
    "job_events",
    "releases_events",
    "milestone_events",
    "emoji_events",
    "resource_access_token_events",
    "vulnerability_events",
)
TESTABLE = tuple(name for name in EVENTS if name != "repository_update_events")
TESTS_PER_MINUTE = 5
PLAIN = {
    "token": "token",
    "name": "name",
    "description": "description",
    "push_events_branch_filter": "branch_filter",
    "branch_filter_strategy": "filter_strategy",
    "enable_ssl_verification": "ssl",
    "custom_webhook_template": "template",
}
FIELDS: tuple[Field, ...] = (
    Text("token"),
    Text("name"),
    Text("description"),
    Text("push_events_branch_filter"),
    Text("branch_filter_strategy", values=("wildcard", "regex", "all_branches")),
    Flag("enable_ssl_verification"),
    Text("custom_webhook_template"),
    Records("url_variables"),
    Records("custom_headers"),
    *(Flag(name) for name in EVENTS if name != "repository_update_events"),
)


def render(ask: Ask, project: Project, hook: Hook) -> dict[str, Any]:
    lab = ask.lab
    flags = dict(hook.flags)
    until = hook.disabled_until if delivery.alert_status(lab, hook) == "temporarily_disabled" else None
    return {
        "id": hook.id,
        "url": hook.url,
        "name": hook.name,
        "description": hook.description,
        "created_at": lab.clock.iso(hook.created_at),
        **{name: flags.pop(name) for name in EVENTS[:4]},
        "enable_ssl_verification": hook.ssl,
        "alert_status": delivery.alert_status(lab, hook),
        "disabled_until": lab.clock.iso(until) if until else None,
        "url_variables": [{"key": key} for key in hook.variables],
        "push_events_branch_filter": hook.branch_filter,
        "branch_filter_strategy": hook.filter_strategy,
        "custom_webhook_template": hook.template,
        "custom_headers": [{"key": key} for key in hook.headers],
        "project_id": project.id,
        **flags,
    }


def list_hooks(ask: Ask) -> Page:
    project = ask.project(MAINTAINER)
    return Page(list(project.hooks.values()), lambda hook: render(ask, project, hook))


def _found(ask: Ask) -> tuple[Project, Hook]:
    project = ask.project(MAINTAINER)
    key = ask.path["hook_id"]
    hook = project.hooks.get(int(key)) if key.isdigit() else None
    if hook is None:
        raise no_record()
    return project, hook


def get_hook(ask: Ask) -> dict[str, Any]:
    return render(ask, *_found(ask))


def create_hook(ask: Ask) -> dict[str, Any]:
    """POST twice and there are two."""
    project = ask.project(MAINTAINER)
    given = ask.fields(Text("url", True), *FIELDS)
    check_url(ask, given["url"])
    flags = {name: name == "push_events" for name in EVENTS}
    number = ask.lab.store.next_id("hook")
    hook = Hook(number, given["url"], ask.lab.clock.now(), str(uuid.uuid4()), flags)
    _assign(hook, given)
    project.hooks[hook.id] = hook
    return render(ask, project, hook)


def update_hook(ask: Ask) -> dict[str, Any]:
    """A new address without a token takes the old token away, so that it cannot be sent to somebody else."""
    project, hook = _found(ask)
    given = ask.fields(Text("url"), *FIELDS)
    if "url" in given and given["url"] != hook.url:
        check_url(ask, given["url"])
        hook.url, hook.token = given["url"], None
    _assign(hook, given)
    return render(ask, project, hook)


def _assign(hook: Hook, given: dict[str, Any]) -> None:
    for name, attribute in PLAIN.items():
        if name in given:
            setattr(hook, attribute, given[name])
    hook.flags |= {name: given[name] for name in EVENTS if name in given}
    if "custom_headers" in given:
        hook.headers = {str(one.get("key")): str(one.get("value", "")) for one in given["custom_headers"]}
    if "url_variables" in given:
        hook.variables = [str(one.get("key")) for one in given["url_variables"]]


def delete_hook(ask: Ask) -> None:
    project, hook = _found(ask)
    del project.hooks[hook.id]


def check_url(ask: Ask, url: str) -> None:
    """422 for what is no address, and for local ones where the instance forbids them (GitLab's default)."""
    host = _host(url)
    if host is None or (not ask.lab.rules.allow_local_hooks and is_local(host)):
        raise error(422, "Invalid url given")


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port != 0
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not port_is_fine or set(url) & set(' "<>\\^`{|}\n'):
        return None
    return parts.hostname


def is_local(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_private or address.is_loopback or address.is_link_local or address.is_unspecified


async def test_hook(ask: Ask) -> dict[str, str]:
    """Deliver once now: 201 when the receiver took it, 422 with its words when not, 429 after five in a minute."""
    project, hook = _found(ask)
    if ask.path["trigger"] not in TESTABLE:
        raise error(400, "trigger does not have a valid value")
    _limit(ask, hook)
    head = project.repository.branch(project.default_branch or "")
    if head is None:
        raise message(422, "Ensure the project has at least one commit.")
    kind = "tag_push" if ask.path["trigger"] == "tag_push_events" else "push"
    before = next(iter(project.repository.commit(head).parents), None)
    ref = f"refs/heads/{project.default_branch}"
    body = delivery.payload(ask.lab.entities, project, ask.me, kind, ref, before.decode() if before else None, head)
    record = await delivery.send(ask.lab, project, hook, kind, body)
    if not delivery.succeeded(record):
        raise message(422, record["error"] or record["response"] or f"HTTP {record['status']}")
    return {"message": "201 Created"}


def _limit(ask: Ask, hook: Hook) -> None:
    now = ask.lab.clock.now()
    hook.tests = [at for at in hook.tests if at > now - 60]
    if len(hook.tests) >= TESTS_PER_MINUTE:
        raise too_often()
    hook.tests.append(now)


def hook_events(ask: Ask) -> Page:
    """What was delivered to a hook, newest first."""
    _, hook = _found(ask)
    found = [record for record in reversed(ask.lab.store.deliveries) if record["hook_id"] == hook.id]
    return Page(found, _event)


def _event(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": record["id"],
        "url": record["url"],
        "trigger": record["event"].replace(" ", "_").lower().replace("hook", "hooks"),
        "request_headers": {"X-Gitlab-Event": record["event"], "Idempotency-Key": record["key"]},
        "request_data": record["request"],
        "response_headers": {},
        "response_body": record["response"] or record["error"],
        "execution_duration": 0.1,
        "response_status": str(record["status"] or "internal error"),
    }
