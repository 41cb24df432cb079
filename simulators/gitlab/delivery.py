"""Hooks are delivered in the background, once, without waiting for anybody: order is not guaranteed, nor is success."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import httpx

from simulators.gitlab.entities import Entities
from simulators.gitlab.models import VISIBILITIES, Hook, Project, User
from simulators.gitlab.repository import Repository

if TYPE_CHECKING:
    from simulators.gitlab.responses import GitLab

HEADS, TAGS = "refs/heads/", "refs/tags/"
ZERO = "0" * 40
LISTED_COMMITS = 20
REFS_LIMIT = 3  # a push of more branches (or tags) than this fires no hooks: GitLab's push_event_hooks_limit
TIMEOUT = 10
NAMES = {"push": "Push Hook", "tag_push": "Tag Push Hook"}
FAILURES_TEMPORARY, FAILURES_FOR_GOOD = 4, 40
FIRST_PAUSE, LONGEST_PAUSE = 60, 86_400


def announce(lab: GitLab, project: Project, user: User, refs: dict[str, tuple[str | None, str | None]]) -> None:
    """Start the deliveries for changed refs (full name -> before, after)."""
    for prefix, kind, flag in ((HEADS, "push", "push_events"), (TAGS, "tag_push", "tag_push_events")):
        changed = {ref: ends for ref, ends in refs.items() if ref.startswith(prefix)}
        hooks = [hook for hook in project.hooks.values() if hook.flags[flag]]
        if not hooks or len(changed) > REFS_LIMIT:
            continue
        for ref, (before, after) in changed.items():
            body = payload(lab.entities, project, user, kind, ref, before, after)
            for hook in hooks:
                if wants(hook, ref) and executable(lab, hook):
                    _start(lab, project, hook, kind, body)


def _start(lab: GitLab, project: Project, hook: Hook, kind: str, body: dict[str, Any]) -> None:
    key, times = str(uuid.uuid4()), 1
    if lab.rules.hook_duplicates > 0:
        lab.rules.hook_duplicates -= 1
        times = 2
    for _ in range(times):
        lab.world.background.start(_send_quietly(lab, project, hook, kind, body, key))


async def _send_quietly(lab: GitLab, project: Project, hook: Hook, kind: str, body: dict[str, Any], key: str) -> None:
    await send(lab, project, hook, kind, body, key)


def wants(hook: Hook, ref: str) -> bool:
    """Does the hook's branch filter let this ref pass?"""
    if not hook.branch_filter or hook.filter_strategy == "all_branches" or not ref.startswith(HEADS):
        return True
    return fnmatchcase(ref.removeprefix(HEADS), hook.branch_filter)


def alert_status(lab: GitLab, hook: Hook) -> str:
    if not lab.rules.hook_auto_disable or hook.failures < FAILURES_TEMPORARY:
        return "executable"
    if hook.failures >= FAILURES_FOR_GOOD:
        return "disabled"
    paused = hook.disabled_until is not None and lab.clock.now() < hook.disabled_until
    return "temporarily_disabled" if paused else "executable"


def executable(lab: GitLab, hook: Hook) -> bool:
    return alert_status(lab, hook) == "executable"


async def send(
    lab: GitLab, project: Project, hook: Hook, kind: str, body: dict[str, Any], key: str | None = None
) -> dict[str, Any]:
    """Deliver once and write down how it went: `status` is the receiver's, null when there was none, with `error`."""
    record: dict[str, Any] = {
        "id": lab.store.next_id("delivery"),
        "project_id": project.id,
        "hook_id": hook.id,
        "url": hook.url,
        "event": NAMES[kind],
        "ref": body["ref"],
        "after": body["after"],
        "at": lab.clock.iso(),
        "key": key or str(uuid.uuid4()),
        "status": None,
        "error": None,
        "done": False,
        "request": body,
        "response": None,
    }
    lab.store.deliveries.append(record)
    await _post(lab, hook, kind, record)
    _count(lab, hook, record)
    return record


async def _post(lab: GitLab, hook: Hook, kind: str, record: dict[str, Any]) -> None:
    try:
        content = json.dumps(record["request"]).encode()
        answer = await lab.world.http.post(
            hook.url, content=content, headers=_headers(lab, hook, kind, record["key"]), timeout=TIMEOUT
        )
        record["status"], record["response"] = answer.status_code, answer.text[:2000]
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        record["error"] = f"{type(problem).__name__}: {problem}"
    finally:
        record["done"] = True


