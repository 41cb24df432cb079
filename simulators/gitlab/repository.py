"""A bare git repository on disk: objects are read and written in this process, clones and pushes are git's own."""

from __future__ import annotations

import stat
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from dulwich.object_store import DiskObjectStore, commit_tree_changes
from dulwich.objects import Blob, Commit, ObjectID, Tag, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

HEADS, TAGS = b"refs/heads/", b"refs/tags/"
CONFIG = """\
[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
[gc]
	auto = 0
[receive]
	autogc = false
"""
HEAD = "ref: refs/heads/{}\n"
FILE, EXECUTABLE = 0o100644, 0o100755
_open: OrderedDict[Path, Repo] = OrderedDict()
OPEN_LIMIT = 200


@dataclass(frozen=True)
class Entry:
    """A file at some commit."""

    mode: int
    sha: bytes

    @property
    def executable(self) -> bool:
        return bool(self.mode & 0o111)


@dataclass(frozen=True)
class Author:
    name: str
    email: str
    at: float

    @property
    def line(self) -> bytes:
        return f"{self.name} <{self.email}>".encode()


class Repository:
    """Refs are given and returned by their short names, commits as 40 hex digits."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, default_branch: str) -> Repository:
        for folder in ("", "objects", "objects/info", "objects/pack", "refs", "refs/heads", "refs/tags"):
            (path / folder).mkdir()
        (path / "HEAD").write_text(HEAD.format(default_branch))
        (path / "config").write_text(CONFIG)
        return cls(path)

    @property
    def _repo(self) -> Repo:
        repo = _open.pop(self.path, None) or Repo(str(self.path))
        _open[self.path] = repo
        if len(_open) > OPEN_LIMIT:
            _open.popitem(last=False)[1].close()
        return repo

    @property
    def _store(self) -> DiskObjectStore:
        store = self._repo.object_store
        assert isinstance(store, DiskObjectStore)
        return store

    def refresh(self) -> None:
        """Forget what was read: dulwich reads the list of alternates once."""
        if repo := _open.pop(self.path, None):
            repo.close()

    def copy_from(self, source: Repository, refs: dict[str, str]) -> None:
        """Share the objects of `source` and start with these refs (full name -> sha), which are ours from now on."""
        self.refresh()
        self.refresh()
        alternates = source.path / "objects/info/alternates"
        shared = [str(source.path / "objects"), *(alternates.read_text().splitlines() if alternates.exists() else [])]
        (self.path / "objects/info/alternates").write_text("\n".join(shared) + "\n")
        lines = ["# pack-refs with: sorted ", *(f"{sha} {name}" for name, sha in sorted(refs.items()))]
        (self.path / "packed-refs").write_text("\n".join(lines) + "\n")

    def clear(self) -> None:
        """Take away every branch and tag."""
        refs = self._repo.refs
        for name in self._refs():
            refs.remove_if_equals(Ref(name), None)

    def set_head(self, branch: str) -> None:
        if (self.path / "HEAD").read_text() == HEAD.format(branch):
            return
        self._repo.refs.set_symbolic_ref(Ref(b"HEAD"), Ref(HEADS + branch.encode()))

    def _refs(self) -> dict[bytes, bytes]:
        found = self._repo.refs.as_dict(Ref(b"refs"))
        return {b"refs/" + name: sha for name, sha in found.items()}

    def refs(self) -> dict[str, str]:
        """Every ref by its full name."""
        return {name.decode(): sha.decode() for name, sha in self._refs().items()}

    def branches(self) -> dict[str, str]:
        return self._below(HEADS)

    def tags(self) -> dict[str, str]:
        """Tag name -> the object it points to (for an annotated tag that is the tag object)."""
        return self._below(TAGS)

    def _below(self, prefix: bytes) -> dict[str, str]:
        found = self._repo.refs.as_dict(Ref(prefix[:-1]))
        return {name.decode(): found[name].decode() for name in sorted(found)}

    def branch(self, name: str) -> str | None:
        return self._ref(HEADS + name.encode())

    def tag(self, name: str) -> str | None:
        return self._ref(TAGS + name.encode())

    def _ref(self, name: bytes) -> str | None:
        if not name.isascii() or b".." in name or name.endswith(b"/"):
            return None
        try:
            return self._repo.refs[Ref(name)].decode()
        except KeyError:
            return None

    def resolve(self, name: str) -> str | None:
        """The commit behind a branch, a tag or a (short) sha; None when there is none."""
        sha = self.branch(name) or self.tag(name) or self._by_prefix(name)
        return self.peel(sha) if sha else None

    def _by_prefix(self, prefix: str) -> str | None:
        if not 7 <= len(prefix) <= 40 or set(prefix) - set("0123456789abcdef"):
            return None
        stores = [self._store, *self._store.alternates]  # dulwich does not look for a prefix in the shared objects
        found = (sha.decode() for store in stores for sha in store.iter_prefix(ObjectID(prefix.encode())))
        return next(found, None)

    def peel(self, sha: str) -> str | None:
        """The commit that an object is or points to."""
        try:
            thing = self._store[ObjectID(sha.encode())]
        except KeyError:
            return None
        while isinstance(thing, Tag):
            thing = self._store[thing.object[1]]
        return thing.id.decode() if isinstance(thing, Commit) else None

    def commit(self, sha: str) -> Commit:
        found = self._store[ObjectID(sha.encode())]
        assert isinstance(found, Commit)
        return found

    def annotation(self, sha: str) -> Tag | None:
        found = self._store[ObjectID(sha.encode())]
        return found if isinstance(found, Tag) else None

    def entry(self, commit: str, path: str) -> Entry | None:
        """The file or folder at that path, as it was at that commit."""
        tree = self.commit(commit).tree
        parts = [part.encode() for part in path.split("/")]
        for depth, part in enumerate(parts):
            folder = self._store[tree]
            if not isinstance(folder, Tree) or part not in folder:
                return None
            mode, sha = folder[part]
            if depth == len(parts) - 1:
                return Entry(mode, sha)
            tree = sha
        return None

    def listing(self, commit: str, folder: str, recursive: bool) -> list[tuple[str, Entry]] | None:
        """Path and entry of what lies in a folder, as `git ls-tree` orders it; None when there is no such folder."""
        top = self.entry(commit, folder) if folder else Entry(stat.S_IFDIR, self.commit(commit).tree)
        if top is None or not stat.S_ISDIR(top.mode):
            return None
        return list(self._walk_tree(top.sha, f"{folder}/" if folder else "", recursive))

    def _walk_tree(self, sha: bytes, prefix: str, recursive: bool) -> list[tuple[str, Entry]]:
        tree = self._store[ObjectID(sha)]
        assert isinstance(tree, Tree)
        found = []
        for item in tree.iteritems():
            path = prefix + item.path.decode()
            found.append((path, Entry(item.mode, item.sha)))
            if recursive and stat.S_ISDIR(item.mode):
                found += self._walk_tree(item.sha, f"{path}/", True)
        return found

    def content(self, entry: Entry) -> bytes:
        return self._store[ObjectID(entry.sha)].as_raw_string()

    def history(self, head: str, path: str | None = None, limit: int | None = None) -> list[str]:
        """Commits reachable from `head`, newest first; with `path` only those that touched it."""
        paths = [path.encode()] if path else None
        walker = self._repo.get_walker(include=[ObjectID(head.encode())], paths=paths, max_entries=limit)
        return [item.commit.id.decode() for item in walker]

    def last_commit(self, head: str, path: str) -> str | None:
        """The last commit that touched a path: what optimistic locking compares."""
        return next(iter(self.history(head, path, 1)), None)

    def new_commits(self, before: str | None, after: str) -> list[str]:
        """Commits that `after` has and `before` has not, newest first."""
        exclude = [ObjectID(before.encode())] if before else []
        walker = self._repo.get_walker(include=[ObjectID(after.encode())], exclude=exclude)
        return [item.commit.id.decode() for item in walker]

    def changed_paths(self, commit: str) -> dict[str, list[str]]:
        """The paths that a commit added, modified and removed against its first parent."""
        parents = self.commit(commit).parents
        old = self.commit(parents[0].decode()).tree if parents else None
        found: dict[str, list[str]] = {"added": [], "modified": [], "removed": []}
        for (was, now), (mode_was, mode_now), _ in self._store.tree_changes(old, self.commit(commit).tree):
            kind = "added" if mode_was is None else "removed" if mode_now is None else "modified"
            found[kind].append((now or was or b"").decode())
        return found

    def add_file(self, content: bytes) -> bytes:
        blob = Blob.from_string(content)
        self._store.add_object(blob)
        return blob.id

    def write_commit(
        self, parents: list[str], changes: dict[str, Entry | None], text: str, author: Author, committer: Author
    ) -> str:
        """Store a commit on top of the first parent; no ref is moved. A change of None takes the file away."""
        base = self.commit(parents[0]).tree if parents else Tree()
        edits = [
            (path.encode(), entry.mode if entry else None, ObjectID(entry.sha) if entry else None)
            for path, entry in changes.items()
            if entry or (parents and self.entry(parents[0], path))
        ]
        commit = Commit()
        commit.tree = commit_tree_changes(self._store, base, edits)
        commit.parents = [ObjectID(parent.encode()) for parent in parents]
        commit.author, commit.committer = author.line, committer.line
        commit.author_time, commit.commit_time = int(author.at), int(committer.at)
        commit.author_timezone = commit.commit_timezone = 0
        commit.message = text.encode()
        self._store.add_object(commit)
        return commit.id.decode()

    def write_tag(self, name: str, target: str, text: str, tagger: Author) -> str:
        """Store an annotated tag object; no ref is moved."""
        tag = Tag()
        tag.name, tag.message, tag.tagger = name.encode(), text.encode(), tagger.line
        tag.tag_time, tag.tag_timezone = int(tagger.at), 0
        tag.object = (Commit, ObjectID(target.encode()))
        self._store.add_object(tag)
        return tag.id.decode()

    def move(self, ref: str, before: str | None, after: str | None) -> bool:
        """Set (or with None: create, delete) a full ref if it still is at `before`; False when somebody was faster."""
        refs, name = self._repo.refs, Ref(ref.encode())
        old = ObjectID(before.encode()) if before else None
        if after is None:
            return refs.remove_if_equals(name, old)
        if before is None:
            return refs.add_if_new(name, ObjectID(after.encode()))
        return refs.set_if_equals(name, old, ObjectID(after.encode()))
