"""Deletion: marked first and destroyed much later (18), or destroyed by a slow worker (17 and `permanently_remove`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

from simulators.gitlab.ask import Ask
from simulators.gitlab.errors import message, not_found
from simulators.gitlab.models import OWNER, Group, Project
from simulators.gitlab.params import Flag, Text
from simulators.gitlab.projects import conflicts

if TYPE_CHECKING:
    from simulators.gitlab.responses import GitLab

DAY = 86_400.0


def delete_project(ask: Ask) -> JSONResponse:
    """Always 202. What has happened then depends on the version and on `permanently_remove`."""
    project = ask.project(OWNER)
    given = ask.fields(Flag("permanently_remove"), Text("full_path"))
    if ask.lab.rules.version < 18:
        destroy(ask.lab, project)
    elif given.get("permanently_remove"):
        _check_permanent(project, given)
        destroy(ask.lab, project)
    else:
        _mark_once(ask.lab, project)
    return JSONResponse({"message": "202 Accepted"}, 202)


def _check_permanent(project: Project, given: dict[str, Any]) -> None:
    if project.marked_at is None:
        raise message(400, "Project must be marked for deletion first.")
    if given.get("full_path") != project.full_path:
        raise message(400, "`full_path` is incorrect. You must enter the complete path for the project.")


def _mark_once(lab: GitLab, project: Project) -> None:
    if project.marked_at is not None:
        raise message(400, "Project has been already marked for deletion")
    mark(lab, project)


def mark(lab: GitLab, project: Project) -> None:
    """The project lives on under another name, and its path is free at once."""
    project.marked_at = project.updated_at = lab.clock.now()
    project.name_before = (project.name, project.path)
    suffix = f"-deletion_scheduled-{project.id}"
    old = project.full_path.lower()
    lab.store.move_project(project, project.namespace, project.name + suffix, project.path + suffix)
    if lab.rules.deleted_path == "missing":
        lab.store.redirects.pop(old, None)


def destroy(lab: GitLab, project: Project) -> None:
    """Nobody sees it any more, but until the worker is done its path is taken."""
    project.destroy_at = lab.clock.now() + lab.rules.delete_seconds


def advance(lab: GitLab, project: Project) -> bool:
    """Has the project's time come? Then it is gone, and True."""
    now = lab.clock.now()
    over = project.marked_at is not None and now >= project.marked_at + lab.rules.deletion_days * DAY
    if not over and (project.destroy_at is None or now < project.destroy_at):
        return False
    lab.store.remove_project(project)
    return True


def restore(ask: Ask) -> dict[str, Any]:
    project = ask.project(OWNER)
    if project.marked_at is None or project.name_before is None:
        raise not_found()
    name, path = project.name_before
    if problems := conflicts(ask, project.namespace, name, path, project.id):
        raise message(400, problems)
    ask.lab.store.move_project(project, project.namespace, name, path)
    project.marked_at = project.name_before = None
    return ask.lab.entities.project_for(project, ask.lab.store.access(ask.me, project))


def mark_group(lab: GitLab, group: Group) -> None:
    group.marked_at = lab.clock.now()
    group.name_before = (group.name, group.path)
    suffix = f"-deletion_scheduled-{group.id}"
    lab.store.rename_namespace(group, group.name + suffix, group.path + suffix)


def destroy_group(lab: GitLab, group: Group) -> None:
    """With everything below it, deepest first."""
    spaces = sorted(lab.store.below(group), key=lambda space: -len(space.chain()))
    for space in spaces:
        for project in lab.store.projects_in(space):
            lab.store.remove_project(project)
        lab.store.remove_namespace(space)
