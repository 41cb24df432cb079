"""A plain page for people who follow a link to a project or group; the real pages are not part of the contract."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response

from simulators.gitlab.models import Group, Namespace, Project
from simulators.system import Call

if TYPE_CHECKING:
    from simulators.gitlab.responses import GitLab


def show(lab: GitLab, call: Call) -> Response:
    """What lies at a path: the files of a project, the projects of a group; 404 for anything else."""
    path = "/".join(call.segments).removeprefix("groups/").partition("/-/")[0].strip("/")
    found = lab.store.taken(path)
    if isinstance(found, Project) and (project := lab.current(found)):
        return _project(project)
    if isinstance(found, Namespace):
        return _namespace(lab, found)
    return HTMLResponse("<title>404</title><h1>Page not found</h1>", 404)


def _page(title: str, facts: list[str], items: list[str]) -> HTMLResponse:
    rows = "".join(f"<li>{item}</li>" for item in items)
    lines = "".join(f"<p>{escape(fact)}</p>" for fact in facts)
    return HTMLResponse(f"<!doctype html><title>{escape(title)}</title><h1>{escape(title)}</h1>{lines}<ul>{rows}</ul>")


def _project(project: Project) -> HTMLResponse:
    head = project.repository.branch(project.default_branch or "")
    files = project.repository.listing(head, "", True) if head else []
    facts = [
        project.description or "",
        f"Import: {project.import_status}. Default branch: {project.default_branch or 'none'} at {(head or '-')[:8]}.",
        f"Hooks: {len(project.hooks)}. Deploy tokens: {len(project.deploy_tokens)}.",
    ]
    return _page(project.full_path, facts, [escape(path) for path, _ in files or []])


def _namespace(lab: GitLab, space: Namespace) -> HTMLResponse:
    kind = "Group" if isinstance(space, Group) else "Person"
    projects = lab.store.projects_in(space)
    links = [f'<a href="{escape(lab.entities.web_url(one))}">{escape(one.full_path)}</a>' for one in projects]
    return _page(space.full_path, [f"{kind} {space.full_name}"], links)
