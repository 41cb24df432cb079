"""Version, log-in and who am I."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from simulators.argocd.asked import Asked, Body
from simulators.argocd.errors import UNAUTHENTICATED, Refusal

FAILED_LOGIN_SECONDS = 0.5
VERSION = {
    "Version": "v3.5.1+109ca7c",
    "BuildDate": "2026-08-12T15:02:11Z",
    "GitCommit": "109ca7ca7100000000000000000000000000000a",
    "GitTag": "v3.5.1",
    "GitTreeState": "clean",
    "GoVersion": "go1.26.4",
    "Compiler": "gc",
    "Platform": "linux/amd64",
    "KustomizeVersion": "v5.8.1 2026-02-09T00:00:00Z",
    "HelmVersion": "v4.2.1+gabcdef0",
    "KubectlVersion": "v0.36.1",
    "JsonnetVersion": "v0.22.0",
}


def known(asked: Asked) -> bool:
    try:
        return bool(asked.subject)
    except Refusal:
        return False


async def version(asked: Asked) -> Body:
    """Only the version without a token, so it cannot be used to check one."""
    return dict(VERSION) if known(asked) else {"Version": VERSION["Version"]}


async def user_info(asked: Asked) -> Body:
    """200 {} without a token and with a bad one."""
    if not known(asked):
        return {}
    return {"loggedIn": True, "username": asked.subject.name, "iss": "argocd"}


async def log_in(asked: Asked) -> Body:
    """A wrong password is answered late."""
    try:
        token = asked.server.accounts.log_in(asked.body.get("username", ""), asked.body.get("password", ""))
    except Refusal as refusal:
        if refusal.code == UNAUTHENTICATED:
            await asked.server.clock.sleep(FAILED_LOGIN_SECONDS)
        raise
    return {"token": token}


async def log_out(asked: Asked) -> Body:
    """Revokes nothing that is an API key."""
    return {"token": ""}


async def health(asked: Asked) -> Response:
    return PlainTextResponse("ok")
