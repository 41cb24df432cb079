"""Branches and tags."""

from __future__ import annotations

import re
from typing import Any

from simulators.gitlab import protection
from simulators.gitlab.ask import Ask
from simulators.gitlab.changes import after_write
from simulators.gitlab.commits import render as render_commit
from simulators.gitlab.errors import forbidden, message, not_found
from simulators.gitlab.models import DEVELOPER, Project
from simulators.gitlab.paging import Page
from simulators.gitlab.params import Text
from simulators.gitlab.repository import Author

GOOD_REF = re.compile(r"(?!.*(\.\.|//|@\{|/\.|\.lock(/|$)))[^/.\-\s~^:?*\[\\][^\s~^:?*\[\\]*(?<![/.])")


def render(ask: Ask, project: Project, name: str, sha: str) -> dict[str, Any]:
    rules = protection.rules_for(project, name)
    return {
        "name": name,
        "commit": render_commit(ask, project, sha),
        "merged": False,
        "protected": bool(rules),
        "developers_can_push": any(rule.access_level == DEVELOPER for one in rules for rule in one.push),
        "developers_can_merge": any(rule.access_level == DEVELOPER for one in rules for rule in one.merge),
        "can_push": ask.user is not None and protection.may_push(ask.lab, ask.user, project, name),
        "default": name == project.default_branch,
        "web_url": f"{ask.lab.entities.web_url(project)}/-/tree/{name}",
    }


def list_branches(ask: Ask) -> Page:
    project = ask.project()
    wanted = str(ask.data.get("search", "")).lower()
    found = [(name, sha) for name, sha in project.repository.branches().items() if wanted in name.lower()]
    return Page(found, lambda item: render(ask, project, *item))


def get_branch(ask: Ask) -> dict[str, Any]:
    project, name = ask.project(), ask.path["branch"]
    sha = project.repository.branch(name)
    if sha is None:
        raise not_found("Branch")
    return render(ask, project, name, sha)


async def create_branch(ask: Ask) -> dict[str, Any]:
    project = ask.project(DEVELOPER)
    given = ask.fields(Text("branch", True), Text("ref", True))
    async with project.writing:
        name, sha = given["branch"], project.repository.resolve(given["ref"])
        if not GOOD_REF.fullmatch(name):
            raise message(400, "Branch name is invalid")
        if project.repository.branch(name):
            raise message(400, "Branch already exists")
        if sha is None:
            raise message(400, f"Invalid reference name: {given['ref']}")
        if not protection.may_push(ask.lab, ask.me, project, name):
            raise forbidden()
        _move(ask, project, f"refs/heads/{name}", None, sha)
        return render(ask, project, name, sha)


async def delete_branch(ask: Ask) -> None:
    project, name = ask.project(DEVELOPER), ask.path["branch"]
    async with project.writing:
        sha = project.repository.branch(name)
        if sha is None:
            raise not_found("Branch")
        if name == project.default_branch:
            raise message(405, "Cannot remove HEAD branch")
        if not protection.may_push(ask.lab, ask.me, project, name):
            raise forbidden("You are not allowed to delete this branch")
        _move(ask, project, f"refs/heads/{name}", sha, None)


def _move(ask: Ask, project: Project, ref: str, before: str | None, after: str | None) -> None:
    project.repository.move(ref, before, after)
    after_write(ask.lab, project, ask.me, {ref: (before, after)})


def render_tag(ask: Ask, project: Project, name: str, target: str) -> dict[str, Any]:
    note = project.repository.annotation(target)
    sha = project.repository.peel(target) or target
    return {
        "name": name,
        "message": note.message.decode() if note and note.message else "",
        "target": target,
        "commit": render_commit(ask, project, sha),
        "release": None,
        "protected": False,
        "created_at": ask.lab.clock.iso(note.tag_time) if note else None,
    }


def list_tags(ask: Ask) -> Page:
    project = ask.project()
    found = list(reversed(project.repository.tags().items()))
    return Page(found, lambda item: render_tag(ask, project, *item))


def _tag(ask: Ask) -> tuple[Project, str, str]:
    project, name = ask.project(), ask.path["tag_name"]
    target = project.repository.tag(name)
    if target is None:
        raise not_found("Tag")
    return project, name, target


def get_tag(ask: Ask) -> dict[str, Any]:
    return render_tag(ask, *_tag(ask))


async def create_tag(ask: Ask) -> dict[str, Any]:
    """An existing tag is 400, not 409."""
    project = ask.project(DEVELOPER)
    given = ask.fields(Text("tag_name", True), Text("ref", True), Text("message"))
    async with project.writing:
        name, sha = given["tag_name"], project.repository.resolve(given["ref"])
        if not GOOD_REF.fullmatch(name):
            raise message(400, "Tag name invalid")
        if project.repository.tag(name):
            raise message(400, f"Tag {name} already exists")
        if sha is None:
            raise message(400, f"Target {given['ref']} is invalid")
        target = _annotate(ask, project, name, sha, given["message"]) if given.get("message") else sha
        _move(ask, project, f"refs/tags/{name}", None, target)
        return render_tag(ask, project, name, target)


def _annotate(ask: Ask, project: Project, name: str, sha: str, text: str) -> str:
    tagger = Author(ask.me.name, ask.me.email, ask.lab.clock.now())
    return project.repository.write_tag(name, sha, text, tagger)


async def delete_tag(ask: Ask) -> None:
    project, name, target = _tag(ask)
    async with project.writing:
        _move(ask, project, f"refs/tags/{name}", target, None)
