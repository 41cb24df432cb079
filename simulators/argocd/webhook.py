"""`POST /api/webhook`: GitLab says that somebody pushed. Plain text, no token; a match only makes it look again."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from starlette.responses import Response

from simulators.argocd.asked import Asked
from simulators.argocd.errors import plain

PUSHES = ("Push Hook", "Tag Push Hook", "System Hook")


async def receive(asked: Asked) -> Response:
    """200 whether or not an application matches; the host names have to be the same."""
    if asked.call.headers.get("x-gitlab-event") not in PUSHES:
        return plain(400, "Unknown webhook event")
    try:
        event = json.loads(asked.call.content)
        url, ref = event["project"]["web_url"], event["ref"]
        default = event["project"].get("default_branch", "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return plain(400, "Webhook processing failed: error parsing payload")
    branch = ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    for app in asked.server.applications.by_name.values():
        wanted = app.source.get("targetRevision", "")
        heads = branch == default if wanted in ("", "HEAD") else branch == wanted
        if heads and place(app.source.get("repoURL", "")) == place(url):
            asked.server.controller.notice(app)
    return Response("", 200)


def place(url: str) -> tuple[str | None, str]:
    """Host and path; port, user, `.git` and letter case do not matter."""
    parts = urlsplit(url)
    return parts.hostname, parts.path.rstrip("/").removesuffix(".git").lower()
