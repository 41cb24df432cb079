"""The tree: who may try again, and whose move it is."""

import pickle

import pytest

from provisioning.systems import errors
from provisioning.systems.errors import Busy, Changed, Conflict, Invalid, Refused, SystemFault, Unreachable, Unsure

TREE = [
    (Unreachable, "unreachable", "remote", True),
    (Unsure, "unsure", "remote", True),
    (Busy, "busy", "remote", True),
    (Refused, "refused", "operator", False),
    (Invalid, "invalid", "requester", False),
    (Conflict, "conflict", "operator", False),
    (Changed, "changed", "remote", True),
]


@pytest.mark.parametrize(("kind", "code", "whose", "again"), TREE)
def test_every_class_says_what_to_do(kind: type[SystemFault], code: str, whose: str, again: bool) -> None:
    assert (kind.code, kind.whose, kind.again) == (code, whose, again)
    fault = pickle.loads(pickle.dumps(kind("gitlab", "a sentence.", hint="do it", detail="more")))
    assert (type(fault), fault.system, fault.message, fault.hint) == (kind, "gitlab", "a sentence.", "do it")


def test_no_class_is_forgotten() -> None:
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SystemFault)}
    assert kinds - {SystemFault} == {row[0] for row in TREE}


def test_changed_is_a_conflict_that_may_be_tried_again() -> None:
    assert issubclass(Changed, Conflict)


def test_one_fault_may_be_somebody_elses_move() -> None:
    assert Invalid("gitlab", "m", whose="operator").whose == "operator"
    assert Invalid.whose == "requester"
