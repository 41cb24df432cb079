"""How GitLab is spoken to: python-gitlab without its habits, and GitLab's way of saying no.

python-gitlab sleeps and sends again on 429, POST included, and has no timeout: both are off. Its low-level calls are
used, since a Project object of it costs 0.6 ms (eighty managers), more than the call.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import gitlab
import requests
from gitlab.exceptions import GitlabError, GitlabHttpError

from provisioning.systems import redaction
from provisioning.systems.answers import Peer, about, current, judged, shaped, trace, unsure, words
from provisioning.systems.errors import Busy, Changed, Conflict, Invalid, SystemFault
from provisioning.systems.gitlab_shapes import Raw
from provisioning.systems.http import USER_AGENT, Session

GITLAB = Peer("gitlab", "GitLab", "GITLAB_URL", "an administrator's token with scope api into GITLAB_TOKEN")
PAGE = 100  # Rows; GitLab gives no more at once.
STALE = re.compile(
    r"has changed since you started editing|A file with this name (already exists|doesn.t exist)", re.IGNORECASE
)
TAKEN = re.compile(r"already been taken|already exists", re.IGNORECASE)
NOT_YET = re.compile(r"still being deleted|Resource lock", re.IGNORECASE)
MARKED = re.compile(r"already marked for deletion", re.IGNORECASE)
MOVED = re.compile(r"/api/v4/projects/\d+/?$")

T = TypeVar("T")


class Moved(Conflict):
    """The path is an old one of a project that was renamed, transferred or deleted: nothing is there."""

    code = "moved"


class Api(gitlab.Gitlab):
    """python-gitlab as we want it."""

    def http_request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Never sleeps, never sends twice: that is the engine's, which parks the step and frees the worker.

        Our session raises before python-gitlab sees a 429; this holds for whatever else it may learn to repeat.
        """
        kwargs |= {"obey_rate_limit": False, "retry_transient_errors": False, "max_retries": 0}
        return super().http_request(*args, **kwargs)


class Wire:
    """The calls, with their faults. The noun files of this package build the verbs from it."""

    def __init__(self, url: str, token: str, **options: Any) -> None:
        redaction.register(token)
        session = Session(GITLAB, url, judge=judge, **options)
        self.api = Api(
            session.url,
            private_token=token,
            session=session,
            timeout=session.timeout,  # type: ignore[arg-type]  # requests takes a pair as well
            ssl_verify=session.verify,  # type: ignore[arg-type]
            user_agent=USER_AGENT,
        )

    def get(self, subject: str, path: str, build: Callable[[Raw], T], **query: Any) -> T | None:
        """One object; None when GitLab says that there is no such."""
        with speaking(subject):
            try:
                raw = self.api.http_get(path, query_data=query)
            except GitlabHttpError as error:
                if is_absence(error):
                    return None
                raise
            return shaped(GITLAB, build, raw)

    def rows(self, subject: str, path: str, build: Callable[[Raw], T], **query: Any) -> list[T]:
        """All rows of all pages; none when what they belong to is not there."""
        with speaking(subject):
            try:
                return [shaped(GITLAB, build, row) for page in self.pages(path, query) for row in page]
            except GitlabHttpError as error:
                if is_absence(error):
                    return []
                raise

    def pages(self, path: str, query: Raw) -> Iterator[list[Raw]]:
        """Page after page, by number: GitLab's own links lead to its external address, where we may not be at home."""
        page = 1
        while page:
            asked = {"per_page": PAGE, "page": page, **query}
            response = self.api.http_request("get", path, query_data=asked)
            yield shaped(GITLAB, list_of_objects, response.json())
            page = next_page(response, page)

    def post(self, subject: str, path: str, build: Callable[[Raw], T], body: Raw) -> T:
        """Create something."""
        with speaking(subject):
            return shaped(GITLAB, build, self.api.http_post(path, post_data=body))

    def put(self, subject: str, path: str, build: Callable[[Raw], T], body: Raw) -> T:
        """Change something."""
        with speaking(subject):
            return shaped(GITLAB, build, self.api.http_put(path, post_data=body))

    def delete(self, subject: str, path: str) -> None:
        """Delete something. That it is gone, or on its way, is success."""
        with speaking(subject):
            try:
                self.api.http_delete(path)
            except GitlabHttpError as error:
                if not is_absence(error) and not MARKED.search(words(error.error_message)):
                    raise


