"""Every call of create_app x every fault: the step says why it stands still; afterwards there is one of everything."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app
from django.core.management import call_command
from pytest_django.fixtures import Settings

from tests.engine.platform import Platform, work_until
from tests.faults.matrix import FAULTS, Call, meet_the_fault, recover, the_calls_of
from tests.flows.world import ONE_OF_EVERYTHING, World, ledger
from tests.simulation import Simulation

numbers = itertools.count(1)

CALLS = [
    Call("find_templates", "gitlab", "GET", "/api/v4/projects/templates%2Fdjango_Template"),
    Call("find_templates", "gitlab", "GET", "/api/v4/projects/templates%2Fhelm_Template"),
    Call("fork_source", "gitlab", "GET", "/api/v4/projects/dev%2FAPP"),
    Call("fork_source", "gitlab", "POST", "/api/v4/projects/ID/fork"),
    Call("fork_helm", "gitlab", "GET", "/api/v4/projects/dev%2FAPP_helm"),
    Call("fork_helm", "gitlab", "POST", "/api/v4/projects/ID/fork"),
    Call("wait_for_source", "gitlab", "GET", "/api/v4/projects/dev%2FAPP"),
    Call("wait_for_helm", "gitlab", "GET", "/api/v4/projects/dev%2FAPP_helm"),
    Call("configure_source", "gitlab", "GET", "/api/v4/projects/ID/protected_branches/main"),
    Call("configure_source", "gitlab", "DELETE", "/api/v4/projects/ID/protected_branches/main"),
    Call("configure_source", "gitlab", "POST", "/api/v4/projects/ID/protected_branches"),
    Call("configure_helm", "gitlab", "GET", "/api/v4/projects/ID/repository/files/values.yaml"),
    Call("configure_helm", "gitlab", "POST", "/api/v4/projects/ID/repository/commits"),
    Call("create_pipeline", "jenkins", "GET", "/job/dev/job/APP_dev/api/json"),
    Call("create_pipeline", "jenkins", "POST", "/job/dev/createItem"),
    Call("register_repository", "gitlab", "GET", "/api/v4/projects/ID/deploy_tokens"),
    Call("register_repository", "gitlab", "POST", "/api/v4/projects/ID/deploy_tokens"),
    Call("register_repository", "argocd", "GET", "/api/v1/repositories"),
    Call("register_repository", "argocd", "POST", "/api/v1/repositories"),
    Call("create_webhook", "gitlab", "GET", "/api/v4/projects/ID/hooks"),
    Call("create_webhook", "gitlab", "POST", "/api/v4/projects/ID/hooks"),
    Call("create_application", "argocd", "GET", "/api/v1/applications/APP"),
    Call("create_application", "argocd", "GET", "/api/v1/applications"),
    Call("create_application", "argocd", "POST", "/api/v1/applications"),
]


def test_the_matrix_has_every_call(world: World, platform: Platform) -> None:
    assert the_calls_of(world, platform, world.create("whole"), "whole") == CALLS


@pytest.fixture(scope="module")
def ready(simulators_url: str, django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[World, Platform]]:
    """One world for all cases, each of which has an application of its own: to empty it each time takes minutes."""
    with django_db_blocker.unblock(), Simulation(simulators_url) as simulation:
        simulation.reset()
        with current_app.connection_for_read() as broker:
            yield World(simulation), Platform(broker)
        call_command("flush", interactive=False, verbosity=0)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_fault_costs_nothing_but_time(
    ready: tuple[World, Platform], settings: Settings, call: Call, fault: str
) -> None:
    world, platform = ready
    world.simulation.lift_faults()
    app = f"app{next(numbers)}"
    run = world.create(app)
    work_until(platform, run, call.step)
    world.simulation.fault(call.system, call.method, call.pattern(app), **FAULTS[fault])
    settings.HTTP_READ_SECONDS = 0.2
    step = meet_the_fault(platform, run, call.step)
    settings.HTTP_READ_SECONDS = 20
    if step.status != "succeeded":
        assert step.status in ("failed", "waiting")
        assert step.error_code
        assert step.error_message
        assert step.error_hint
        assert "<" not in step.error_message + step.error_detail
        assert step.waiting_for or step.status == "failed"
    world.simulation.lift_faults()
    run = recover(platform, run)
    assert platform.states(run) == [(name, "succeeded") for name, _ in platform.states(run)]
    assert world.holds(app) == ONE_OF_EVERYTHING
    assert {state for _, _, state in ledger(app)} == {"present"}
    assert len(ledger(app)) == 7
