"""From a name to a working pipeline: the whole list of what happens, and what is there afterwards."""

from tests.engine.platform import Platform
from tests.flows.world import ONE_OF_EVERYTHING, World, ledger

STEPS = [
    "find_templates",
    "fork_source",
    "fork_helm",
    "wait_for_source",
    "wait_for_helm",
    "configure_source",
    "configure_helm",
    "create_pipeline",
    "create_webhook",
    "register_repository",
    "create_application",
]


def test_an_application_comes_into_being(world: World, platform: Platform) -> None:
    run = platform.work(world.create("shop"))
    assert platform.states(run) == [(name, "succeeded") for name in STEPS]
    assert run.status == "succeeded"
    assert world.holds("shop") == ONE_OF_EVERYTHING
    assert ledger("shop") == [
        ("argocd", "application", "present"),
        ("argocd", "repository", "present"),
        ("gitlab", "deploy_token", "present"),
        ("gitlab", "project", "present"),
        ("gitlab", "project", "present"),
        ("gitlab", "webhook", "present"),
        ("jenkins", "job", "present"),
    ]
