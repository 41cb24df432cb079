"""git clone, fetch and push over HTTP: GitLab decides who may, `git http-backend` does the work."""

from __future__ import annotations

import asyncio
import base64
import binascii
import gzip
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from simulators.gitlab import protection
from simulators.gitlab.changes import after_write
from simulators.gitlab.models import DEVELOPER, GUEST, DeployToken, Group, Project, User
from simulators.system import Call

if TYPE_CHECKING:
    from simulators.gitlab.responses import GitLab

ADDRESS = re.compile(r"/(?P<path>.+?)(?P<git>\.git)?/(?P<service>info/refs|git-upload-pack|git-receive-pack|HEAD)")
PUSH = "git-receive-pack"
DENIED = "HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect."
NO_PROJECT = "The project you were looking for could not be found or you don't have permission to view it."
READ_ONLY = "You are not allowed to upload code."
ARCHIVED = "You can't push code to an archived project."
PROTECTED = "GitLab: You are not allowed to push code to protected branches on this project."
TIMEOUT = 120
WORKERS = ThreadPoolExecutor(32, "git-http-backend")  # its own: git clients of other systems may fill the common one
PRE_RECEIVE = '#!/bin/sh\necho "$SIMULATOR_REFUSAL" >&2\nexit 1\n'


@dataclass(frozen=True)
class Caller:
    """Who came with the password: a user, or a deploy token and where it counts."""

    user: User | None = None
    token: DeployToken | None = None
    holder: Group | Project | None = None


class Refused(Exception):
    """Ends a git request with this answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        challenge = {"WWW-Authenticate": 'Basic realm="GitLab"'} if status == 401 else None
        self.response = PlainTextResponse(text, status, challenge)


def is_git(call: Call) -> bool:
    return ADDRESS.fullmatch(call.path) is not None


async def serve(lab: GitLab, call: Call) -> Response:
    """One of git's three requests."""
    match = ADDRESS.fullmatch(call.path)
    assert match
    path, service = unquote(match["path"]), match["service"]
    if not match["git"]:
        query = f"?{call.query_string}" if call.query_string else ""
        return RedirectResponse(f"{lab.url}/{path}.git/{service}{query}", 301)
    pushing = service == PUSH or call.query.get("service") == PUSH
    try:
        project, caller = admit(lab, call, path, pushing)
    except Refused as refused:
        return refused.response
    if service == PUSH:
        return await push(lab, call, project, caller)
    return await backend(call, project, service)


def admit(lab: GitLab, call: Call, path: str, pushing: bool) -> tuple[Project, Caller]:
    """The project and who asks; 401 without a good password, 404 for the invisible, 403 for a forbidden push."""
    caller = authenticate(lab, call)
    found = lab.store.project(path) or lab.store.projects.get(lab.store.moved(path) or 0)
    project = lab.current(found) if found else None
    if project is None or project.destroy_at is not None or not may_read(lab, caller, project):
        known = caller.user or caller.token
        raise Refused(404, NO_PROJECT) if known else Refused(401, DENIED)
    if pushing:
        check_push(lab, caller, project)
    return project, caller


def authenticate(lab: GitLab, call: Call) -> Caller:
    """A personal token counts with any username, a deploy token only with its own; a wrong password is 401 at once."""
    header = call.headers.get("authorization", "")
    if not header.lower().startswith("basic "):
        return Caller()
    try:
        username, _, secret = base64.b64decode(header[6:]).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as problem:
        raise Refused(401, DENIED) from problem
    if (credential := lab.store.credentials.get(secret)) and credential.state == "active":
        user = lab.store.users[credential.user_id]
        if user.state == "active":
            return Caller(user)
    if (found := deploy_token(lab, secret)) and found.token and found.token.username == username:
        return found
    raise Refused(401, DENIED)


def deploy_token(lab: GitLab, secret: str) -> Caller | None:
    """The living deploy token of that value."""
    today = lab.clock.date().date().isoformat()
    holders: list[Group | Project] = [*lab.store.projects.values(), *lab.store.groups()]
    for holder in holders:
        for token in holder.deploy_tokens.values():
            if token.secret == secret and not token.expired(today):
                return Caller(None, token, holder)
    return None


