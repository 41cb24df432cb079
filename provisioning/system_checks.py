"""Do the systems know our tokens? Asked by people before the first run, never by the platform itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings

from provisioning.steps import clients
from provisioning.systems.errors import Refused, SystemFault


@dataclass(frozen=True)
class Verdict:
    """One system, in one sentence; what to do when it is not `fine`."""

    system: str
    fine: bool
    text: str


def check_systems() -> Iterator[Verdict]:
    """Each system by itself: one that is away does not hide the others."""
    for title, check in CHECKS.items():
        try:
            yield Verdict(title, fine=True, text=check())
        except SystemFault as fault:
            yield Verdict(title, fine=False, text=f"{fault.message} {fault.hint}".strip())


def gitlab() -> str:
    """The platform makes groups, projects and users there, so it must be an administrator."""
    client = clients.gitlab()
    version, user = client.version(), client.whoami()
    if not user.admin:
        hint = "Put an administrator's token with scope api into GITLAB_TOKEN."
        raise Refused("gitlab", f"The token belongs to {user.username}, who is no administrator.", hint=hint)
    return f"version {version} at {settings.GITLAB_URL}, token of {user.username}, an administrator"


def jenkins() -> str:
    """Jenkins tells its version in a header of every answer."""
    client = clients.jenkins()
    user = client.whoami()
    version = client.session.call("GET", "/api/json", params={"tree": "mode"}).headers.get("X-Jenkins", "unknown")
    return f"version {version} at {settings.JENKINS_URL}, token of {user.name}"


def argocd() -> str:
    """Argo CD tells its version to anybody, outside its API proper."""
    client = clients.argocd()
    user = client.userinfo()
    version = client.session.call("GET", "/api/version").json().get("Version", "unknown")
    return f"version {version} at {settings.ARGOCD_URL}, token of {user.username}"


CHECKS: dict[str, Callable[[], str]] = {"GitLab": gitlab, "Jenkins": jenkins, "Argo CD": argocd}
