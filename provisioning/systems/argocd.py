"""Argo CD: its projects, repositories and applications. Facts about it: its API, version 3.5.

There is no client library for it worth the name, so these are plain calls. What is odd about them:
- every call but GET carries exactly `Content-Type: application/json`, a DELETE without a body too, or it is a 415
- 404 means absent only for projects, and for applications when their project is named; otherwise absent is 403
- 500 with code 2 is as often a wrong input as a broken server; 400 stands for conflicts, too
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

import requests

from provisioning.systems import redaction
from provisioning.systems.answers import Peer, about, current, judged, misused, refused, said, shaped, trace, unsure
from provisioning.systems.argocd_shapes import Application, Project, Raw, Repository, User, same_url
from provisioning.systems.errors import Busy, Changed, Conflict, Invalid, Refused, SystemFault
from provisioning.systems.http import Session

__all__ = ["Application", "ArgoCD", "Project", "Repository", "User", "same_url"]

ARGOCD = Peer("argocd", "Argo CD", "ARGOCD_URL", "an API key (a JWT) of an Argo CD account into ARGOCD_TOKEN")
# The codes of gRPC that an error body names.
UNKNOWN, NOT_FOUND, ABORTED = 2, 5, 10
DIFFERENT = re.compile(r"existing .* spec is different", re.IGNORECASE)
DYING = re.compile(r"is deleting|is being deleted", re.IGNORECASE)
EMPTY = re.compile(r"repository is empty|reference not found|remote ref HEAD", re.IGNORECASE)
NOT_CONNECTED = re.compile(r"error testing repository connectivity|repository not accessible", re.IGNORECASE)
NOT_LET_IN = re.compile(
    r"authentication required|access denied|authorization failed|permission denied|\b40[13]\b", re.IGNORECASE
)
# Plain Go errors that blame the input; any other code 2 may be the server's own trouble.
INPUT = re.compile(r"may not be empty|repository not found for url|out of range|is invalid", re.IGNORECASE)

T = TypeVar("T")


class ArgoCD:
    """What the platform does in Argo CD. Every verb may raise the errors of systems/errors.py."""

    def __init__(self, url: str, token: str, **options: Any) -> None:
        """`options` are those of http.Session: before_write, timeout, verify, on_call."""
        redaction.register(token)
        self.session = Session(ARGOCD, url, judge=judge, **options)
        self.session.headers["Authorization"] = f"Bearer {token}"

    def userinfo(self) -> User:
        """Whose token it is. Argo CD answers 200 to anybody, so `loggedIn` decides."""
        with about("the token's account"):
            raw = self.call("GET", "/session/userinfo").json()
            if not isinstance(raw, dict) or raw.get("loggedIn") is not True:
                hint = f"Put {ARGOCD.credential}, then retry. Anything that is not a JWT counts as no token."
                raise Refused("argocd", "Argo CD does not know the platform's token.", hint=hint)
            return shaped(ARGOCD, User.of, raw)

    # --- Projects ----------------------------------------------------------------------------------------------

    def project(self, name: str) -> Project | None:
        """The AppProject; None when there is none."""
        return self.one(f"the project {name}", f"/projects/{segment(name)}", Project.of)

    def create_project(self, project: Project) -> Project:
        """Make it. One that is there and differs is a Conflict: it is never overwritten, others may share it."""
        with about(f"the project {project.name}"):
            response = self.call("POST", "/projects", json={"project": project.raw(), "upsert": False})
            return shaped(ARGOCD, Project.of, response.json())

    def update_project(self, project: Project) -> Project:
        """Replace the whole spec by one made from what was read. Raises Changed when somebody else was faster."""
        with about(f"the project {project.name}"):
            response = self.call("PUT", f"/projects/{segment(project.name)}", json={"project": project.raw()})
            return shaped(ARGOCD, Project.of, response.json())

    # --- Repositories ------------------------------------------------------------------------------------------

    def repositories(self) -> list[Repository]:
        """All that we may see, with what Argo CD last knew of their connection."""
        return self.listed("the repositories", "/repositories", Repository.of)

    def repository(self, url: str, *, project: str = "", refresh: bool = False) -> Repository | None:
        """The repository with the state of its connection, tested now with `refresh`. A failed one is no error here.

        A repository that is not there is 403 like one that we may not see; the list tells which.
        """
        query = ({"appProject": project} if project else {}) | ({"forceRefresh": "true"} if refresh else {})
        with about(f"the repository {url}", leave=frozenset({403, 404})):
            response = self.call("GET", f"/repositories/{segment(url)}", params=query)
            if response.status_code < 400:
                return shaped(ARGOCD, Repository.of, response.json())
            self.prove_absence(url, response)
            return None

    def register_repository(
        self, url: str, *, username: str, password: str, name: str = "", project: str = "", upsert: bool = False
    ) -> Repository:
        """Let Argo CD read the repository. Without a project it connects first, and stores nothing if that fails.

        An empty repository is Busy: its import has no branch yet. With `upsert` the answer echoes the password; no part
        of it is kept.
        """
        body = {
            "type": "git",
            "repo": url,
            "username": username,
            "password": password,
            "name": name,
            "project": project,
        }
        filled = {key: value for key, value in body.items() if value}
        with about(f"the repository {url}"), redaction.secret(password):
            query = {"upsert": str(upsert).lower()}
            return shaped(ARGOCD, Repository.of, self.call("POST", "/repositories", params=query, json=filled).json())

    def delete_repository(self, url: str, *, project: str = "") -> None:
        """Forget it, whether applications use it or not. Gone already is success: a 403, and not in the list."""
        query = {"appProject": project} if project else {}
        with about(f"the repository {url}", leave=frozenset({403, 404})):
            response = self.call("DELETE", f"/repositories/{segment(url)}", params=query)
            if response.status_code >= 400:
                self.prove_absence(url, response)

    def prove_absence(self, url: str, response: requests.Response) -> None:
        """Raise what the 403 or 404 says, unless the list, which never says 403, is without the repository."""
        if any(same_url(repository.url, url) for repository in self.repositories()):
            raise refused(ARGOCD, response)

    # --- Applications ------------------------------------------------------------------------------------------

    def application(self, name: str, project: str) -> Application | None:
        """The application, if it is in that project. Without the project an absent one would be a 403."""
        path = f"/applications/{segment(name)}"
        return self.one(f"the application {name}", path, Application.of, {"project": project})

    def find_application(self, name: str) -> Application | None:
        """The application in whatever project we may see: names are global in Argo CD."""
        found = self.listed(f"the application {name}", "/applications", Application.of, {"name": name})
        return next((application for application in found if application.name == name), None)

    def create_application(self, body: Raw) -> Application:
        """Make it, never over another. The same again is the same application; a different one is a Conflict."""
        name = body["metadata"]["name"]
        with about(f"the application {name}"):
            query = {"upsert": "false", "validate": "true"}
            made = shaped(ARGOCD, Application.of, self.call("POST", "/applications", params=query, json=body).json())
        if made.deleting:  # Argo CD says 200 with the dying one, and then it is gone.
            raise dying(f"the application {name}", "")
        return made

    def delete_application(self, name: str, project: str) -> None:
        """Delete it and what it deployed. It stays readable, `deleting`, until that is gone."""
        query = {"project": project, "cascade": "true", "propagationPolicy": "foreground"}
        with about(f"the application {name}", leave=frozenset({404})):
            response = self.call("DELETE", f"/applications/{segment(name)}", params=query)
            if response.status_code == 404 and not is_absence(response):
                raise unsure(ARGOCD, "a 404 that is not its own", trace(response))

    # --- How ---------------------------------------------------------------------------------------------------

    def one(self, subject: str, path: str, build: Callable[[Any], T], query: Raw | None = None) -> T | None:
        """One object; None when Argo CD says that there is no such."""
        with about(subject, leave=frozenset({404})):
            response = self.call("GET", path, params=query)
            if response.status_code < 400:
                return shaped(ARGOCD, build, response.json())
            if is_absence(response):
                return None
            raise unsure(ARGOCD, "a 404 that is not its own", trace(response))

    def listed(self, subject: str, path: str, build: Callable[[Any], T], query: Raw | None = None) -> list[T]:
        """All that we may see; an empty list may come as null."""
        with about(subject):
            items = shaped(ARGOCD, items_of, self.call("GET", path, params=query).json())
            return [shaped(ARGOCD, build, item) for item in items]

    def call(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """A call; what its verb did not ask to judge itself comes back only if it went well."""
        if method != "GET" and "json" not in kwargs:
            kwargs["headers"] = {"Content-Type": "application/json"}
        response = self.session.call(method, f"/api/v1{path}", **kwargs)
        if response.status_code >= 400 and response.status_code not in current.get().leave:
            raise fault_of(response)
        return response


def judge(peer: Peer, response: requests.Response) -> SystemFault | None:
    """The rules for all systems; a 500 of code 2 is a plain error of Go, and read like a 400."""
    if response.status_code == 500 and code_of(response) == UNKNOWN:
        return None
    return judged(peer, response)


def fault_of(response: requests.Response) -> SystemFault:
    """Argo CD's no, by what it says: the status alone tells too little."""
    why, subject, code, detail = said(response), current.get().subject, code_of(response), trace(response)
    if NOT_CONNECTED.search(why):
        return not_connected(why, subject, detail)
    if DIFFERENT.search(why) or (response.status_code == 409 and code != ABORTED):
        hint = "Rename or remove what has the name in Argo CD if nobody needs it, then retry."
        return Conflict(
            "argocd", f"Argo CD has something else of that name: {subject} ({why}).", hint=hint, detail=detail
        )
    if DYING.search(why):
        return dying(subject, detail)
    if code == ABORTED:
        message = f"Argo CD did not take {subject}: somebody else changed it meanwhile."
        return Changed("argocd", message, hint="Nothing to do: it is read again.", detail=detail)
    if code is None or response.status_code not in (400, 404, 500):
        return misused(ARGOCD, response)
    if code == UNKNOWN and not INPUT.search(why):
        return unsure(ARGOCD, "error 500 of its own", detail)
    hint = "Correct what Argo CD names, then retry."
    return Invalid("argocd", f"Argo CD does not accept {subject}: {why}.", hint=hint, detail=detail)


