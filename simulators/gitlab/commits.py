"""Commits by API: several actions at once, all or none, with optimistic locking per action."""

from __future__ import annotations

import base64
import binascii
import difflib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from simulators.gitlab import protection
from simulators.gitlab.ask import Ask
from simulators.gitlab.changes import after_write
from simulators.gitlab.errors import error, forbidden, message, not_found
from simulators.gitlab.models import DEVELOPER, Project
from simulators.gitlab.paging import Page
from simulators.gitlab.params import Flag, Records, Text
from simulators.gitlab.repository import EXECUTABLE, FILE, Author, Entry, Repository

MISSING = "A file with this name doesn't exist"
EXISTS = "A file with this name already exists"
NOT_ON_BRANCH = "You can only create or edit files when you are on a branch"
BRANCH_EXISTS = "A branch called '{}' already exists. Switch to that branch in order to make changes"
NOT_ALLOWED = "You are not allowed to push into this branch"
ACTIONS = ("create", "update", "move", "delete", "chmod")
ENCODINGS = ("text", "base64")
AUTHOR_FIELDS = (Text("author_name"), Text("author_email"), Text("start_branch"), Text("start_sha"), Flag("force"))
BASE_FIELDS = (Text("branch", True), Text("commit_message", True))


@dataclass
class Draft:
    """Changes on top of a commit (none in an empty repository); each action sees what those before it did."""

    repository: Repository
    base: str | None
    changes: dict[str, Entry | None] = field(default_factory=dict)

    def entry(self, path: str) -> Entry | None:
        if path in self.changes:
            return self.changes[path]
        return self.repository.entry(self.base, path) if self.base else None

    def lines_changed(self) -> tuple[int, int]:
        """Lines added and removed."""
        added = removed = 0
        for path, now in self.changes.items():
            was = self.repository.entry(self.base, path) if self.base else None
            old, new = self._lines(was), self._lines(now)
            blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
            same = sum(block.size for block in blocks)
            added, removed = added + len(new) - same, removed + len(old) - same
        return added, removed

    def _lines(self, entry: Entry | None) -> list[bytes]:
        return self.repository.content(entry).splitlines() if entry else []


async def create_commit(ask: Ask) -> dict[str, Any]:
    project = ask.project(DEVELOPER)
    given = ask.fields(*BASE_FIELDS, Records("actions", True), *AUTHOR_FIELDS, Flag("stats"))
    check_actions(given["actions"])
    sha, stats = await write(ask, project, given, given["actions"])
    found = detail(ask, project, sha)
    if given.get("stats", True):
        found["stats"] = stats
    return found


def check_actions(actions: list[dict[str, Any]]) -> None:
    problems = []
    for number, action in enumerate(actions):
        for name, values in (("action", ACTIONS), ("file_path", None), ("encoding", ENCODINGS)):
            value = action.get(name)
            if value in (None, "") and name != "encoding":
                problems.append(f"actions[{number}][{name}] is missing")
            elif value is not None and values and value not in values:
                problems.append(f"actions[{number}][{name}] does not have a valid value")
        if action.get("action") == "move" and not action.get("previous_path"):
            problems.append(f"actions[{number}][previous_path] is missing")
    if problems:
        raise error(400, ", ".join(problems))


async def write(
    ask: Ask, project: Project, given: dict[str, Any], actions: list[dict[str, Any]]
) -> tuple[str, dict[str, int]]:
    """Make one commit and move the branch; sha and line counts."""
    async with project.writing:  # a push waits: git and dulwich would meet in `.lock` files
        return _write(ask, project, given, actions)


def _write(
    ask: Ask, project: Project, given: dict[str, Any], actions: list[dict[str, Any]]
) -> tuple[str, dict[str, int]]:
    branch, repository = given["branch"], project.repository
    if not protection.may_push(ask.lab, ask.me, project, branch):
        raise forbidden(NOT_ALLOWED)
    before = repository.branch(branch)
    base = _base(project, given, before)
    draft = Draft(repository, base)
    for action in actions:
        apply(draft, action)
    author, committer = _people(ask, given)
    added, removed = draft.lines_changed()
    sha = repository.write_commit([base] if base else [], draft.changes, given["commit_message"], author, committer)
    if not repository.move(f"refs/heads/{branch}", before, sha):
        raise message(400, "Could not update refs/heads/" + branch + ". Please refresh and try again.")
    after_write(ask.lab, project, ask.me, {f"refs/heads/{branch}": (before, sha)})
    return sha, {"additions": added, "deletions": removed, "total": added + removed}


def _base(project: Project, given: dict[str, Any], before: str | None) -> str | None:
    """The commit to build on; None in an empty repository."""
    repository, branch = project.repository, given["branch"]
    start = given.get("start_sha") or given.get("start_branch")
    if start and start != branch:
        if before is not None and not given.get("force"):
            raise message(400, BRANCH_EXISTS.format(branch))
        before = repository.resolve(start)
    if before is None and repository.branches():
        raise message(400, NOT_ON_BRANCH)
    return before