@contextmanager
def speaking(subject: str) -> Iterator[None]:
    """Name the object, and turn python-gitlab's errors into ours."""
    with about(subject):
        try:
            yield
        except GitlabHttpError as error:
            raise fault_of(error) from None
        except GitlabError as error:  # Its other errors mean: an answer that is not GitLab's.
            raise unsure(GITLAB, "not the data that its API promises", type(error).__name__) from None


def list_of_objects(raw: Any) -> list[Raw]:
    """A page of rows."""
    if not isinstance(raw, list) or not all(isinstance(row, dict) for row in raw):
        raise TypeError("not a list of objects")
    return raw


def next_page(response: requests.Response, page: int) -> int:
    """The number of the next page; 0 after the last, whose X-Next-Page is there and empty."""
    header = response.headers.get("X-Next-Page")
    if header is None:
        return page + 1 if len(response.json()) == PAGE else 0
    following = int(header) if header.isdecimal() else 0
    return following if following > page else 0


def is_absence(error: GitlabHttpError) -> bool:
    """A 404 about a record. An unknown route says so under `error`, not `message`; a page is no JSON at all."""
    said = error.error_message
    return error.response_code == 404 and isinstance(said, str) and b'"message"' in (error.response_body or b"")


def judge(peer: Peer, response: requests.Response) -> SystemFault | None:
    """The rules for all systems, and GitLab's redirect from an old path to a project's id.

    A redirect from id to id, or from path to path, is none of GitLab's own: http to https, or a log-in page.
    """
    target, asked = response.headers.get("Location", ""), response.request.url or ""
    if response.status_code in (301, 302) and MOVED.search(target) and not MOVED.search(asked):
        return Moved(peer.key, f"{current.get().subject} has moved.", detail=trace(response))
    return judged(peer, response)


def fault_of(error: GitlabHttpError) -> SystemFault:
    """GitLab's 4xx by what it says: it uses 400, 409 and 422 for the same things in different places."""
    said, subject, detail = words(readable(error)), current.get().subject, f"{error.response_code}: "
    detail += said
    if NOT_YET.search(said):
        return Busy(
            "gitlab",
            f"GitLab has not let go of it yet: {subject} ({said}).",
            after=5.0,
            hint="Nothing to do: it goes on by itself.",
            detail=detail,
        )
    if STALE.search(said):
        message = f"GitLab did not take {subject}: somebody else changed it meanwhile."
        return Changed("gitlab", message, hint="Nothing to do: it is read again.", detail=detail)
    if error.response_code == 409 or TAKEN.search(said):
        hint = "Rename or remove what has the name in GitLab if nobody needs it, then retry."
        return Conflict(
            "gitlab", f"GitLab has something of that name already: {subject} ({said}).", hint=hint, detail=detail
        )
    return invalid(error, said, subject, detail)


def invalid(error: GitlabHttpError, said: str, subject: str, detail: str) -> Invalid:
    """What stays: a wrong value, something missing that the call needs, or a call that GitLab does not know."""
    code, whose = error.response_code, "requester"
    hint = "Correct what GitLab names, then retry."
    if code == 404:
        hint, whose = (
            "What the call needs is not in GitLab, or the token may not see it. Look there, then retry.",
            "operator",
        )
    elif code not in (400, 422):
        hint, whose = "Check that GITLAB_URL is GitLab's address and that its version is supported.", "operator"
    elif "url given" in said:
        hint = (
            "Allow requests to the local network in GitLab (Admin, Settings, Network, Outbound requests), "
            "or use an address that GitLab accepts, then retry."
        )
        whose = "operator"
    return Invalid(
        "gitlab", f"GitLab does not accept {subject}: {said} ({code}).", hint=hint, detail=detail, whose=whose
    )


def readable(error: GitlabHttpError) -> Any:
    """What python-gitlab found in the body: JSON as it is; bytes are a body that is no JSON, which is not quoted."""
    said: Any = error.error_message
    return "no reason" if isinstance(said, bytes) or not said else said


def required(found: T | None, subject: str) -> T:
    """What must be there."""
    if found is None:
        hint = "Make it in GitLab, or give the platform's account the right to see it, then retry."
        raise Invalid("gitlab", f"GitLab has not got {subject}.", hint=hint, whose="operator")
    return found


def unexpected(subject: str, why: str) -> NoReturn:
    """A write that was answered with success, and still is not there when read back."""
    message = f"GitLab says it is done, but reads back otherwise: {subject} ({why})."
    raise Changed("gitlab", message, hint="It is tried again by itself. If it goes on, look who else changes it.")
