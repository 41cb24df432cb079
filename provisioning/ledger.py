"""The ledger: what is ours in the other systems. A step looks, intends, creates, and says what it made.

`intended` is committed before the call that creates, so that after a lost answer the next try knows the thing as ours;
the mark tells it from a stranger's thing of the same name, wherever the system has a place for a mark.
"""

from collections.abc import Callable
from uuid import UUID

from django.db import IntegrityError, transaction

from provisioning.models import Resource, Run
from provisioning.statuses import ResourceState
from provisioning.systems.errors import Conflict

MARK = "Managed by Slipway"


def mark_text(mark: UUID) -> str:
    """The mark as it stands in a description."""
    return f"{MARK} [{mark}]"


class Ledger:
    """The ledger as one step of one run sees it. Each entry first renews the step's lease."""

    def __init__(self, run: Run, step: str, renew: Callable[[], None]) -> None:
        self._run, self._step, self._renew = run, step, renew

    def find(self, system: str, kind: str, name: str) -> Resource | None:
        """The row of an object that is not gone, or None."""
        return Resource.objects.filter(active_key=key(system, kind, name)).first()

    def intend(self, system: str, kind: str, name: str) -> Resource:
        """Say that we are about to make the object; the same row again when it was said before.

        Raises Conflict when another application's row holds the name.
        """
        found = self.find(system, kind, name) or self._write(system, kind, name)
        if found.app_id != self._run.app_id:
            raise taken(system, kind, name)
        return found

    def _write(self, system: str, kind: str, name: str) -> Resource:
        self._renew()
        row = Resource(system=system, kind=kind, name=name, active_key=key(system, kind, name), step=self._step)
        row.run, row.app, row.team = self._run, self._run.app, self._run.team
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            return Resource.objects.get(active_key=row.active_key)
        return row

    def ours(self, system: str, kind: str, name: str, carried: str) -> Resource:
        """The row of an object that is there, when it is ours: intended by us, and `carried` holds its mark.

        Raises Conflict for a stranger's object, which the caller must then leave alone.
        """
        row = self.find(system, kind, name)
        if row is None or row.app_id != self._run.app_id or str(row.mark) not in carried:
            raise taken(system, kind, name)
        return row

    def note_id(self, row: Resource, external_id: object) -> None:
        """Note the id of an object that was made and is not in its place yet."""
        self._renew()
        row.external_id = str(external_id)
        row.save(update_fields=["external_id", "updated_at"])

    def present(self, row: Resource, *, external_id: object = "", url: str = "") -> Resource:
        """Say that the object is there; writes nothing when that was known."""
        news = {"state": ResourceState.PRESENT, "external_id": str(external_id), "url": url}
        if any(getattr(row, field) != value for field, value in news.items()):
            self._renew()
            for field, value in news.items():
                setattr(row, field, value)
            row.save(update_fields=[*news, "updated_at"])
        return row


def key(system: str, kind: str, name: str) -> str:
    """What may stand in the ledger once, until it is gone."""
    return f"{system}:{kind}:{name}"


def taken(system: str, kind: str, name: str) -> Conflict:
    """Somebody else's object has the name."""
    return Conflict(
        system,
        f"{name} exists in {TITLES.get(system, system)} already ({kind}), and it is not this application's.",
        hint="Rename or remove it there if nobody needs it and retry; or cancel this run and choose another name.",
    )


TITLES = {"gitlab": "GitLab", "jenkins": "Jenkins", "argocd": "Argo CD"}
