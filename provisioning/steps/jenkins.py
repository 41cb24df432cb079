"""What is done in Jenkins."""

from typing import Any

from django.conf import settings

from provisioning import pipeline
from provisioning.ledger import mark_text
from provisioning.models import Resource
from provisioning.sealing import hook_secret
from provisioning.steps.base import Context, Step
from provisioning.steps.gitlab import ConfigureSource, ForkHelm, WaitForSource, job_key
from provisioning.systems.errors import Conflict


class CreatePipeline(Step):
    """Create the pipeline in the team's folder, tied to the source repository, out of our XML template."""

    title, system, needs = "Create the pipeline", "jenkins", (ConfigureSource, ForkHelm)

    def run(self, ctx: Context) -> dict[str, Any]:
        """Answers the job's full name."""
        row = mended(ctx) or created(ctx)
        url = f"{settings.JENKINS_EXTERNAL_URL}/job/{ctx.app.team.jenkins_folder}/job/{ctx.app.job_name}/"
        ctx.ledger.present(row, external_id=job_key(ctx), url=url)
        ctx.link(job_key(ctx), url)
        return {"job": job_key(ctx)}


def mended(ctx: Context) -> Resource | None:
    """The job that is there, brought to today's template; None when there is none. A stranger's is a Conflict.

    Jenkins rewrites what it is given, so the description holds a digest of what was posted, to compare with.
    """
    folder, name = ctx.app.team.jenkins_folder, ctx.app.job_name
    job = ctx.jenkins.job(folder, name)
    if job is None:
        return None
    row = ctx.ledger.ours("jenkins", "job", job_key(ctx), job.description)
    config = job_config(ctx, row)
    if pipeline.digest(config) not in job.description:
        ctx.jenkins.update_job(folder, name, config)
    return row


def created(ctx: Context) -> Resource:
    """Create the job. A conflict may be our own call of a moment ago, whose worker died: look again."""
    row = ctx.ledger.intend("jenkins", "job", job_key(ctx))
    try:
        ctx.jenkins.create_job(ctx.app.team.jenkins_folder, ctx.app.job_name, job_config(ctx, row))
    except Conflict:
        found = mended(ctx)
        if found is None:
            raise
    return row


def job_config(ctx: Context, row: Resource) -> str:
    """The job's XML, with our mark in its description."""
    app, source = ctx.app, ctx[WaitForSource]
    return pipeline.config(
        mark=mark_text(row.mark),
        source_url=source["url"],
        branch=source["branch"],
        helm_url=ctx[ForkHelm]["url"],
        namespace=app.namespace,
        image=app.image,
        secret=hook_secret(str(row.mark)),
    )
