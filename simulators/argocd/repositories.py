"""Repositories that Argo CD knows, with the credentials that nobody sees again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulators.argocd.addresses import normal
from simulators.argocd.errors import NOT_FOUND, UNKNOWN, Refusal, denied, wrapped
from simulators.argocd.git import Credentials, GitFault, Remotes
from simulators.argocd.gostruct import different
from simulators.argocd.metadata import Versions

Record = dict[str, Any]
FAILED_TEST = "error testing repository connectivity: unable to ls-remote HEAD on repository: "
NO_STATE = {"status": "", "message": "", "attemptedAt": None}


@dataclass
class Tested:
    """What a connection test found, and until when nobody looks again."""

    state: dict[str, Any]
    until: float


def credentials(record: Record) -> Credentials:
    return Credentials(record.get("username", ""), record.get("password", ""))


def brief(record: Record) -> Record:
    """What create and update answer: no credentials and no test result."""
    shown = {name: record[name] for name in ("repo", "type", "name") if record.get(name)}
    return shown | {"connectionState": NO_STATE}


@dataclass
class Repositories:
    """By normal address and project ("" for all). A test that succeeded is believed for `remember()` seconds."""

    versions: Versions
    remotes: Remotes
    remember: Callable[[], float]
    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    _tested: dict[tuple[str, Credentials], Tested] = field(default_factory=dict)

    def find(self, url: str, project: str | None = None) -> Record:
        """403 for what is not there; a wrong project is told apart, with 500."""
        found = [record for (address, _), record in self.records.items() if address == normal(url)]
        if not found:
            raise denied()
        if project:
            found = [record for record in found if record.get("project", "") == project]
        if len(found) == 1:
            return found[0]
        problem = "not found" if not found else "is ambiguous"
        raise Refusal(UNKNOWN, f'repository {problem} for url "{url}" and project "{project or ""}"')

    def for_application(self, url: str, project: str) -> Record:
        """The project's own record, else the common one, else a public repository."""
        common = self.records.get((normal(url), ""))
        return self.records.get((normal(url), project)) or common or {"repo": url}

    def scoped_to(self, project: str) -> list[str]:
        return [record["repo"] for (_, owner), record in self.records.items() if owner == project and project]

    async def test(self, record: Record) -> None:
        """500 code 2 when the repository cannot be read with these credentials, or has no commit."""
        try:
            await self.remotes.refs(record["repo"], credentials(record))
        except GitFault as fault:
            raise Refusal(UNKNOWN, FAILED_TEST + str(fault)) from fault
        state = {"status": "Successful", "message": "", "attemptedAt": self.versions.now()}
        self._tested[record["repo"], credentials(record)] = Tested(state, self.versions.clock.now() + self.remember())

    async def create(self, given: Record, upsert: bool) -> Record:
        """Tested first unless a project owns it; stored as it came; the same again is fine, another one is not."""
        if not given.get("project"):
            await self.test(given)
        key = (normal(given["repo"]), given.get("project", ""))
        existing = self.records.get(key)
        if existing is None:
            self.records[key] = dict(given)
            return brief(given)
        seen = existing | {"type": existing.get("type") or "git"}
        if seen == given:
            return brief(given)
        if not upsert:
            raise different("repository", seen, given)
        self.records[key] = dict(given)
        return given | {"connectionState": {"status": "Successful", "message": "", "attemptedAt": None}}

    def update(self, url: str, given: Record) -> Record:
        key = (normal(url), given.get("project", ""))
        if key not in self.records:
            raise Refusal(NOT_FOUND, f"repo '{url}' not found")
        self.records[key] = given | {"repo": self.records[key]["repo"]}
        return brief(self.records[key])

    def delete(self, record: Record) -> None:
        """Nobody looks whether applications use it."""
        del self.records[normal(record["repo"]), record.get("project", "")]

    async def public(self, record: Record, fresh: bool = False) -> Record:
        """A record as GET shows it: without credentials, with the state of its connection."""
        hidden = ("username", "password", "sshPrivateKey", "tlsClientCertData", "tlsClientCertKey", "bearerToken")
        shown = {name: value for name, value in record.items() if name not in hidden}
        return shown | {"type": record.get("type") or "git", "connectionState": await self.connection(record, fresh)}

    async def all(self, records: list[Record]) -> list[Record]:
        return list(await asyncio.gather(*(self.public(record) for record in records)))

    async def connection(self, record: Record, fresh: bool) -> dict[str, Any]:
        """Successful or Failed; a failed connection is still HTTP 200."""
        key, now = (record["repo"], credentials(record)), self.versions.clock.now()
        if not fresh and (known := self._tested.get(key)) and known.until > now:
            return known.state
        try:
            await self.test(record)
        except Refusal as refusal:
            message = f"Unable to connect to repository: {wrapped(UNKNOWN, refusal.message)}"
            return {"status": "Failed", "message": message, "attemptedAt": self.versions.now()}
        return self._tested[key].state

    def state(self) -> list[dict[str, Any]]:
        return [
            {
                "repo": record["repo"],
                "project": record.get("project", ""),
                "type": record.get("type", ""),
                "username": record.get("username", ""),
                "has_password": bool(record.get("password")),
            }
            for record in self.records.values()
        ]