def may_read(lab: GitLab, caller: Caller, project: Project) -> bool:
    if project.visibility == "public":
        return True
    if caller.token:
        covers = caller.holder is project or caller.holder in project.namespace.chain()
        return covers and "read_repository" in caller.token.scopes
    return caller.user is not None and lab.store.access(caller.user, project) > GUEST


def check_push(lab: GitLab, caller: Caller, project: Project) -> None:
    if caller.user is None:
        raise Refused(403 if caller.token else 401, READ_ONLY if caller.token else DENIED)
    if project.archived:
        raise Refused(403, ARCHIVED)
    if lab.store.access(caller.user, project) < DEVELOPER:
        raise Refused(403, READ_ONLY)


async def push(lab: GitLab, call: Call, project: Project, caller: Caller) -> Response:
    """Let git take the push, then do what follows from the refs that really moved."""
    assert caller.user
    if call.headers.get("content-encoding") == "gzip":
        call.content = gzip.decompress(call.content)
    async with project.writing:
        before = project.repository.refs()
        refs = commands(call.content)
        response = await backend(call, project, PUSH, extra_environment(lab, caller.user, project, refs))
        after = project.repository.refs()
        moved = {ref: (before.get(ref), after.get(ref)) for ref in refs if before.get(ref) != after.get(ref)}
        if moved:
            after_write(lab, project, caller.user, moved)
    return response


def commands(content: bytes) -> list[str]:
    """The refs that a push wants to change: pkt-lines `old new ref\\0capabilities` up to the flush."""
    refs, at = [], 0
    while len(head := content[at : at + 4]) == 4 and (size := int(head, 16)) > 4:
        line = content[at + 4 : at + size].partition(b"\0")[0].rstrip(b"\n")
        refs.append(line.split(b" ", 2)[2].decode())
        at += size
    return refs


def extra_environment(lab: GitLab, user: User, project: Project, refs: list[str]) -> dict[str, str]:
    """Makes git refuse in GitLab's words what the branch protection forbids."""
    branches = [ref.removeprefix("refs/heads/") for ref in refs if ref.startswith("refs/heads/")]
    rules = [rule for branch in branches for rule in protection.rules_for(project, branch)]
    settings = {"safe.directory": "*"}
    environment = {}
    if any(not rule.allow_force_push for rule in rules):
        settings |= {"receive.denyNonFastForwards": "true", "receive.denyDeletes": "true"}
    if not all(protection.may_push(lab, user, project, branch) for branch in branches):
        settings["core.hooksPath"] = str(refusing_hooks(lab.store.folder))
        environment["SIMULATOR_REFUSAL"] = PROTECTED
    return environment | git_settings(settings)


def git_settings(settings: dict[str, str]) -> dict[str, str]:
    found = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return found


def refusing_hooks(folder: Path) -> Path:
    """A hooks directory whose pre-receive refuses everything."""
    hooks = folder / "refusing-hooks"
    if not hooks.exists():
        hooks.mkdir()
        (hooks / "pre-receive").write_text(PRE_RECEIVE)
        (hooks / "pre-receive").chmod(0o755)
    return hooks


async def backend(call: Call, project: Project, service: str, more: dict[str, str] | None = None) -> Response:
    """Run git's CGI program in a thread: it speaks the protocol, with the request on its standard input."""
    path = project.repository.path
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(path.parent),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_PROJECT_ROOT": str(path.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{path.name}/{service}",
        "REQUEST_METHOD": call.method,
        "QUERY_STRING": call.query_string,
        "CONTENT_TYPE": call.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(call.content)),
        "REMOTE_USER": "git",
        "REMOTE_ADDR": "127.0.0.1",
        "GIT_PROTOCOL": call.headers.get("git-protocol", ""),
        **(more or git_settings({"safe.directory": "*"})),
    }
    if service != PUSH and call.headers.get("content-encoding") == "gzip":
        environment["HTTP_CONTENT_ENCODING"] = "gzip"
    output = await asyncio.get_running_loop().run_in_executor(WORKERS, run_git, environment, call.content)
    return from_cgi(output)


def run_git(environment: dict[str, str], content: bytes) -> bytes:
    command = ["git", "http-backend"]
    done = subprocess.run(command, input=content, env=environment, capture_output=True, timeout=TIMEOUT, check=False)
    return done.stdout


def from_cgi(output: bytes) -> Response:
    head, _, body = output.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
    status = int(headers.pop("Status", "200").split()[0]) if head else 500
    return Response(body, status, headers)
