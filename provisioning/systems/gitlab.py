"""GitLab: projects, their branches, files, hooks and tokens. It knows the REST API of versions 16 to 19, CE and EE.

A client belongs to one step and one thread; to make one costs 0.1 ms, its connections are shared.
"""

from collections.abc import Sequence
from typing import Any

from gitlab.utils import EncodedId

from provisioning.systems import redaction
from provisioning.systems.errors import Conflict
from provisioning.systems.gitlab_shapes import (
    Action,
    Commit,
    DeployToken,
    File,
    Group,
    Hook,
    Project,
    Protection,
    Raw,
    User,
)
from provisioning.systems.gitlab_wire import Moved, Wire, required, unexpected

__all__ = [
    "Action", "Commit", "DeployToken", "File", "GitLab", "Group", "Hook", "Project", "Protection", "User",
]  # fmt: skip


class GitLab:
    """What the platform does in GitLab. Every verb may raise the errors of systems/errors.py.

    `before_write` is called right before each call that changes something; what it raises keeps it from being sent.
    """

    def __init__(self, url: str, token: str, **options: Any) -> None:
        """`options` are those of http.Session: before_write, timeout, verify, on_call."""
        self.wire = Wire(url, token, **options)

    # --- The platform's own account ----------------------------------------------------------------------------

    def version(self) -> str:
        """GitLab's version, e.g. 18.2.1."""
        return required(self.wire.get("its version", "/version", lambda raw: str(raw["version"])), "its version")

    def whoami(self) -> User:
        """Whose token it is."""
        return required(self.wire.get("the token's user", "/user", User.of), "the token's user")

    # --- Groups and projects -----------------------------------------------------------------------------------

    def group(self, path: str) -> Group | None:
        """The group at this full path; its display name would not find it."""
        return self.wire.get(f"the group {path}", f"/groups/{EncodedId(path)}", Group.of, with_projects=False)

    def create_group(self, path: str, name: str) -> Group:
        """Make a private group. A path with a slash is made below its parent, which must be there."""
        parent, _, last = path.rpartition("/")
        body: Raw = {"name": name, "path": last, "visibility": "private"}
        if parent:
            body["parent_id"] = required(self.group(parent), f"the group {parent}").id
        return self.wire.post(f"the group {path}", "/groups", Group.of, body)

    def project(self, ref: int | str) -> Project | None:
        """The project with this id, or at exactly this full path.

        A path that only was a project's (renamed, moved away, deleted: GitLab then redirects, or answers with the
        project under its new path) is free, so nothing is there. A project that is marked for deletion and kept its
        path is there: its name is not free yet.
        """
        try:
            found = self.wire.get(f"the project {ref}", f"/projects/{EncodedId(ref)}", Project.of)
        except Moved:
            return None
        if found is not None and isinstance(ref, str) and found.path.casefold() != ref.casefold():
            return None
        return found

    def create_project(
        self, group_id: int, path: str, name: str, description: str = "", visibility: str = "private"
    ) -> Project:
        """Make an empty project."""
        body = {"namespace_id": group_id, "path": path, "name": name, "description": description}
        return self.wire.post(f"the project {path}", "/projects", Project.of, body | {"visibility": visibility})

    def fork(self, template_id: int, *, group: str, path: str, name: str, description: str) -> Project:
        """Ask for a fork. It is empty until `import_status` is finished, and nobody may write to it before.

        Both `path` and `name` are sent: each is taken from the template otherwise, and clashes at the second fork.
        """
        body = {"namespace_path": group, "path": path, "name": name, "description": description}
        return self.wire.post(f"the fork {group}/{path}", f"/projects/{template_id}/fork", Project.of, body)

    def delete_project(self, project_id: int) -> None:
        """Delete it. From GitLab 18 on it is only marked, and its path is free at once; before, a little later."""
        self.wire.delete(f"the project {project_id}", f"/projects/{project_id}")

    # --- Protected branches ------------------------------------------------------------------------------------

    def protection(self, project_id: int, branch: str) -> Protection | None:
        """Who may push and merge; None when the branch is not protected."""
        path = f"/projects/{project_id}/protected_branches/{EncodedId(branch)}"
        return self.wire.get(f"the protection of {branch} in project {project_id}", path, Protection.of)

    def protect(self, project_id: int, branch: str, push: int = 30, merge: int = 30) -> Protection:
        """Protect `branch` so that roles from these levels on may push and merge (30: developers, 40: maintainers).

        A change is DELETE and POST, which CE and EE both know: a PATCH of levels is 200 without effect in CE. GitLab
        protects a fork's default branch itself shortly after the import, so the POST may meet a rule again: then it
        is compared once more. Between DELETE and POST the branch is open to developers, who shall push anyway.
        """
        for _ in range(2):
            found = self.protection(project_id, branch)
            if found is not None and found.allows(push, merge):
                return found
            self.replace_protection(project_id, branch, push, merge, found)
        found = self.protection(project_id, branch)
        if found is None or not found.allows(push, merge):
            unexpected(f"the protection of {branch} in project {project_id}", f"{found}")
        return found

    def replace_protection(self, project_id: int, branch: str, push: int, merge: int, old: Protection | None) -> None:
        """One try to put the rule in place of `old`. That another rule came in between is for the caller to see."""
        subject = f"the protection of {branch} in project {project_id}"
        path = f"/projects/{project_id}/protected_branches"
        if old is not None:
            self.wire.delete(subject, f"{path}/{EncodedId(branch)}")
        body = {"name": branch, "push_access_level": push, "merge_access_level": merge}
        try:
            self.wire.post(subject, path, Protection.of, body)
        except Conflict:
            return

    # --- Files -------------------------------------------------------------------------------------------------

    def read_file(self, project_id: int, path: str, ref: str) -> File | None:
        """A text file as it is on the branch; None when the file, or the branch, is not there."""
        url = f"/projects/{project_id}/repository/files/{EncodedId(path)}"
        return self.wire.get(f"the file {path} in project {project_id}", url, File.of, ref=ref)

    def commit(self, project_id: int, branch: str, message: str, actions: list[Action]) -> Commit:
        """All actions in one commit, or none. Raises Changed when somebody else was faster: read again and merge."""
        body = {"branch": branch, "commit_message": message, "actions": [action.raw() for action in actions]}
        subject = f"the commit to {branch} in project {project_id}"
        return self.wire.post(subject, f"/projects/{project_id}/repository/commits", Commit.of, body)

    # --- Webhooks ----------------------------------------------------------------------------------------------

    def hooks(self, project_id: int) -> list[Hook]:
        """All webhooks of the project. GitLab accepts any number of equal ones."""
        return self.wire.rows(f"the webhooks of project {project_id}", f"/projects/{project_id}/hooks", Hook.of)

    def create_hook(
        self,
        project_id: int,
        *,
        url: str,
        name: str,
        description: str,
        secret: str,
        push_events: bool = True,
        branch_filter: str = "",
    ) -> Hook:
        """Make a webhook. GitLab shows `secret` to the receiver with each delivery, and to nobody else."""
        subject, path = f"the webhook of project {project_id}", f"/projects/{project_id}/hooks"
        with redaction.secret(secret):
            body = hook_body(url, name, description, secret, push_events, branch_filter)
            return self.wire.post(subject, path, Hook.of, body)

    def update_hook(
        self,
        project_id: int,
        hook_id: int,
        *,
        url: str,
        name: str,
        description: str,
        secret: str,
        push_events: bool = True,
        branch_filter: str = "",
    ) -> Hook:
        """Set all of the webhook, its secret included: that cannot be read, so it cannot be compared."""
        subject, path = f"the webhook {hook_id} of project {project_id}", f"/projects/{project_id}/hooks/{hook_id}"
        with redaction.secret(secret):
            body = hook_body(url, name, description, secret, push_events, branch_filter)
            return self.wire.put(subject, path, Hook.of, body)

    def delete_hook(self, project_id: int, hook_id: int) -> None:
        """Delete it; that it is gone already is success."""
        self.wire.delete(f"the webhook {hook_id} of project {project_id}", f"/projects/{project_id}/hooks/{hook_id}")

    # --- Deploy tokens -----------------------------------------------------------------------------------------

    def deploy_tokens(self, project_id: int) -> list[DeployToken]:
        """The tokens that still work, without their values."""
        subject, path = f"the deploy tokens of project {project_id}", f"/projects/{project_id}/deploy_tokens"
        found = self.wire.rows(subject, path, active_token, active=True)
        return [token for token in found if token is not None]

    def create_deploy_token(
        self, project_id: int, name: str, username: str | None = None, scopes: Sequence[str] = ("read_repository",)
    ) -> DeployToken:
        """Make a token. Its value is in this answer only; a lost one is replaced, never found again."""
        body: Raw = {"name": name, "scopes": list(scopes)} | ({"username": username} if username else {})
        subject, path = f"the deploy token of project {project_id}", f"/projects/{project_id}/deploy_tokens"
        return self.wire.post(subject, path, new_token, body)

    def delete_deploy_token(self, project_id: int, token_id: int) -> None:
        """Revoke it; that it is gone already is success."""
        subject = f"the deploy token {token_id} of project {project_id}"
        self.wire.delete(subject, f"/projects/{project_id}/deploy_tokens/{token_id}")


def hook_body(url: str, name: str, description: str, secret: str, push_events: bool, branch_filter: str) -> Raw:
    """A webhook as GitLab takes it. An empty filter means every branch."""
    return {
        "url": url,
        "name": name,
        "description": description,
        "token": secret,
        "push_events": push_events,
        "push_events_branch_filter": branch_filter,
    }


def active_token(raw: Raw) -> DeployToken | None:
    """A token that works: not every version keeps the others out of the list."""
    return None if raw.get("revoked") or raw.get("expired") else DeployToken.of(raw)


def new_token(raw: Raw) -> DeployToken:
    """A token with its value, without which the answer is useless."""
    if not raw["token"]:
        raise ValueError("no token")
    return DeployToken.of(raw)
