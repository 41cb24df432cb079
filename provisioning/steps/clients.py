"""The systems' clients, made from the settings."""

from typing import Any

from django.conf import settings

from provisioning.steps.fence import Fence
from provisioning.systems.argocd import ArgoCD
from provisioning.systems.gitlab import GitLab
from provisioning.systems.jenkins import Jenkins


def options(fence: Fence | None) -> dict[str, Any]:
    """Seconds to connect and between two pieces of an answer, and the fence; a command has none: it holds no lease."""
    found: dict[str, Any] = {"timeout": (settings.HTTP_CONNECT_SECONDS, settings.HTTP_READ_SECONDS)}
    if fence is not None:
        found |= {"before_write": fence.before_write, "before_read": fence.before_read}
    return found


def gitlab(fence: Fence | None = None) -> GitLab:
    """GitLab."""
    return GitLab(settings.GITLAB_URL, settings.GITLAB_TOKEN, **options(fence))


def jenkins(fence: Fence | None = None) -> Jenkins:
    """Jenkins."""
    return Jenkins(settings.JENKINS_URL, settings.JENKINS_USER, settings.JENKINS_TOKEN, **options(fence))


def argocd(fence: Fence | None = None) -> ArgoCD:
    """Argo CD."""
    return ArgoCD(settings.ARGOCD_URL, settings.ARGOCD_TOKEN, **options(fence))
