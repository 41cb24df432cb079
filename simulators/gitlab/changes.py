"""What follows when refs of a repository have changed, by API or by push: default branch, protection, hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.gitlab import delivery, protection
from simulators.gitlab.models import Project, User

if TYPE_CHECKING:
    from simulators.gitlab.responses import GitLab

HEADS = "refs/heads/"
Refs = dict[str, tuple[str | None, str | None]]


def refresh(project: Project) -> None:
    """Bring what the project says about its repository up to date."""
    project.refs = project.repository.refs()
    project.empty = not any(name.startswith(HEADS) for name in project.refs)
    head = project.refs.get(f"{HEADS}{project.default_branch}")
    names = [path for path, _ in project.repository.listing(head, "", False) or []] if head else []
    project.readme = next((name for name in names if name.lower().startswith("readme")), None)


def after_write(lab: GitLab, project: Project, user: User, refs: Refs) -> None:
    """`refs`: full name -> (before, after), None for what was not there or is gone."""
    was_empty = project.empty
    project.updated_at = lab.clock.now()
    if project.importing:
        project.early_commit = True
    elif was_empty:
        _adopt_first_branch(project, refs)
    refresh(project)
    if was_empty and not project.empty and not project.importing and project.default_branch not in project.protected:
        protection.protect_by_default(lab, project)
    delivery.announce(lab, project, user, refs)


def _adopt_first_branch(project: Project, refs: Refs) -> None:
    """The first branch that is pushed becomes the default one, unless the expected one is among them."""
    made = [name.removeprefix(HEADS) for name, (_, after) in refs.items() if name.startswith(HEADS) and after]
    if made and project.default_branch not in made:
        project.default_branch = made[0]
        project.repository.set_head(made[0])
