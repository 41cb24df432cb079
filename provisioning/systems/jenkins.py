"""Jenkins: folders and jobs. python-jenkins reads; what changes something is written here.

Why not python-jenkins for the writes: its create asks, posts and asks again and turns a lost race into an HTTPError,
its delete follows a redirect that may end in a 403 although the job is gone, its folders know no description. Why not
its crumbs: it fetches one before the first call of any kind and puts it into a header that all clients of a process
share (jenkins.DEFAULT_HEADERS); an API token needs none, so none is ever asked for.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote
from xml.parsers import expat
from xml.sax.saxutils import escape

import jenkins
import requests
from requests.auth import HTTPBasicAuth

from provisioning.systems import redaction
from provisioning.systems.answers import Peer, about, current, judged, misused, shaped, trace, unsure, words
from provisioning.systems.errors import Busy, Conflict, Invalid, Refused, SystemFault, Unsure
from provisioning.systems.http import Session

CREDENTIAL = "an administrator and his API token into JENKINS_USER and JENKINS_TOKEN"
JENKINS = Peer("jenkins", "Jenkins", "JENKINS_URL", CREDENTIAL, json=False)
FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
FOLDER_XML = f"<{FOLDER}><description>{{}}</description></{FOLDER}>"
XML = {"Content-Type": "application/xml; charset=utf-8"}
DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>\s*")
ROOT_TAG = re.compile(r"\s*(<\?xml[^>]*\?>\s*)?<(?!html|!doctype)[\w.-]", re.IGNORECASE)

Raw = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class User:
    """Whose token it is."""

    name: str
    full_name: str

    @classmethod
    def of(cls, raw: Raw) -> "User":
        """From /me/api/json."""
        return cls(raw["id"], raw.get("fullName") or raw["id"])


@dataclass(frozen=True)
class Folder:
    """A folder. A team's jobs are in one."""

    name: str
    full_name: str
    description: str
    url: str


@dataclass(frozen=True)
class Job:
    """A job, of whatever `kind` (its class in Jenkins). `name` is as stored: perhaps not in the letter case asked."""

    name: str
    full_name: str
    kind: str
    description: str
    url: str
    buildable: bool

    @classmethod
    def of(cls, raw: Raw) -> "Job":
        """From an item's api/json. A folder has no `buildable`."""
        return cls(
            name=raw["name"],
            full_name=raw["fullName"],
            kind=raw["_class"],
            description=raw.get("description") or "",
            url=raw["url"],
            buildable=bool(raw.get("buildable")),
        )


class Unproven(Unsure):
    """A 404 without the header that Jenkins puts on its answers: a proxy's, or the web server's under Jenkins."""


