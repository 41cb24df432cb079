"""Single files and the tree. Writing answers no sha: that is why a client uses commits."""

from __future__ import annotations

import base64
import hashlib
import stat
from typing import Any

from starlette.responses import JSONResponse, Response

from simulators.gitlab import commits
from simulators.gitlab.ask import Ask
from simulators.gitlab.errors import Problem, error, message, not_found
from simulators.gitlab.models import DEVELOPER, Project
from simulators.gitlab.paging import Page
from simulators.gitlab.params import Field, Flag, Text
from simulators.gitlab.repository import Entry

WRITE_FIELDS: tuple[Field, ...] = (
    *commits.BASE_FIELDS,
    *commits.AUTHOR_FIELDS,
    Text("encoding", values=commits.ENCODINGS),
    Text("last_commit_id"),
    Flag("execute_filemode"),
)
STALE = "You are attempting to update a file that has changed since you started editing it."


def _found(ask: Ask, ref: str | None) -> tuple[Project, str, str, Entry]:
    """Project, ref, its head and the file; a missing ref is a missing *commit*."""
    project = ask.project()
    ref = project.default_branch if ref in (None, "HEAD") else ref
    head = project.repository.resolve(ref) if ref else None
    if ref is None or head is None:
        raise not_found("Commit")
    entry = project.repository.entry(head, ask.path["file_path"])
    if entry is None or stat.S_ISDIR(entry.mode):
        raise not_found("File")
    return project, ref, head, entry


def _facts(ask: Ask) -> dict[str, Any]:
    """`commit_id` is the head of the ref; `last_commit_id` the last commit that touched the file: that one locks."""
    if not ask.data.get("ref"):
        raise error(400, "ref is missing")
    project, ref, head, entry = _found(ask, ask.data["ref"])
    path = ask.path["file_path"]
    content = project.repository.content(entry)
    return {
        "file_name": path.rpartition("/")[2],
        "file_path": path,
        "size": len(content),
        "encoding": "base64",
        "content_sha256": hashlib.sha256(content).hexdigest(),
        "ref": ref,
        "blob_id": entry.sha.decode(),
        "commit_id": head,
        "last_commit_id": project.repository.last_commit(head, path),
        "execute_filemode": entry.executable,
        "content": base64.b64encode(content).decode(),
    }


def get_file(ask: Ask) -> dict[str, Any]:
    return _facts(ask)


def head_file(ask: Ask) -> Response:
    """The same facts, without the content, as `X-Gitlab-*` headers."""
    facts = {name: value for name, value in _facts(ask).items() if name != "content"}
    words = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in facts.items()}
    return Response(headers={f"X-Gitlab-{name.replace('_', '-').title()}": text for name, text in words.items()})


def raw_file(ask: Ask) -> Response:
    project, _, _, entry = _found(ask, ask.data.get("ref"))
    return Response(project.repository.content(entry), media_type="text/plain")


async def create_file(ask: Ask) -> dict[str, Any]:
    return await _write(ask, "create", Text("content", True))


async def update_file(ask: Ask) -> dict[str, Any]:
    return await _write(ask, "update", Text("content", True))


async def delete_file(ask: Ask) -> Response:
    await _write(ask, "delete")
    return Response(status_code=204)


async def _write(ask: Ask, action: str, *more: Field) -> dict[str, Any]:
    """The path of the address counts; a `file_path` in the body does not."""
    project = ask.project(DEVELOPER)
    given = ask.fields(*WRITE_FIELDS, *more)
    path = ask.path["file_path"]
    step = {key: given.get(key) for key in ("content", "encoding", "last_commit_id", "execute_filemode")}
    try:
        await commits.write(ask, project, given, [{**step, "action": action, "file_path": path}])
    except Problem as problem:
        if "has changed since" in str(problem.body.get("message")):
            raise message(400, STALE) from problem
        raise
    return {"file_path": path, "branch": given["branch"]}


def tree(ask: Ask) -> Page | JSONResponse:
    project = ask.project()
    given = ask.fields(Text("path"), Text("ref"), Flag("recursive"))
    name = given.get("ref") or project.default_branch
    head = project.repository.resolve(name) if name else None
    found = None
    if head is not None:
        found = project.repository.listing(head, given.get("path", "").strip("/"), given.get("recursive", False))
    if found is None:
        raise not_found("Tree")
    return Page(found, lambda item: _node(*item))


def _node(path: str, entry: Entry) -> dict[str, str]:
    kind = "tree" if stat.S_ISDIR(entry.mode) else "blob"
    name = path.rpartition("/")[2]
    return {"id": entry.sha.decode(), "name": name, "type": kind, "path": path, "mode": f"{entry.mode:06o}"}
