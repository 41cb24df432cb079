"""A worker is killed in the middle of each step of create_app: the call had its effect, its answer never came."""

import pytest

from provisioning.models import Run, Step
from tests.eventually import eventually
from tests.faults.matrix import Call
from tests.faults.runs import ended
from tests.faults.test_matrix import CALLS
from tests.fleet import Fleet
from tests.flows.world import ONE_OF_EVERYTHING, World, ledger

pytestmark = pytest.mark.server

# A deploy token is shown once: one whose answer was lost is replaced, so that call is made again.
MADE_AGAIN = "deploy_tokens"


def last_call(step: str) -> Call:
    """The call to be killed in: the one that changes something, else the last look."""
    calls = [call for call in CALLS if call.step == step]
    return next((call for call in reversed(calls) if call.method != "GET"), calls[-1])


def calls_alike_before(call: Call) -> int:
    """How many calls of earlier steps look the same to the simulator."""
    before = CALLS[: CALLS.index(call)]
    return sum((one.system, one.method, one.path) == (call.system, call.method, call.path) for one in before)


def in_the_middle(world: World, call: Call, app: str) -> bool:
    """Whether the simulator holds the answer to this call back."""
    asked = [asked for asked in world.simulation.requests(call.system) if call.meets(asked, app) and asked["fault"]]
    return len(asked) > calls_alike_before(call)


@pytest.mark.parametrize("step", dict.fromkeys(call.step for call in CALLS))
def test_a_worker_killed_in_the_middle_of_a_step(world: World, fleet: Fleet, step: str) -> None:
    call = last_call(step)
    for _ in range(calls_alike_before(call)):
        world.simulation.fault(call.system, call.method, call.pattern("shop"), times=1, delay_ms=0)
    world.simulation.fault(call.system, call.method, call.pattern("shop"), times=1, delay_ms=19000, delay="after")
    first = fleet.worker(1, name="first")
    fleet.dispatcher()
    run = world.create("shop")
    eventually(lambda: in_the_middle(world, call, "shop"), within=20)
    fleet.worker(1, name="second")
    first.kill_group()
    ended(Run.objects.get(pk=run.pk), within=15)
    assert world.holds("shop") == ONE_OF_EVERYTHING
    assert {state for _, _, state in ledger("shop")} == {"present"}
    twice = {path: times for path, times in world.effects().items() if times > 1 and MADE_AGAIN not in path}
    assert twice == {}
    assert Step.objects.get(run=run, name=step).epoch == 2
