"""What a step is, and what it gets to work with."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Protocol
from uuid import UUID

from django.conf import settings

from apps.models import App
from provisioning.ledger import Ledger
from provisioning.models import Run
from provisioning.steps import clients
from provisioning.steps.fence import Fence
from provisioning.systems.argocd import ArgoCD
from provisioning.systems.gitlab import GitLab
from provisioning.systems.jenkins import Jenkins

# Looks at something that is not ready come at these seconds, then at the last one for ever.
LOOKS = (1.0, 2.0, 3.0, 5.0)


@dataclass(frozen=True)
class Wait:
    """The other side is not ready: look again `after` seconds. The worker is free meanwhile; no attempt is counted."""

    after: float
    why: str


class Held(Protocol):
    """What a step's context reads of the claim that the engine holds."""

    @property
    def run_id(self) -> UUID:
        """The run that it belongs to."""

    @property
    def name(self) -> str:
        """The step's name."""

    @property
    def looks(self) -> int:
        """How often it has looked at something that was not ready."""

    @property
    def memory(self) -> dict[str, Any]:
        """What it wanted to know at its next look."""

    def output(self, name: str) -> dict[str, Any]:
        """What another step of the run put out."""


class Context:
    """One execution of one step: its application, what its needs put out, the systems, the ledger.

    Each call that changes something outside, and each entry in the ledger, first renews the lease: the clients and the
    ledger do it themselves, so that a step's author cannot forget it.
    """

    def __init__(self, held: Held, renew: Callable[[], None]) -> None:
        self._held, self._fence = held, Fence(renew)
        self.links: list[dict[str, str]] = []
        self.memory = dict(held.memory)

    def __getitem__(self, need: "type[Step]") -> dict[str, Any]:
        """What a step that this one needs put out."""
        return self._held.output(need.name)

    @cached_property
    def run(self) -> Run:
        """The run, with its application, project, team and type."""
        return Run.objects.select_related("app__project__team", "app__type", "requested_by").get(pk=self._held.run_id)

    @property
    def app(self) -> App:
        """The application that the run is about."""
        if self.run.app is None:
            raise LookupError(f"run {self._held.run_id} has no application")
        return self.run.app

    @cached_property
    def ledger(self) -> Ledger:
        """What is ours in the systems."""
        return Ledger(self.run, self._held.name, self._fence.before_write)

    @cached_property
    def gitlab(self) -> GitLab:
        """GitLab, fenced by this step's lease."""
        return clients.gitlab(self._fence)

    @cached_property
    def jenkins(self) -> Jenkins:
        """Jenkins, fenced by this step's lease."""
        return clients.jenkins(self._fence)

    @cached_property
    def argocd(self) -> ArgoCD:
        """Argo CD, fenced by this step's lease."""
        return clients.argocd(self._fence)

    def link(self, title: str, url: str) -> None:
        """Show people where the thing is that this step made."""
        self.links.append({"title": title, "url": url})

    def wait(self, why: str) -> Wait:
        """A wait whose next look comes the later, the more often the step has looked."""
        return Wait(LOOKS[min(self._held.looks, len(LOOKS) - 1)], why)


class Step:
    """One step of a workflow. `run` looks before it creates: it may be called twice and leaves one thing.

    It ends in a dict (done: later steps read it as `ctx[TheStep]`), in a Wait, or in an error of systems/errors.py.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str]
    system: ClassVar[str] = ""
    needs: "ClassVar[tuple[type[Step], ...] | None]" = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" not in cls.__dict__:
            cls.name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def patience(self) -> float:
        """Seconds that the step may wait for the other side."""
        return float(settings.FORK_PATIENCE_SECONDS)

    @property
    def slow_after(self) -> float:
        """Seconds of waiting after which people are told that it is slow."""
        return float(settings.FORK_WARN_SECONDS)

    def run(self, ctx: Context) -> dict[str, Any] | Wait:
        """Do it."""
        raise TypeError(f"{type(self).__name__} does not say what to do")
