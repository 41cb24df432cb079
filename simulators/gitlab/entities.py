"""How things look in an answer. Field names and their order follow the recorded samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulators.clock import Clock
from simulators.gitlab.models import (
    OWNER,
    DeployToken,
    Group,
    Member,
    Namespace,
    Project,
    User,
)
from simulators.gitlab.store import Store

FEATURES = {
    "resolve_outdated_diff_discussions": False,
    "repository_object_format": "sha1",
    "issues_enabled": True,
    "merge_requests_enabled": True,
    "wiki_enabled": True,
    "jobs_enabled": True,
    "snippets_enabled": True,
    "container_registry_enabled": True,
    "can_create_merge_request_in": True,
    "issues_access_level": "enabled",
    "repository_access_level": "enabled",
    "merge_requests_access_level": "enabled",
    "forking_access_level": "enabled",
    "builds_access_level": "enabled",
    "emails_disabled": False,
    "emails_enabled": True,
    "shared_runners_enabled": True,
    "lfs_enabled": True,
}
MERGING = {
    "ci_default_git_depth": 20,
    "public_jobs": True,
    "shared_with_groups": [],
    "only_allow_merge_if_pipeline_succeeds": False,
    "request_access_enabled": True,
    "only_allow_merge_if_all_discussions_are_resolved": False,
    "merge_method": "merge",
    "squash_option": "default_off",
}
LINKS = {
    "issues": "issues",
    "merge_requests": "merge_requests",
    "repo_branches": "repository/branches",
    "labels": "labels",
    "events": "events",
    "members": "members",
    "cluster_agents": "cluster_agents",
}
GROUP_DEFAULTS = {
    "share_with_group_lock": False,
    "require_two_factor_authentication": False,
    "two_factor_grace_period": 48,
    "project_creation_level": "developer",
    "auto_devops_enabled": None,
    "subgroup_creation_level": "maintainer",
    "emails_disabled": False,
    "emails_enabled": True,
    "mentions_disabled": None,
    "lfs_enabled": True,
    "math_rendering_limits_enabled": True,
    "lock_math_rendering_limits_enabled": False,
    "default_branch": None,
    "default_branch_protection": 2,
}
FULL_PROTECTION = {
    "allowed_to_push": [{"access_level": 40}],
    "allow_force_push": False,
    "allowed_to_merge": [{"access_level": 40}],
    "developer_can_initial_push": False,
}
USER_EXTRAS = {
    "bio": "",
    "location": "",
    "linkedin": "",
    "twitter": "",
    "discord": "",
    "website_url": "",
    "github": "",
    "job_title": "",
    "pronouns": None,
    "organization": "",
    "bot": False,
    "work_information": None,
    "local_time": None,
}


@dataclass
class Entities:
    """Renders for one instance: knows its address and its clock."""

    url: str
    clock: Clock
    store: Store

    def day(self, at: float | None) -> str | None:
        return None if at is None else self.clock.date(at).date().isoformat()

    # people

    def user_basic(self, user: User) -> dict[str, Any]:
        return {
            "id": user.id,
            "username": user.username,
            "public_email": None,
            "name": user.name,
            "state": user.state,
            "locked": False,
            "avatar_url": None,
            "web_url": f"{self.url}/{user.username}",
        }

    def user_admin_view(self, user: User) -> dict[str, Any]:
        """What an administrator sees, and everybody of themselves."""
        created = self.clock.iso(user.created_at)
        given = user.extra
        return {
            **self.user_basic(user),
            "created_at": created,
            **USER_EXTRAS,
            "last_sign_in_at": None,
            "confirmed_at": created if user.confirmed else None,
            "last_activity_on": None,
            "email": user.email,
            "theme_id": 3,
            "color_scheme_id": 1,
            "projects_limit": given.get("projects_limit", 100000),
            "current_sign_in_at": None,
            "identities": given.get("identities", []),
            "can_create_group": given.get("can_create_group", True),
            "can_create_project": True,
            "two_factor_enabled": False,
            "external": given.get("external", False),
            "private_profile": given.get("private_profile", False),
            "commit_email": user.email,
            "is_admin": user.admin,
            "note": given.get("note"),
            "namespace_id": user.namespace_id,
            "created_by": self.user_basic(self.store.users[1]) if user.id != 1 else None,
            "email_reset_offered_at": None,
            "preferred_language": "en",
        }

    def member(self, member: Member) -> dict[str, Any]:
        """`id` is the user's: a membership has no id of its own."""
        user, author = self.store.users[member.user_id], self.store.users.get(member.created_by)
        return {
            **self.user_basic(user),
            "access_level": member.access_level,
            "created_at": self.clock.iso(member.created_at),
            "created_by": self.user_basic(author) if author else None,
            "expires_at": member.expires_at,
            "membership_state": "active",
            "email": user.email,
        }

    # groups

    def namespace_basic(self, space: Namespace) -> dict[str, Any]:
        prefix = "groups/" if isinstance(space, Group) else ""
        return {
            "id": space.id,
            "name": space.name,
            "path": space.path,
            "kind": space.kind,
            "full_path": space.full_path,
            "parent_id": space.parent.id if space.parent else None,
            "avatar_url": None,
            "web_url": f"{self.url}/{prefix}{space.full_path}",
        }

    def namespace(self, space: Namespace) -> dict[str, Any]:
        more: dict[str, Any] = {}
        if isinstance(space, Group):
            more = {"members_count_with_descendants": len(space.members)}
        return {**self.namespace_basic(space), **more, "billable_members_count": 1, "plan": "default", "trial": False}

    def group(self, group: Group) -> dict[str, Any]:
        found = {
            "id": group.id,
            "web_url": f"{self.url}/groups/{group.full_path}",
            "name": group.name,
            "path": group.path,
            "description": group.description,
            "visibility": group.visibility,
            **GROUP_DEFAULTS,
            "default_branch_protection_defaults": group.protection or FULL_PROTECTION,
            "avatar_url": None,
            "request_access_enabled": True,
            "full_name": group.full_name,
            "full_path": group.full_path,
            "created_at": self.clock.iso(group.created_at),
            "parent_id": group.parent.id if group.parent else None,
            "organization_id": 1,
            "shared_runners_setting": "enabled",
            "archived": False,
        }
        if group.marked_at is not None:
            found["marked_for_deletion_on"] = self.day(group.marked_at)
        return found

    def group_detail(self, group: Group, with_projects: bool) -> dict[str, Any]:
        projects = self.store.projects_in(group)[:100] if with_projects else []
        more = {"projects": [self.project(one) for one in projects], "shared_projects": []} if with_projects else {}
        return {
            **self.group(group),
            "shared_with_groups": [],
            "runners_token": f"GR1348941SIM{group.id}",
            "enabled_git_access_protocol": "all",
            "prevent_sharing_groups_outside_hierarchy": False,
            **more,
        }

    # projects

    def project_identity(self, project: Project) -> dict[str, Any]:
        return {
            "id": project.id,
            "description": project.description,
            "name": project.name,
            "name_with_namespace": project.full_name,
            "path": project.path,
            "path_with_namespace": project.full_path,
            "created_at": self.clock.iso(project.created_at),
        }

    def git_url(self, project: Project) -> str:
        return f"{self.url}/{project.full_path}.git"

    def ssh_url(self, project: Project) -> str:
        host = self.url.partition("//")[2].partition("/")[0].partition(":")[0]
        return f"git@{host}:{project.full_path}.git"

    def web_url(self, project: Project) -> str:
        return f"{self.url}/{project.full_path}"

    def project_basic(self, project: Project) -> dict[str, Any]:
        readme = f"{self.web_url(project)}/-/blob/{project.default_branch}/{project.readme}" if project.readme else None
        return {
            **self.project_identity(project),
            "default_branch": project.default_branch,
            "tag_list": project.topics,
            "topics": project.topics,
            "ssh_url_to_repo": self.ssh_url(project),
            "http_url_to_repo": self.git_url(project),
            "web_url": self.web_url(project),
            "readme_url": readme,
            "forks_count": 0,
            "avatar_url": None,
            "star_count": 0,
            "last_activity_at": self.clock.iso(project.updated_at),
            "visibility": project.visibility,
            "namespace": self.namespace_basic(project.namespace),
        }

    def project(self, project: Project) -> dict[str, Any]:
        api = f"{self.url}/api/v4/projects/{project.id}"
        started = project.fork_import
        return {
            **self.project_basic(project),
            "container_registry_image_prefix": f"registry.example.com/{project.full_path.lower()}",
            "_links": {"self": api, **{name: f"{api}/{end}" for name, end in LINKS.items()}},
            "marked_for_deletion_at": self.day(project.marked_at),
            "marked_for_deletion_on": self.day(project.marked_at),
            "packages_enabled": None,
            "empty_repo": project.empty,
            "archived": project.archived,
            **FEATURES,
            "creator_id": project.creator_id,
            **self._origin(project),
            "mr_default_target_self": False,
            "import_url": None,
            "import_type": None,
            "import_status": project.import_status,
            "import_error": started.error if started and started.status == "failed" else None,
            "open_issues_count": 0,
            "description_html": project.description or "",
            "updated_at": self.clock.iso(project.updated_at),
            **MERGING,
            **project.extra,
        }

    def _origin(self, project: Project) -> dict[str, Any]:
        source = self.store.projects.get(project.forked_from or 0)
        return {"forked_from_project": self.project_basic(source)} if source else {}

    def project_for(self, project: Project, level: int) -> dict[str, Any]:
        """One project for the one who asked: with the permissions."""
        access = {"access_level": min(level, OWNER), "notification_level": 3} if level else None
        return {**self.project(project), "permissions": {"project_access": None, "group_access": access}}

    def import_status(self, project: Project) -> dict[str, Any]:
        started = project.fork_import
        return {
            **self.project_identity(project),
            "import_status": project.import_status,
            "import_type": None,
            "correlation_id": f"01SIM{project.id:08d}",
            "failed_relations": [],
            "import_error": started.error if started and started.status == "failed" else None,
            "stats": None,
        }

    def deploy_token(self, token: DeployToken) -> dict[str, Any]:
        return {
            "id": token.id,
            "name": token.name,
            "username": token.username,
            "expires_at": token.expires_at,
            "scopes": list(token.scopes),
            "revoked": False,
            "expired": token.expired(self.clock.date().date().isoformat()),
        }
