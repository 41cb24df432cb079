"""The import of a fork: scheduled -> started -> finished | failed, at once, after n looks, after n seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.gitlab.changes import refresh
from simulators.gitlab.models import Import, Project

if TYPE_CHECKING:
    from simulators.gitlab.responses import GitLab

EARLY = "13:fetch remote: the repository is not empty"
GONE = "5:source repository does not exist"
STARTED_AFTER = 0.1


def schedule(lab: GitLab) -> Import:
    """The import of the next fork, as the settings of this moment want it."""
    rules = lab.rules
    error = None
    if rules.fork_fails > 0:
        rules.fork_fails -= 1
        error = rules.fork_error
    return Import(lab.clock.now(), rules.fork_seconds, rules.fork_looks, error)


def look(project: Project) -> None:
    """Somebody looked at the status and saw it unfinished."""
    if project.fork_import and project.importing:
        project.fork_import.looks += 1
        project.fork_import.looks_left = max(project.fork_import.looks_left - 1, 0)


def advance(lab: GitLab, project: Project) -> None:
    """Bring an import to where it must be by now."""
    job = project.fork_import
    if job is None or not project.importing:
        return
    elapsed = lab.clock.now() - job.scheduled_at
    if elapsed >= job.seconds and job.looks_left == 0:
        _end(lab, project, job)
    elif elapsed >= STARTED_AFTER * job.seconds and (job.looks or job.looks_left <= 1):
        job.status = "started"


def _end(lab: GitLab, project: Project, job: Import) -> None:
    source = lab.store.projects.get(project.forked_from or 0)
    job.ended_at = lab.clock.now() if job.looks else job.scheduled_at + job.seconds
    job.error = job.error or (GONE if source is None else None)
    if project.early_commit and lab.rules.early_commit == "fail":
        job.error = job.error or EARLY
    job.status = "failed" if job.error else "finished"
    if source is not None and job.error is None:
        _copy(lab, project, source, job.ended_at)


def _copy(lab: GitLab, project: Project, source: Project, ended_at: float) -> None:
    """What a client committed too early is overwritten. GitLab protects the default branch a moment later."""
    if project.early_commit:
        project.repository.clear()
    only = f"refs/heads/{project.only_branch}"
    refs = {only: source.refs[only]} if only in source.refs else dict(source.refs)
    project.repository.copy_from(source.repository, refs)
    project.default_branch = project.only_branch if only in source.refs else source.default_branch
    if project.default_branch:
        project.repository.set_head(project.default_branch)
    if refs == source.refs:
        project.refs, project.empty, project.readme = refs, source.empty, source.readme
    else:
        refresh(project)
    if not project.empty:
        project.protect_at = ended_at + lab.rules.protect_seconds
        project.protect_looks = lab.rules.protect_looks
