"""What the repo-server does: ask a repository over smart HTTP what it has, and read the files of one commit."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from stat import S_ISDIR

import httpx
from dulwich.object_store import MemoryObjectStore
from dulwich.objects import Blob, Commit, ObjectID, Tree

SHA = re.compile(r"[0-9a-f]{40}")
REMEMBERED = 500


class GitFault(Exception):
    """Why a repository cannot be read, in the words of the git library."""


@dataclass(frozen=True)
class Credentials:
    username: str = ""
    password: str = ""

    @property
    def auth(self) -> tuple[str, str] | None:
        return (self.username, self.password) if self.password else None


@dataclass(frozen=True)
class Refs:
    """Names as git has them (`refs/heads/main`) and the commit that HEAD means."""

    head: str
    names: dict[str, str]

    def resolve(self, revision: str) -> str:
        """The commit of a branch, tag or full sha; a full sha is not looked up at all."""
        if revision in ("", "HEAD"):
            return self.head
        for prefix in ("refs/heads/", "refs/tags/", ""):
            if found := self.names.get(prefix + revision):
                return self.names.get(f"{prefix}{revision}^{{}}", found)
        if SHA.fullmatch(revision):
            return revision
        raise GitFault(f"unable to resolve '{revision}' to a commit SHA")


@dataclass(frozen=True)
class Snapshot:
    """The tree of one commit."""

    store: MemoryObjectStore
    root: ObjectID

    def entry(self, path: str) -> tuple[int, ObjectID] | None:
        """Mode and id of what lies at a path; None when nothing does."""
        mode, found = 0o040000, self.root
        for part in [one for one in path.split("/") if one not in ("", ".")]:
            tree = self.store[found] if S_ISDIR(mode) else None
            if not isinstance(tree, Tree) or part.encode() not in tree:
                return None
            mode, found = tree[part.encode()]
        return mode, found

    def folder(self, path: str) -> str | None:
        """The id of the folder's tree, which is equal exactly when its content is."""
        found = self.entry(path)
        return found[1].decode() if found and S_ISDIR(found[0]) else None

    def file(self, path: str) -> bytes | None:
        found = self.entry(path)
        blob = self.store[found[1]] if found and not S_ISDIR(found[0]) else None
        return blob.data if isinstance(blob, Blob) else None


class Remotes:
    """All repositories out there. Commits never change, so their files are fetched once."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self._snapshots: OrderedDict[str, Snapshot] = OrderedDict()

    async def refs(self, url: str, credentials: Credentials) -> Refs:
        """`ls-remote`; GitFault when it cannot be reached, read, or has no commit."""
        address = f"{url.rstrip('/')}/info/refs"
        query = {"service": "git-upload-pack"}
        response = await self._ask("GET", address, credentials, params=query)
        names = dict(advertised(response.content))
        if not names:
            raise GitFault("failed to list refs: remote repository is empty")
        return Refs(names.get("HEAD", ""), names)

    async def snapshot(self, url: str, credentials: Credentials, sha: str) -> Snapshot:
        """The files of one commit, without its history."""
        if found := self._snapshots.get(sha):
            return found
        wants = packet(f"want {sha} ofs-delta\n") + packet("deepen 1\n") + b"0000" + packet("done\n")
        headers = {"Content-Type": "application/x-git-upload-pack-request"}
        address = f"{url.rstrip('/')}/git-upload-pack"
        response = await self._ask("POST", address, credentials, content=wants, headers=headers)
        snapshot = unpack(response.content, sha)
        self._snapshots[sha] = snapshot
        if len(self._snapshots) > REMEMBERED:
            self._snapshots.popitem(last=False)
        return snapshot

    async def _ask(self, method: str, url: str, credentials: Credentials, **more: object) -> httpx.Response:
        try:
            response = await self.http.request(
                method,
                url,
                auth=credentials.auth,
                follow_redirects=True,
                **more,  # type: ignore[arg-type]
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise GitFault(f'failed to list refs: Get "{url}": {type(error).__name__}') from error
        if response.status_code != 200:
            raise GitFault(f"failed to list refs: {refusal(response, url)}")
        return response


def refusal(response: httpx.Response, url: str) -> str:
    known = {
        401: "authentication required: HTTP Basic: Access denied",
        403: "authorization failed",
        404: "repository not found",
    }
    return known.get(response.status_code, f'unexpected requesting "{url}" status code: {response.status_code}')


def packet(line: str) -> bytes:
    return f"{len(line) + 4:04x}{line}".encode()


def packets(content: bytes) -> Iterator[bytes]:
    """The pkt-lines of an answer; a flush packet is empty."""
    at = 0
    while at + 4 <= len(content):
        try:
            size = int(content[at : at + 4], 16)
        except ValueError as error:
            raise GitFault("failed to list refs: invalid pkt-len found") from error
        yield content[at + 4 : at + size] if size > 4 else b""
        at += max(size, 4)


def advertised(content: bytes) -> Iterator[tuple[str, str]]:
    """Name and sha of every ref; an empty repository shows `capabilities^{}` or nothing."""
    for line in packets(content):
        sha, _, name = line.split(b"\0")[0].strip().decode("utf-8", "replace").partition(" ")
        if SHA.fullmatch(sha) and name and not name.startswith("capabilities^{}"):
            yield name, sha


def unpack(content: bytes, sha: str) -> Snapshot:
    """A snapshot out of the answer of upload-pack: some pkt-lines, then a pack."""
    start = content.find(b"PACK")
    if start < 0:
        raise GitFault(f"unable to resolve '{sha}' to a commit SHA")
    store, pack = MemoryObjectStore(), BytesIO(content[start:])
    store.add_thin_pack(pack.read, pack.read)
    commit = store[ObjectID(sha.encode())]
    if not isinstance(commit, Commit):
        raise GitFault(f"unable to resolve '{sha}' to a commit SHA")
    return Snapshot(store, commit.tree)