def not_connected(why: str, subject: str, detail: str) -> SystemFault:
    """Argo CD could not read the repository; nothing was stored.

    An empty one is about to be filled. A credential that GitLab refuses would be refused again: somebody must look.
    Anything else is the way between Argo CD and GitLab, which may mend.
    """
    if EMPTY.search(why):
        message, hint = f"Argo CD finds no commit yet: {subject}.", "Nothing to do: it goes on by itself."
        return Busy("argocd", message, after=2.0, hint=hint, detail=detail)
    hint = "Check that Argo CD reaches GitLab at this address, and that the deploy token it got works, then retry."
    if NOT_LET_IN.search(why):
        message = f"Argo CD is not let in by GitLab: {subject}."
        return Invalid("argocd", message, hint=hint, detail=detail, whose="operator")
    return unsure(ARGOCD, "it cannot reach the repository", detail)


def dying(subject: str, detail: str) -> Busy:
    """The name is not free yet."""
    message, hint = f"Argo CD is still deleting what had this name: {subject}.", "Nothing to do: it goes on by itself."
    return Busy("argocd", message, after=5.0, hint=hint, detail=detail)


def code_of(response: requests.Response) -> int | None:
    """The gRPC code in the body; None when it is not Argo CD's own error."""
    try:
        code = response.json()["code"]
    except (ValueError, KeyError, TypeError):
        return None
    return code if isinstance(code, int) else None


def is_absence(response: requests.Response) -> bool:
    """A 404 of Argo CD's own; that of an unknown route is plain text."""
    return response.status_code == 404 and code_of(response) == NOT_FOUND


def items_of(raw: Raw) -> list[Raw]:
    """The items of a list."""
    return list(raw["items"] or [])


def segment(text: str) -> str:
    """One path segment. The server unescapes it with the rules of a query, so a plus must be escaped as well."""
    return quote(text, safe="")
