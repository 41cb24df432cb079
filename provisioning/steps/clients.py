"""The systems' clients, made from the settings."""

from collections.abc import Callable

from django.conf import settings

from provisioning.systems.argocd import ArgoCD
from provisioning.systems.gitlab import GitLab
from provisioning.systems.jenkins import Jenkins


def timeout() -> tuple[float, float]:
    """Seconds to connect and seconds between two pieces of an answer."""
    return settings.HTTP_CONNECT_SECONDS, settings.HTTP_READ_SECONDS


def gitlab(before_write: Callable[[], None]) -> GitLab:
    """GitLab; `before_write` is called before each call that changes something."""
    return GitLab(settings.GITLAB_URL, settings.GITLAB_TOKEN, before_write=before_write, timeout=timeout())


def jenkins(before_write: Callable[[], None]) -> Jenkins:
    """Jenkins; `before_write` is called before each call that changes something."""
    user, token = settings.JENKINS_USER, settings.JENKINS_TOKEN
    return Jenkins(settings.JENKINS_URL, user, token, before_write=before_write, timeout=timeout())


def argocd(before_write: Callable[[], None]) -> ArgoCD:
    """Argo CD; `before_write` is called before each call that changes something."""
    return ArgoCD(settings.ARGOCD_URL, settings.ARGOCD_TOKEN, before_write=before_write, timeout=timeout())
