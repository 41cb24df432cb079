"""Forks: answered at once, copied in the background."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from simulators.gitlab import imports
from simulators.gitlab.ask import Ask
from simulators.gitlab.errors import STILL_DELETED, message, not_found
from simulators.gitlab.models import MAINTAINER, OWNER, REPORTER, VISIBILITIES, Group, Namespace, Project
from simulators.gitlab.paging import Page
from simulators.gitlab.params import Flag, Text
from simulators.gitlab.projects import conflicts, list_of, name_problems, new_project, target_namespace

FIELDS = (
    Text("namespace_id"),
    Text("namespace_path"),
    Text("namespace"),
    Text("path"),
    Text("name"),
    Text("description"),
    Text("visibility", values=VISIBILITIES),
    Text("branches"),
    Flag("mr_default_target_self"),
)
SENTENCES = {"project_namespace.name": "Project namespace name", "name": "Name", "path": "Path"}


def create_fork(ask: Ask) -> dict[str, Any]:
    """201 means scheduled. A conflict is 409 with a *list* of sentences; `POST /projects` says 400 with an object."""
    source = ask.project()
    user, store = ask.me, ask.lab.store
    if store.access(user, source) < REPORTER and source.visibility == "private":
        raise not_found()
    given = ask.fields(*FIELDS)
    space = _target(ask, given)
    name, path = given.get("name", source.name), given.get("path", source.path)
    if problems := name_problems(name, path) or conflicts(ask, space, name, path):
        raise message(409, sentences(problems))
    project = new_project(ask, space, name, path, source.default_branch or "main")
    _inherit(project, source, space, given)
    project.fork_import = imports.schedule(ask.lab)
    store.add_project(project)
    return ask.lab.entities.project_for(project, store.access(user, project))


def _target(ask: Ask, given: dict[str, Any]) -> Namespace:
    """namespace_id before namespace_path before namespace; none of them: the caller's own space."""
    key = given.get("namespace_id") or given.get("namespace_path") or given.get("namespace")
    return target_namespace(ask, key or str(ask.me.namespace_id), "Target Namespace")


def _inherit(project: Project, source: Project, space: Namespace, given: dict[str, Any]) -> None:
    """Neither hooks nor members nor protected branches come along, and the default branch is unknown for now."""
    project.forked_from = source.id
    project.default_branch = None
    project.description = given.get("description", source.description)
    project.topics = list(source.topics)
    project.only_branch = given.get("branches")
    limits = [source.visibility, given.get("visibility", "public")]
    if isinstance(space, Group):
        limits.append(space.visibility)
    project.visibility = min(limits, key=VISIBILITIES.index)


def sentences(problems: dict[str, list[str]]) -> list[str]:
    """Rails' full messages, as a fork's 409 gives them."""
    found = []
    for name, texts in problems.items():
        found += [text if text == STILL_DELETED else f"{SENTENCES[name]} {text}" for text in texts]
    return found


def list_forks(ask: Ask) -> Page:
    return list_of(ask, ask.lab.store.forks_of(ask.project()))


def import_status(ask: Ask) -> dict[str, Any]:
    project = ask.project()
    imports.look(project)
    return ask.lab.entities.import_status(project)


def relate(ask: Ask) -> dict[str, Any]:
    """Say afterwards that a project is a fork of another."""
    project, source = ask.project(MAINTAINER), ask.project(key="forked_from_id")
    if project.forked_from is not None:
        raise message(409, "Project already forked")
    project.forked_from = source.id
    return ask.lab.entities.project(project)


def unrelate(ask: Ask) -> Response:
    """204; 304 when it is no fork."""
    project = ask.project(OWNER)
    was, project.forked_from = project.forked_from, None
    return Response(status_code=304 if was is None else 204)