class Jenkins:
    """What the platform does in Jenkins. Every verb may raise the errors of systems/errors.py.

    `folder` is a full name, with slashes; empty means the top. Names ignore letter case, in Jenkins and so here.
    """

    def __init__(self, url: str, user: str, token: str, **options: Any) -> None:
        """`options` are those of http.Session: before_write, timeout, verify, on_call."""
        redaction.register(token)
        self.session = Session(JENKINS, url, judge=judge, **options)
        self.session.auth = HTTPBasicAuth(user.encode(), token.encode())
        self.reader = reader(self.session)

    def whoami(self) -> User:
        """Whose token it is. An unknown one is 401; none at all may be answered with 404."""
        with about("the token's user"):
            try:
                raw = self.reader.get_whoami()
            except jenkins.NotFoundException:
                hint = f"Put {JENKINS.credential}, then retry."
                raise Refused("jenkins", "Jenkins does not know who the platform is.", hint=hint) from None
            return shaped(JENKINS, User.of, raw)

    # --- Folders -----------------------------------------------------------------------------------------------

    def folder(self, name: str) -> Folder | None:
        """The folder of this full name. A job in its place is a Conflict."""
        found = self.item(name)
        if found is None:
            return None
        if found.kind != FOLDER:
            hint = "Rename or remove that job in Jenkins if nobody needs it, then retry."
            raise Conflict("jenkins", f"Jenkins has something else where the folder {name} belongs.", hint=hint)
        return Folder(found.name, found.full_name, found.description, found.url)

    def create_folder(self, name: str, description: str) -> Folder:
        """Make a folder; the one above it must be there."""
        parent, _, last = name.rpartition("/")
        self.create(parent, last, FOLDER_XML.format(escape(description)), f"the folder {name}")
        return made(self.folder(name), f"the folder {name}")

    # --- Jobs --------------------------------------------------------------------------------------------------

    def job(self, folder: str, name: str) -> Job | None:
        """The job, or whatever else has its name there."""
        return self.item(joined(folder, name))

    def job_config(self, folder: str, name: str) -> str | None:
        """The job's XML as Jenkins rewrote it: XML 1.1, plugin versions added, secrets encrypted."""
        full = joined(folder, name)
        return self.look(full, lambda: str(self.reader.get_job_config(full)))

    def create_job(self, folder: str, name: str, xml: str) -> Job:
        """Make a job. A name that is taken, even by something that we may not see, is a Conflict."""
        subject = f"the job {joined(folder, name)}"
        self.create(folder, name, xml, subject)
        return made(self.job(folder, name), subject)

    def update_job(self, folder: str, name: str, xml: str) -> None:
        """Replace the job's configuration. There is no lock: the last one to write wins."""
        full = joined(folder, name)
        with about(f"the job {full}"):
            self.write(f"{path_to(full)}/config.xml", data=well_formed(xml), headers=XML)

    def delete_job(self, folder: str, name: str) -> None:
        """Delete it, or whatever has its name; that it is gone already is success.

        Jenkins stops running builds first, for up to 15 seconds. Its answer is a redirect, as a log-in page's would be,
        so we look afterwards.
        """
        full = joined(folder, name)
        with about(f"the job {full}", leave=frozenset({302})):
            self.write(f"{path_to(full)}/doDelete", expected=(302, 404))
        if self.job(folder, name) is not None:
            with about(f"the job {full}"):
                raise unsure(JENKINS, "deleted, it says, but it is still there", "")

    # --- How -----------------------------------------------------------------------------------------------------

    def item(self, full: str) -> Job | None:
        """What has this full name, of any kind."""
        return self.look(full, lambda: shaped(JENKINS, Job.of, self.reader.get_job_info(full)))

    def look(self, full: str, read: Callable[[], T]) -> T | None:
        """What `read` says; None when Jenkins has no such item. Every failure but a 404 is an error by then."""
        with about(f"the job {full}"):
            try:
                return read()
            except jenkins.JenkinsException:
                return None
            except Unproven:
                if self.is_listed(full):
                    raise
                return None

    def is_listed(self, full: str) -> bool:
        """Whether the folder above lists it: the proof of absence where a 404 alone is none."""
        parent, _, last = full.rpartition("/")
        try:
            response = self.session.call("GET", f"{path_to(parent)}/api/json", params={"tree": "jobs[name]"})
        except Unproven:
            if not parent:
                raise
            return self.is_listed(parent)
        return last.casefold() in shaped(JENKINS, listed_names, response.json())

    def create(self, folder: str, name: str, xml: str, subject: str) -> None:
        """Make an item out of its XML."""
        with about(subject):
            where, what = f"{path_to(folder)}/createItem", well_formed(xml)
            self.write(where, params={"name": name}, data=what, headers=XML)

    def write(self, path: str, expected: tuple[int, ...] = (200,), **kwargs: Any) -> None:
        """A POST. A 200 has no body; a page there comes from somebody else."""
        response = self.session.call("POST", path, **kwargs)
        if response.status_code >= 400 and response.status_code not in expected:
            raise refusal(response, path)
        if response.status_code not in expected or (response.status_code == 200 and response.content.strip()):
            raise unsure(JENKINS, "not what its API promises", trace(response))


def reader(session: Session) -> jenkins.Jenkins:
    """python-jenkins on our session, which knows its credentials; `crumb` False means: there are none to fetch."""
    server = jenkins.Jenkins(session.url, timeout=session.timeout)
    server._session, server.auth, server._auth_resolved, server.crumb = session, session.auth, True, False
    return server