def _people(ask: Ask, given: dict[str, Any]) -> tuple[Author, Author]:
    user, now = ask.me, ask.lab.clock.now()
    author = Author(given.get("author_name", user.name), given.get("author_email", user.email), now)
    return author, Author(user.name, user.email, now)


def apply(draft: Draft, action: dict[str, Any]) -> None:
    """One action; 400 in GitLab's words when it does not fit. Only `create` never looks at last_commit_id."""
    kind, path = action["action"], action["file_path"]
    if ".." in path.split("/") or path.startswith("/"):
        raise message(400, "Path cannot include directory traversal")
    if kind == "create":
        _create(draft, path, action)
        return
    source = action["previous_path"] if kind == "move" else path
    _check_unchanged(draft, source, action.get("last_commit_id"))
    entry = draft.entry(source)
    if entry is None:
        raise message(400, MISSING)
    _change(draft, kind, source, entry, action)


def _create(draft: Draft, path: str, action: dict[str, Any]) -> None:
    if draft.entry(path) is not None:
        raise message(400, EXISTS)
    mode = EXECUTABLE if action.get("execute_filemode") else FILE
    draft.changes[path] = Entry(mode, draft.repository.add_file(content_of(action)))


def _change(draft: Draft, kind: str, source: str, entry: Entry, action: dict[str, Any]) -> None:
    path = action["file_path"]
    if kind == "delete":
        draft.changes[path] = None
    elif kind == "chmod":
        draft.changes[path] = Entry(EXECUTABLE if action.get("execute_filemode") else FILE, entry.sha)
    elif kind == "update":
        draft.changes[path] = Entry(entry.mode, draft.repository.add_file(content_of(action)))
    else:
        if draft.entry(path) is not None:
            raise message(400, EXISTS)
        sha = draft.repository.add_file(content_of(action)) if action.get("content") is not None else entry.sha
        draft.changes[source], draft.changes[path] = None, Entry(entry.mode, sha)


def _check_unchanged(draft: Draft, path: str, expected: str | None) -> None:
    if expected is None or draft.base is None:
        return
    last = draft.repository.last_commit(draft.base, path)
    if last is not None and last != expected:
        raise message(400, f"The file has changed since you started editing it: {path}")


def content_of(action: dict[str, Any]) -> bytes:
    text = action.get("content") or ""
    if action.get("encoding") != "base64":
        return str(text).encode()
    try:
        return base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError) as problem:
        raise error(400, "content is invalid") from problem


# reading


def render(ask: Ask, project: Project, sha: str) -> dict[str, Any]:
    commit = project.repository.commit(sha)
    text = commit.message.decode("utf-8", "replace")
    author, author_email = _person(commit.author)
    committer, committer_email = _person(commit.committer)
    made = _time(commit.commit_time)
    return {
        "id": sha,
        "short_id": sha[:8],
        "created_at": made,
        "parent_ids": [parent.decode() for parent in commit.parents],
        "title": text.partition("\n")[0],
        "message": text,
        "author_name": author,
        "author_email": author_email,
        "authored_date": _time(commit.author_time),
        "committer_name": committer,
        "committer_email": committer_email,
        "committed_date": made,
        "trailers": trailers(text),
        "extended_trailers": {name: [value] for name, value in trailers(text).items()},
        "web_url": f"{ask.lab.entities.web_url(project)}/-/commit/{sha}",
    }


def detail(ask: Ask, project: Project, sha: str) -> dict[str, Any]:
    return {**render(ask, project, sha), "status": None, "project_id": project.id, "last_pipeline": None}


def _person(line: bytes) -> tuple[str, str]:
    name, _, email = line.decode("utf-8", "replace").partition(" <")
    return name, email.rstrip(">")


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def trailers(text: str) -> dict[str, str]:
    """`Provision-Request: 1234` lines of the last paragraph, as git reads them."""
    paragraphs = text.strip().split("\n\n")
    lines = paragraphs[-1].splitlines() if len(paragraphs) > 1 else []
    pairs = [line.partition(": ") for line in lines]
    whole = all(mark and " " not in name for name, mark, _ in pairs)
    return {name: value for name, _, value in pairs} if whole else {}


def list_commits(ask: Ask) -> Page:
    project = ask.project()
    given = ask.fields(Text("ref_name"), Text("path"))
    name = given.get("ref_name") or project.default_branch
    head = project.repository.resolve(name) if name else None
    if head is None and given.get("ref_name"):
        raise not_found("Commit")
    found = project.repository.history(head, given.get("path")) if head else []
    return Page(found, lambda sha: render(ask, project, sha), counted=False)


def get_commit(ask: Ask) -> dict[str, Any]:
    project = ask.project()
    sha = project.repository.resolve(ask.path["sha"])
    if sha is None:
        raise not_found("Commit")
    draft = Draft(project.repository, None)
    parents = project.repository.commit(sha).parents
    draft.base = parents[0].decode() if parents else None
    for paths in project.repository.changed_paths(sha).values():
        draft.changes |= {path: project.repository.entry(sha, path) for path in paths}
    added, removed = draft.lines_changed()
    stats = {"additions": added, "deletions": removed, "total": added + removed}
    return {**detail(ask, project, sha), "stats": stats}
