"""What is done in GitLab. Facts about it: the contract of GitLab's REST API, versions 16 to 19."""

from typing import Any

from django.conf import settings

from provisioning.ledger import mark_text, taken
from provisioning.models import Resource
from provisioning.sealing import hook_secret, key_id
from provisioning.steps.base import Context, Step, Wait
from provisioning.systems.errors import Busy, Conflict, Invalid
from provisioning.systems.gitlab_shapes import Action, Hook, Project
from provisioning.values import with_application

DEVELOPER = 30
VALUES = "values.yaml"


class TemplateUnusable(Invalid):
    """A template repository is missing or cannot be forked."""

    code, whose = "template_unusable", "operator"


class ImportFailed(Invalid):
    """GitLab could not copy the template."""

    code, whose = "import_failed", "remote"


class FindTemplates(Step):
    """Look up the templates by full path: GitLab's search answers the newest project whose description matches."""

    title, system, needs = "Find the templates", "gitlab", ()

    def run(self, ctx: Context) -> dict[str, Any]:
        """Answers the ids of both templates."""
        source = usable_template(ctx, ctx.app.type.source_path)
        helm = usable_template(ctx, ctx.app.type.helm_path)
        return {"source_id": source.id, "helm_id": helm.id}


class ForkSource(Step):
    """Fork the type's template as the application's repository, in the team's group."""

    title, system, needs = "Fork the source template", "gitlab", (FindTemplates,)

    def run(self, ctx: Context) -> dict[str, Any]:
        """Answers the fork's id; its import goes on in the background."""
        return ask_for_fork(ctx, ctx[FindTemplates]["source_id"], ctx.app.source_path)


class ForkHelm(Step):
    """Fork the Helm template as the repository that says what is deployed."""

    title, system, needs = "Fork the Helm template", "gitlab", (FindTemplates,)

    def run(self, ctx: Context) -> dict[str, Any]:
        """Answers the fork's id; its import goes on in the background."""
        return ask_for_fork(ctx, ctx[FindTemplates]["helm_id"], ctx.app.helm_path)


class WaitForSource(Step):
    """A fork is empty until GitLab's import is finished; to write earlier would damage it."""

    title, system, needs = "Wait for the source repository", "gitlab", (ForkSource,)

    def run(self, ctx: Context) -> dict[str, Any] | Wait:
        """Answers the finished repository: project_id, branch, url."""
        return finished_fork(ctx, ctx[FindTemplates]["source_id"], ctx.app.source_path)


class WaitForHelm(Step):
    """A fork is empty until GitLab's import is finished; to write earlier would damage it."""

    title, system, needs = "Wait for the Helm repository", "gitlab", (ForkHelm,)

    def run(self, ctx: Context) -> dict[str, Any] | Wait:
        """Answers the finished repository: project_id, branch, url."""
        return finished_fork(ctx, ctx[FindTemplates]["helm_id"], ctx.app.helm_path)


class ConfigureSource(Step):
    """GitLab protects the default branch itself after an import, against developers; they must be able to push."""

    title, system, needs = "Let developers push", "gitlab", (WaitForSource,)

    def run(self, ctx: Context) -> dict[str, Any]:
        """Answers the protected branch; GitLab's answer to the change proves nothing, so the rule is read back."""
        source = ctx[WaitForSource]
        ctx.gitlab.protect(source["project_id"], source["branch"], push=DEVELOPER, merge=DEVELOPER)
        ctx.link("protected branches", f"{source['web_url']}/-/settings/repository")
        return {"branch": source["branch"]}


class ConfigureHelm(Step):
    """Write the application's name, image and host into the chart's values: one commit that loses nobody's change."""

    title, system, needs = "Configure the Helm repository", "gitlab", (WaitForHelm,)

    def run(self, ctx: Context) -> dict[str, Any]:
        """Answers the commit that holds the values."""
        helm, app = ctx[WaitForHelm], ctx.app
        file = ctx.gitlab.read_file(helm["project_id"], VALUES, helm["branch"])
        if file is None:
            raise TemplateUnusable("gitlab", f"{app.helm_path} has no {VALUES}.", hint=TEMPLATE_HINT)
        wanted = with_application(file.text, name=app.name, image=app.image, host=app.host)
        if wanted == file.text:
            return {"commit": file.last_commit_id}
        # Guarded by the file's last commit: somebody else's change in between makes this one fail, and it starts anew.
        change = Action("update", VALUES, wanted, file.last_commit_id)
        message = f"Configure {app.name}\n\nSlipway-Run: {ctx.run.pk}"
        commit = ctx.gitlab.commit(helm["project_id"], helm["branch"], message, [change])
        ctx.link("commit", commit.url)
        return {"commit": commit.sha}


class CreateWebhook(Step):
    """Let a push to the source repository start the pipeline; exactly one hook, with its own secret."""

    title, system = "Create the webhook", "gitlab"

    def run(self, ctx: Context) -> dict[str, Any]:
        """Answers the hook's id. GitLab accepts any number of equal hooks, so the extra ones of ours are removed."""
        app, source = ctx.app, ctx[WaitForSource]
        url = f"{settings.JENKINS_URL}/project/{app.team.jenkins_folder}/{app.job_name}"
        name = f"{app.source_path} -> {job_key(ctx)}"
        ensure_hook(ctx, source["project_id"], url, name)
        first, *extra = our_hooks(ctx, source["project_id"], url, name)
        for hook in extra:
            ctx.gitlab.delete_hook(source["project_id"], hook.id)
        row = ctx.ledger.intend("gitlab", "webhook", name)
        ctx.ledger.present(row, external_id=first.id, url=f"{source['web_url']}/-/hooks")
        ctx.link("webhooks", f"{source['web_url']}/-/hooks")
        return {"hook_id": first.id}


