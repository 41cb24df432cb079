"""The route table of the API, as it stands below `/api/v4`."""

from __future__ import annotations

from simulators.gitlab import (
    branches,
    commits,
    deletion,
    files,
    forks,
    groups,
    hooks,
    instance,
    members,
    projects,
    protection,
    tokens,
    users,
)
from simulators.gitlab.ask import Handler
from simulators.routing import Router

P, G = "/projects/{id}", "/groups/{id}"
R = f"{P}/repository"

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/version", instance.version),
    ("GET", "/metadata", instance.metadata),
    ("GET", "/namespaces", instance.list_namespaces),
    ("GET", "/namespaces/{id}", instance.get_namespace),
    ("GET", "/namespaces/{id}/exists", instance.namespace_exists),
    ("GET", "/user", users.current_user),
    ("GET", "/users", users.list_users),
    ("POST", "/users", users.create_user),
    ("DELETE", "/users/{id}", users.delete_user),
    ("POST", "/users/{id}/block", users.block),
    ("POST", "/users/{id}/unblock", users.unblock),
    ("GET", "/groups", groups.list_groups),
    ("POST", "/groups", groups.create_group),
    ("GET", G, groups.get_group),
    ("PUT", G, groups.update_group),
    ("DELETE", G, groups.delete_group),
    ("POST", f"{G}/restore", groups.restore_group),
    ("GET", f"{G}/projects", groups.group_projects),
    ("GET", f"{G}/subgroups", groups.subgroups),
    ("GET", "/projects", projects.list_projects),
    ("POST", "/projects", projects.create_project),
    ("GET", P, projects.get_project),
    ("PUT", P, projects.update_project),
    ("DELETE", P, deletion.delete_project),
    ("POST", f"{P}/restore", deletion.restore),
    ("POST", f"{P}/archive", projects.archive),
    ("POST", f"{P}/unarchive", projects.unarchive),
    ("PUT", f"{P}/transfer", projects.transfer),
    ("POST", f"{P}/fork", forks.create_fork),
    ("DELETE", f"{P}/fork", forks.unrelate),
    ("POST", f"{P}/fork/{{forked_from_id}}", forks.relate),
    ("GET", f"{P}/forks", forks.list_forks),
    ("GET", f"{P}/import", forks.import_status),
    ("GET", f"{P}/protected_branches", protection.list_protected),
    ("POST", f"{P}/protected_branches", protection.protect),
    ("GET", f"{P}/protected_branches/{{name}}", protection.get_protected),
    ("PATCH", f"{P}/protected_branches/{{name}}", protection.change),
    ("DELETE", f"{P}/protected_branches/{{name}}", protection.unprotect),
    ("GET", f"{R}/branches", branches.list_branches),
    ("POST", f"{R}/branches", branches.create_branch),
    ("GET", f"{R}/branches/{{branch}}", branches.get_branch),
    ("DELETE", f"{R}/branches/{{branch}}", branches.delete_branch),
    ("GET", f"{R}/tags", branches.list_tags),
    ("POST", f"{R}/tags", branches.create_tag),
    ("GET", f"{R}/tags/{{tag_name}}", branches.get_tag),
    ("DELETE", f"{R}/tags/{{tag_name}}", branches.delete_tag),
    ("GET", f"{R}/commits", commits.list_commits),
    ("POST", f"{R}/commits", commits.create_commit),
    ("GET", f"{R}/commits/{{sha}}", commits.get_commit),
    ("GET", f"{R}/tree", files.tree),
    ("GET", f"{R}/files/{{file_path}}", files.get_file),
    ("HEAD", f"{R}/files/{{file_path}}", files.head_file),
    ("POST", f"{R}/files/{{file_path}}", files.create_file),
    ("PUT", f"{R}/files/{{file_path}}", files.update_file),
    ("DELETE", f"{R}/files/{{file_path}}", files.delete_file),
    ("GET", f"{R}/files/{{file_path}}/raw", files.raw_file),
    ("GET", f"{P}/hooks", hooks.list_hooks),
    ("POST", f"{P}/hooks", hooks.create_hook),
    ("GET", f"{P}/hooks/{{hook_id}}", hooks.get_hook),
    ("PUT", f"{P}/hooks/{{hook_id}}", hooks.update_hook),
    ("DELETE", f"{P}/hooks/{{hook_id}}", hooks.delete_hook),
    ("GET", f"{P}/hooks/{{hook_id}}/events", hooks.hook_events),
    ("POST", f"{P}/hooks/{{hook_id}}/test/{{trigger}}", hooks.test_hook),
    *(
        (method, f"{holder}{path}", handler)
        for holder in (P, G)
        for method, path, handler in (
            ("GET", "/members", members.list_members),
            ("POST", "/members", members.add_member),
            ("GET", "/members/all", members.list_all_members),
            ("GET", "/members/all/{user_id}", members.get_any_member),
            ("GET", "/members/{user_id}", members.get_member),
            ("PUT", "/members/{user_id}", members.update_member),
            ("DELETE", "/members/{user_id}", members.remove_member),
            ("GET", "/deploy_tokens", tokens.list_tokens),
            ("POST", "/deploy_tokens", tokens.create_token),
            ("GET", "/deploy_tokens/{token_id}", tokens.get_token),
            ("DELETE", "/deploy_tokens/{token_id}", tokens.delete_token),
        )
    ),
)


def router() -> Router[Handler]:
    """Finds handlers; HEAD falls back to GET in the caller."""
    found: Router[Handler] = Router()
    for method, pattern, handler in ROUTES:
        found.add(method, pattern, handler)
    return found
