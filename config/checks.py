"""What must be set before anything starts, named with what to put there."""

from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register, run_checks
from django.core.exceptions import ImproperlyConfigured

TAG = "slipway"

REQUIRED = {
    "GITLAB_URL": "GitLab's address as the platform reaches it, e.g. https://gitlab.example.com",
    "GITLAB_TOKEN": "an administrator's token with scope api",
    "JENKINS_URL": "Jenkins' address as the platform reaches it, e.g. https://jenkins.example.com",
    "JENKINS_USER": "the Jenkins user that the platform acts as",
    "JENKINS_TOKEN": "that user's API token (not the password)",
    "ARGOCD_URL": "Argo CD's address as the platform reaches it, e.g. https://argocd.example.com",
    "ARGOCD_TOKEN": "an API key of an Argo CD account with the right apiKey (a JWT)",
    "IMAGE_REPOSITORY": "where pipelines push images, e.g. registry.example.com/apps",
}
ADDRESSES = (
    "EXTERNAL_URL",
    "GITLAB_URL",
    "GITLAB_EXTERNAL_URL",
    "JENKINS_URL",
    "JENKINS_EXTERNAL_URL",
    "ARGOCD_URL",
    "ARGOCD_EXTERNAL_URL",
)
POSITIVE = (
    "FORK_WARN_SECONDS",
    "FORK_PATIENCE_SECONDS",
    "OUTAGE_PATIENCE_SECONDS",
    "RESEND_SECONDS",
)


def register_checks() -> None:
    """Let `manage.py check` and every start find the checks of this file."""
    for check in (required, addresses, keys, patience, signup, broker):
        register(check, TAG)


def refuse_to_start() -> None:
    """Stop a process whose settings are wrong, naming all of them; called by web, worker and dispatcher."""
    errors = [message for message in run_checks(tags=[TAG]) if message.is_serious()]
    if errors:
        raise ImproperlyConfigured("\n".join(f"{error.msg} {error.hint or ''}".strip() for error in errors))


def required(**kwargs: Any) -> list[CheckMessage]:
    """Name each missing setting of the systems."""
    return [
        Error(f"{name} is not set.", hint=f"Put there {what}.", id="slipway.E001")
        for name, what in REQUIRED.items()
        if not getattr(settings, name)
    ]


def addresses(**kwargs: Any) -> list[CheckMessage]:
    """Addresses are http or https, with a host, and carry no credential."""
    hint = "Put there http(s)://host[:port][/path], without a user."
    return [
        Error(f"{name} is not an http address.", hint=hint, id="slipway.E002")
        for name in ADDRESSES
        if (value := getattr(settings, name)) and not is_address(value)
    ]


def is_address(value: str) -> bool:
    """Whether `value` is an http address with a host and without credentials."""
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None


def keys(**kwargs: Any) -> list[CheckMessage]:
    """Outside DEBUG the secret key is set; sealing keys are Fernet keys."""
    found: list[CheckMessage] = []
    if settings.SECRET_KEY.startswith(settings.UNSET) and not settings.DEBUG:
        found.append(Error("SECRET_KEY is not set.", hint="Put there 50 or more random characters.", id="slipway.E003"))
    if not settings.SEALING_KEYS and not settings.DEBUG:
        found.append(Error("SEALING_KEY is not set.", hint=SEALING_HINT, id="slipway.E004"))
    if any(not is_fernet(key) for key in settings.SEALING_KEYS):
        found.append(Error("SEALING_KEY holds something that is not a key.", hint=SEALING_HINT, id="slipway.E005"))
    return found


SEALING_HINT = (
    "Put there one or more keys, separated by commas, the newest first; make one with: "
    'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())".'
)


def is_fernet(key: str) -> bool:
    """Whether `key` can seal."""
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def patience(**kwargs: Any) -> list[CheckMessage]:
    """Patience is positive, and the lease is longer than one call can take."""
    found: list[CheckMessage] = [
        Error(f"{name} is not a positive number.", hint="Put there seconds, e.g. 30.", id="slipway.E006")
        for name in POSITIVE
        if getattr(settings, name) <= 0
    ]
    call = settings.HTTP_CONNECT_SECONDS + settings.HTTP_READ_SECONDS
    if not call < settings.LEASE_SECONDS < 120:
        hint = f"Put there more than {call:g} (the longest call) and less than 120 (the soft time limit)."
        found.append(Error("LEASE_SECONDS does not fit between its neighbours.", hint=hint, id="slipway.E007"))
    return found


def signup(**kwargs: Any) -> list[CheckMessage]:
    """The sign-up policy is one of three words."""
    if settings.SIGNUP_POLICY in ("open", "approval", "closed"):
        return []
    hint = "Put there open, approval or closed."
    return [Error("SIGNUP_POLICY is unknown.", hint=hint, id="slipway.E008")]


def broker(**kwargs: Any) -> list[CheckMessage]:
    """Without Redis, only a single process that holds everything works well."""
    if settings.REDIS_URL:
        return []
    hint = "Put there redis://host:6379/0. Without it web, worker and dispatcher must live in one process."
    return [Warning("REDIS_URL is not set.", hint=hint, id="slipway.W001")]