TEMPLATE_HINT = "Run `manage.py bootstrap`, or correct the application type in the admin, then retry."


def usable_template(ctx: Context, path: str) -> Project:
    """The template at exactly this path, if it can be forked."""
    found = ctx.gitlab.project(path)
    if found is None or found.deleting:
        raise TemplateUnusable("gitlab", f"GitLab has no template {path}.", hint=TEMPLATE_HINT)
    if found.archived:
        raise TemplateUnusable(
            "gitlab", f"The template {path} is archived.", hint="Unarchive it in GitLab, then retry."
        )
    if found.empty or not found.default_branch:
        raise TemplateUnusable("gitlab", f"The template {path} is empty.", hint=TEMPLATE_HINT)
    return found


def ask_for_fork(ctx: Context, template_id: int, path: str) -> dict[str, Any]:
    """Fork, unless it is there and ours; the step's output."""
    project = ensure_fork(ctx, template_id, path)
    ctx.link(path, project.web_url)
    return {"project_id": project.id, "url": project.http_url}


def ensure_fork(ctx: Context, template_id: int, path: str) -> Project:
    """The fork at `path`, ours by its mark; asked for now if it is not there. A stranger's project is a Conflict."""
    project = ctx.gitlab.project(path)
    if project is None:
        project = fork(ctx, template_id, path)
    row = ctx.ledger.ours("gitlab", "project", path, project.description)
    if project.deleting:
        hint = "Restore it in GitLab or delete it for good there; the run goes on by itself."
        raise Busy("gitlab", f"{path} is marked for deletion in GitLab.", after=5, hint=hint)
    ctx.ledger.present(row, external_id=project.id, url=project.web_url)
    return project


def fork(ctx: Context, template_id: int, path: str) -> Project:
    """Ask for the fork. A conflict may be our own call of a moment ago, whose worker died: look again."""
    group, _, name = path.rpartition("/")
    mark = mark_text(ctx.ledger.intend("gitlab", "project", path).mark)
    try:
        return ctx.gitlab.fork(template_id, group=group, path=name, name=name, description=mark)
    except Conflict:
        project = ctx.gitlab.project(path)
        if project is None:
            raise
        return project


def finished_fork(ctx: Context, template_id: int, path: str) -> dict[str, Any] | Wait:
    """The fork once its import is finished. A failed import fails the step; a retry removes the fork, forks again."""
    project = ensure_fork(ctx, template_id, path)
    if project.import_status in ("failed", "canceled"):
        return fork_again(ctx, project, path)
    if project.import_status not in ("finished", "none"):
        return ctx.wait(f"GitLab copies the template into {path}: the import is {project.import_status}.")
    if project.empty or not project.default_branch:
        return ctx.wait(f"GitLab says that {path} is imported, but it has no branch yet.")
    ctx.link(path, project.web_url)
    return {
        "project_id": project.id,
        "branch": project.default_branch,
        "url": project.http_url,
        "web_url": project.web_url,
    }


def fork_again(ctx: Context, project: Project, path: str) -> Wait:
    """Say why the import failed. When that was said before, a person has retried: remove it, the next look forks."""
    if ctx.memory.get("failed_import") != project.id:
        ctx.memory["failed_import"] = project.id
        reason = project.import_error or project.import_status
        hint = "Retry: the failed copy is removed and the template forked again."
        raise ImportFailed("gitlab", f"GitLab could not copy the template into {path}: {reason}", hint=hint)
    ctx.gitlab.delete_project(project.id)
    return Wait(1, f"The failed copy {path} was removed; it is forked again.")


def our_hooks(ctx: Context, project_id: int, url: str, name: str) -> list[Hook]:
    """Our hooks to `url`, oldest first. A stranger's hook to our pipeline is a Conflict."""
    hooks = sorted((hook for hook in ctx.gitlab.hooks(project_id) if hook.url == url), key=lambda hook: hook.id)
    row = ctx.ledger.find("gitlab", "webhook", name)
    if any(not is_ours(hook, row) for hook in hooks):
        raise taken("gitlab", "webhook", name)
    return hooks


def is_ours(hook: Hook, row: Resource | None) -> bool:
    """Whether the hook bears the mark of the ledger's row."""
    return row is not None and str(row.mark) in f"{hook.name} {hook.description}"


def ensure_hook(ctx: Context, project_id: int, url: str, name: str) -> None:
    """Make the hook, or mend the one that is there when its flags or its secret's key are not today's."""
    hooks = our_hooks(ctx, project_id, url, name)
    mark = ctx.ledger.intend("gitlab", "webhook", name).mark
    wanted: dict[str, Any] = {
        "url": url,
        "name": mark_text(mark),
        "description": f"Starts the pipeline. Secret of key {key_id()}.",
        "secret": hook_secret(mark_of_job(ctx)),
        "push_events": True,
    }
    if not hooks:
        ctx.gitlab.create_hook(project_id, **wanted)
    elif not hooks[0].push_events or hooks[0].description != wanted["description"]:
        ctx.gitlab.update_hook(project_id, hooks[0].id, **wanted)


def mark_of_job(ctx: Context) -> str:
    """The pipeline's mark, which the secret is derived from: Jenkins has the same secret without a hand-over."""
    return str(ctx.ledger.intend("jenkins", "job", job_key(ctx)).mark)


def job_key(ctx: Context) -> str:
    """The pipeline's name in the ledger."""
    return f"{ctx.app.team.jenkins_folder}/{ctx.app.job_name}"
