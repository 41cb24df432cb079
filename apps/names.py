"""What an application may be called.

One name becomes a repository's path, `{name}_helm`, the Jenkins job `{name}_{team}`, the Argo CD application, the Helm
release and the namespace. The strictest of them is an RFC 1123 label (ARCHITECTURE.md, "One name, many places").
"""

import re

from django.core.exceptions import ValidationError

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
SHORTEST, LONGEST = 2, 40
RESERVED = frozenset(
    "default argocd argo-cd kubernetes gitlab jenkins grafana kibana elasticsearch prometheus ingress-nginx "
    "cert-manager monitoring logging templates admin api www root system slipway".split()
)
RULE = (
    f"Use {SHORTEST} to {LONGEST} lower-case letters, digits and -, beginning and ending with a letter or digit: "
    "the name is also a repository, a pipeline and a Kubernetes namespace."
)


def check_name(name: str) -> None:
    """Raise ValidationError unless every system accepts `name`."""
    if not SHORTEST <= len(name) <= LONGEST or not LABEL.fullmatch(name):
        raise ValidationError(RULE, code="name")
    if name in RESERVED or name.startswith("kube-"):
        raise ValidationError(
            f"{name} is reserved by the platform or the cluster. Choose another name.", code="reserved"
        )
