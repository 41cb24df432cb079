"""A pipeline's configuration, out of the XML template `templates/pipeline.xml`."""

import hashlib
from pathlib import Path
from string import Template
from xml.sax.saxutils import escape

from django.conf import settings

TEMPLATE = Template((Path(__file__).parent / "templates" / "pipeline.xml").read_text(encoding="utf-8"))


def config(*, mark: str, source_url: str, branch: str, helm_url: str, namespace: str, image: str, secret: str) -> str:
    """The job's XML. Its description ends in a digest of everything else: Jenkins rewrites the text that it stores."""
    values = {
        "source_url": source_url,
        "branch": branch,
        "helm_url": helm_url,
        "namespace": namespace,
        "image": image,
        "secret": secret,
        "credentials": settings.JENKINS_GIT_CREDENTIALS,
        "mark": mark,
    }
    escaped = {name: escape(value) for name, value in values.items()}
    digest_of_rest = hashlib.sha256(TEMPLATE.substitute(escaped, digest="").encode()).hexdigest()[:16]
    return TEMPLATE.substitute(escaped, digest=f"sha256:{digest_of_rest}")


def digest(xml: str) -> str:
    """The digest that the description of `xml` ends in."""
    return "sha256:" + xml.partition("sha256:")[2][:16]
