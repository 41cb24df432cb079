"""Everything that the instance holds, for `_sim/state`. A secret shows as a short hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulators.gitlab.models import DeployToken, Group, Hook, Project, ProtectedBranch, User, fingerprint

if TYPE_CHECKING:
    from simulators.gitlab.responses import GitLab


def snapshot(lab: GitLab) -> dict[str, Any]:
    """Groups, users, projects (in order of their ids), deliveries of hooks, and old paths that redirect."""
    store = lab.store
    projects = [project for one in list(store.projects.values()) if (project := lab.current(one))]
    return {
        "users": [_user(user) for user in store.users.values()],
        "groups": [_group(group) for group in store.groups()],
        "projects": [_project(lab, project) for project in projects],
        "deliveries": list(store.deliveries),
        "redirects": store.redirects,
    }


def _user(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "username": user.username,
        "name": user.name,
        "email": user.email,
        "state": user.state,
        "admin": user.admin,
        "has_password": user.password_sha is not None,
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "id": group.id,
        "full_path": group.full_path,
        "name": group.name,
        "visibility": group.visibility,
        "members": {one.user_id: one.access_level for one in group.members.values()},
        "deploy_tokens": [_token(token) for token in group.deploy_tokens.values()],
        "marked_for_deletion": group.marked_at is not None,
    }


def _project(lab: GitLab, project: Project) -> dict[str, Any]:
    job = project.fork_import
    return {
        "id": project.id,
        "path_with_namespace": project.full_path,
        "name": project.name,
        "description": project.description,
        "default_branch": project.default_branch,
        "empty_repo": project.empty,
        "archived": project.archived,
        "forked_from": project.forked_from,
        "import_status": project.import_status,
        "import_error": job.error if job and job.status == "failed" else None,
        "looks": job.looks if job else 0,
        "marked_for_deletion": project.marked_at is not None,
        "being_destroyed": project.destroy_at is not None,
        "branches": _named(project, "refs/heads/"),
        "tags": _named(project, "refs/tags/"),
        "protected_branches": [_protected(rule) for rule in project.protected.values()],
        "hooks": [_hook(hook) for hook in project.hooks.values()],
        "deploy_tokens": [_token(token) for token in project.deploy_tokens.values()],
        "members": {one.user_id: one.access_level for one in project.members.values()},
        "repository": str(project.repository.path),
    }


def _named(project: Project, prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): sha for name, sha in project.refs.items() if name.startswith(prefix)}


def _protected(rule: ProtectedBranch) -> dict[str, Any]:
    return {
        "name": rule.name,
        "push": [one.access_level for one in rule.push],
        "merge": [one.access_level for one in rule.merge],
        "allow_force_push": rule.allow_force_push,
    }


def _hook(hook: Hook) -> dict[str, Any]:
    events = [name for name, on in hook.flags.items() if on]
    return {
        "id": hook.id,
        "url": hook.url,
        "name": hook.name,
        "description": hook.description,
        "events": events,
        "token_sha": fingerprint(hook.token),
        "failures": hook.failures,
    }


def _token(token: DeployToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "username": token.username,
        "scopes": list(token.scopes),
        "expires_at": token.expires_at,
        "token_sha": fingerprint(token.secret),
    }
