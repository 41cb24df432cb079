"""What is done in Argo CD. Facts about it: the contract of Argo CD 3.5."""

import json
from pathlib import Path
from string import Template
from typing import Any

from django.conf import settings

from provisioning.ledger import mark_text
from provisioning.models import Resource
from provisioning.steps.base import Context, Step, Wait
from provisioning.steps.gitlab import ConfigureHelm, WaitForHelm
from provisioning.systems import redaction
from provisioning.systems.argocd_shapes import Repository, same_url
from provisioning.systems.gitlab_shapes import DeployToken

TEMPLATE = Template((Path(__file__).parents[1] / "templates" / "application.json").read_text(encoding="utf-8"))
MARK_LABEL = "slipway.dev/mark"


class RegisterRepository(Step):
    """Let Argo CD read the Helm repository, with a deploy token of its own that nobody else keeps."""

    title, system, needs = "Register the Helm repository", "argocd", (ConfigureHelm,)

    def run(self, ctx: Context) -> dict[str, Any]:
        """Answers the repository's address as Argo CD has it."""
        url, page = ctx[WaitForHelm]["url"], f"{settings.ARGOCD_EXTERNAL_URL}/settings/repos"
        there = registered(ctx, url)
        if there is None or there.connection != "Successful" or not holds_our_token(ctx):
            register(ctx, url, again=there is not None)
        row = ctx.ledger.intend("argocd", "repository", url)
        ctx.ledger.present(row, external_id=url, url=page)
        token = token_row(ctx)
        settings_page = f"{ctx[WaitForHelm]['web_url']}/-/settings/repository"
        ctx.ledger.present(token, external_id=token.external_id, url=settings_page)
        ctx.link("repositories in Argo CD", page)
        return {"repository": url}


class CreateApplication(Step):
    """Create the Argo CD application in the team's project, to the team's cluster. Never over what is not ours."""

    title, system = "Create the Argo CD application", "argocd"

    def run(self, ctx: Context) -> dict[str, Any] | Wait:
        """Answers the application's name. One that is being deleted is waited for: its name is free afterwards."""
        name, project = ctx.app.name, ctx.app.team.argocd_project
        there = ctx.argocd.application(name, project) or ctx.argocd.find_application(name)
        if there is None:
            row = ctx.ledger.intend("argocd", "application", name)
            there = ctx.argocd.create_application(application(ctx, row))
        row = ctx.ledger.ours("argocd", "application", name, there.labels.get(MARK_LABEL, ""))
        if there.deleting:
            return ctx.wait(f"An older application {name} is still being deleted in Argo CD.")
        url = f"{settings.ARGOCD_EXTERNAL_URL}/applications/{name}"
        ctx.ledger.present(row, external_id=there.uid or name, url=url)
        ctx.link(name, url)
        return {"application": name, "project": project}


def registered(ctx: Context, url: str) -> Repository | None:
    """Our registration, with a fresh test of its connection. A stranger's is a Conflict."""
    listed = next((repository for repository in ctx.argocd.repositories() if same_url(repository.url, url)), None)
    if listed is None:
        return None
    ctx.ledger.ours("argocd", "repository", url, listed.name)
    return ctx.argocd.repository(url, refresh=True) or listed


def token_row(ctx: Context) -> Resource:
    """The ledger's row of the deploy token."""
    return ctx.ledger.intend("gitlab", "deploy_token", ctx[WaitForHelm]["url"])


def our_tokens(ctx: Context) -> list[DeployToken]:
    """Our deploy tokens that still work, oldest first; their names bear our mark."""
    name = mark_text(token_row(ctx).mark)
    tokens = ctx.gitlab.deploy_tokens(ctx[WaitForHelm]["project_id"])
    return sorted((token for token in tokens if token.name == name), key=lambda token: token.id)


def register(ctx: Context, url: str, *, again: bool) -> None:
    """Make a token and hand it over. One whose hand-over nobody saw is lost, so it is replaced, never reused."""
    project_id = ctx[WaitForHelm]["project_id"]
    for lost in our_tokens(ctx):
        ctx.gitlab.delete_deploy_token(project_id, lost.id)
    mark = mark_text(ctx.ledger.intend("argocd", "repository", url).mark)
    intended = token_row(ctx)
    token = ctx.gitlab.create_deploy_token(project_id, mark_text(intended.mark), scopes=["read_repository"])
    # Noted before the hand-over: a worker that takes over then knows whose token the connection was tested with.
    ctx.ledger.note_id(intended, token.id)
    with redaction.secret(token.token):
        ctx.argocd.register_repository(url, username=token.username, password=token.token, name=mark, upsert=again)


def holds_our_token(ctx: Context) -> bool:
    """Whether exactly the token that was made last works: what Argo CD holds, when its connection is good."""
    return [str(token.id) for token in our_tokens(ctx)] == [token_row(ctx).external_id]


def application(ctx: Context, row: Resource) -> dict[str, Any]:
    """The application's JSON, out of the template. The tag is no parameter: it would beat every pushed values.yaml."""
    app, helm = ctx.app, ctx[WaitForHelm]
    values = {
        "name": app.name,
        "mark": str(row.mark),
        "project": app.team.argocd_project,
        "repository": helm["url"],
        "branch": helm["branch"],
        "namespace": app.namespace,
    }
    quoted = {name: json.dumps(value)[1:-1] for name, value in values.items()}
    body: dict[str, Any] = json.loads(TEMPLATE.substitute(quoted))
    cluster = app.team.cluster
    # An address or a name, never both: Argo CD refuses that.
    body["spec"]["destination"]["server" if "://" in cluster else "name"] = cluster
    return body