def judge(peer: Peer, response: requests.Response) -> SystemFault | None:
    """The rules for all systems, and what Jenkins promises: a version header on its answers, JSON and XML for reads."""
    fault = judged(peer, response)
    if fault is not None or response.request.method != "GET":
        return fault
    if response.status_code == 404:
        return None if "X-Jenkins" in response.headers else unproven(response)
    if response.status_code >= 400:
        return refusal(response, "")
    return None if promised(response) else unsure(peer, "not the data that its API promises", trace(response))


def promised(response: requests.Response) -> bool:
    """Whether the body is what the address ends in."""
    if "/config.xml" in (response.request.url or ""):
        return "xml" in response.headers.get("Content-Type", "") and bool(ROOT_TAG.match(response.text))
    with suppress(ValueError):
        return "json" in response.headers.get("Content-Type", "") and isinstance(response.json(), dict)
    return False


def unproven(response: requests.Response) -> Unproven:
    """A 404 that may not be Jenkins' own."""
    message = f"Something answers 404 that may not be Jenkins: {current.get().subject}."
    hint = "Check that JENKINS_URL is the address of Jenkins itself; if it is, look at what stands before it."
    return Unproven("jenkins", message, hint=hint, detail=trace(response))


def refusal(response: requests.Response, path: str) -> SystemFault:
    """Jenkins' 4xx to a write. Its reason is in the X-Error header; the page, which may echo secrets, is not read."""
    status, subject, detail = response.status_code, current.get().subject, trace(response)
    said = words(response.headers.get("X-Error", ""))
    if "being deleted" in said or "Failed to interrupt" in said:
        message = f"Jenkins is still stopping or deleting {subject}."
        return Busy(
            "jenkins", message, after=5.0, hint="Nothing to do: it goes on by itself.", detail=f"{detail} {said}"
        )
    # An item that the platform's user may not see has its name all the same: 400 with an empty reason.
    hidden = status == 400 and not said and path.endswith("/createItem")
    if hidden or status == 409 or "already exists" in said:
        what = "something that the platform's user may not see" if hidden else said or "409"
        hint = "Rename or remove what has the name in Jenkins if nobody needs it, then retry."
        return Conflict("jenkins", f"The name of {subject} is taken in Jenkins: {what}.", hint=hint, detail=detail)
    if status == 404:
        hint = "Make the folder in Jenkins (`manage.py bootstrap` does), then retry."
        return Invalid(
            "jenkins", f"Jenkins has no place for {subject} (404).", hint=hint, detail=detail, whose="operator"
        )
    if status not in (400, 422):
        return misused(JENKINS, response)
    hint = "Correct what Jenkins names, then retry."
    return Invalid(
        "jenkins", f"Jenkins does not accept {subject}: {said or 'no reason given'}.", hint=hint, detail=detail
    )


def well_formed(xml: str) -> bytes:
    """The XML as it is sent. Jenkins answers XML that cannot be read with a bare 500, so that is seen here."""
    text = DECLARATION.sub("", xml, count=1)
    try:
        expat.ParserCreate().Parse(text, True)
    except expat.ExpatError as error:
        message = f"The platform's XML for {current.get().subject} is broken: {error}."
        raise Invalid(
            "jenkins", message, hint="Correct the pipeline's template, then retry.", whose="platform"
        ) from None
    return xml.encode()


def made(found: T | None, subject: str) -> T:
    """What was just created, read back."""
    if found is None:
        with about(subject):
            raise unsure(JENKINS, "created, it says, but it is not there", "")
    return found


def listed_names(raw: Raw) -> set[str]:
    """The names in a folder's api/json, in one letter case."""
    return {job["name"].casefold() for job in raw["jobs"]}


def joined(folder: str, name: str) -> str:
    """The full name."""
    return f"{folder}/{name}" if folder else name


def path_to(full: str) -> str:
    """The address of an item below Jenkins' own: a/b is /job/a/job/b."""
    return "".join(f"/job/{quote(part, safe='')}" for part in full.split("/") if part)