def _headers(lab: GitLab, hook: Hook, kind: str, key: str) -> dict[str, str]:
    found = {
        "Content-Type": "application/json",
        "User-Agent": f"GitLab/{lab.rules.release}",
        "Idempotency-Key": key,
        "X-Gitlab-Event": NAMES[kind],
        "X-Gitlab-Webhook-UUID": hook.uuid,
        "X-Gitlab-Instance": lab.url,
        "X-Gitlab-Event-UUID": str(uuid.uuid4()),
        **hook.headers,
    }
    return {**found, "X-Gitlab-Token": hook.token} if hook.token else found


def succeeded(record: dict[str, Any]) -> bool:
    return record["status"] is not None and 200 <= record["status"] < 300


def _count(lab: GitLab, hook: Hook, record: dict[str, Any]) -> None:
    """Four failures in a row pause a hook, forty end it, where the instance does so at all."""
    if succeeded(record):
        hook.failures, hook.disabled_until = 0, None
        return
    hook.failures += 1
    if hook.failures >= FAILURES_TEMPORARY:
        pause = min(FIRST_PAUSE * 2 ** (hook.failures - FAILURES_TEMPORARY), LONGEST_PAUSE)
        hook.disabled_until = lab.clock.now() + pause


def payload(
    entities: Entities, project: Project, user: User, kind: str, ref: str, before: str | None, after: str | None
) -> dict[str, Any]:
    """The body of a push or tag push. A new ref has zeros before, a deleted one zeros after and no checkout_sha."""
    repository = project.repository
    commits = _commits(repository, before, after) if kind == "push" else [c for c in [_peeled(repository, after)] if c]
    return {
        "object_kind": kind,
        "event_name": kind,
        "before": before or ZERO,
        "after": after or ZERO,
        "ref": ref,
        "checkout_sha": _peeled(repository, after),
        "user_id": user.id,
        "user_name": user.name,
        "user_username": user.username,
        "user_email": user.email,
        "user_avatar": None,
        "project_id": project.id,
        "project": _project(entities, project),
        "repository": _repository(entities, project),
        "commits": [_commit(entities, project, sha) for sha in reversed(commits[:LISTED_COMMITS])],
        "total_commits_count": len(commits),
    }


def _peeled(repository: Repository, after: str | None) -> str | None:
    return repository.peel(after) if after else None


def _commits(repository: Repository, before: str | None, after: str | None) -> list[str]:
    return repository.new_commits(before, after) if after else []


def _commit(entities: Entities, project: Project, sha: str) -> dict[str, Any]:
    commit = project.repository.commit(sha)
    text = commit.message.decode("utf-8", "replace")
    name, _, email = commit.author.decode("utf-8", "replace").partition(" <")
    return {
        "id": sha,
        "message": text,
        "title": text.partition("\n")[0],
        "timestamp": datetime.fromtimestamp(commit.author_time, UTC).isoformat(timespec="seconds"),
        "url": f"{entities.web_url(project)}/-/commit/{sha}",
        "author": {"name": name, "email": email.rstrip(">")},
        **project.repository.changed_paths(sha),
    }


def _project(entities: Entities, project: Project) -> dict[str, Any]:
    web, git, ssh = entities.web_url(project), entities.git_url(project), entities.ssh_url(project)
    return {
        "id": project.id,
        "name": project.name,
        "description": project.description or "",
        "web_url": web,
        "avatar_url": None,
        "git_ssh_url": ssh,
        "git_http_url": git,
        "namespace": project.namespace.name,
        "visibility_level": VISIBILITIES.index(project.visibility) * 10,
        "path_with_namespace": project.full_path,
        "default_branch": project.default_branch,
        "ci_config_path": None,
        "homepage": web,
        "url": ssh,
        "ssh_url": ssh,
        "http_url": git,
    }


def _repository(entities: Entities, project: Project) -> dict[str, Any]:
    whole = _project(entities, project)
    names = ("name", "url", "description", "homepage", "git_http_url", "git_ssh_url", "visibility_level")
    return {name: whole[name] for name in names}
