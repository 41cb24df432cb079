"""Names taken by strangers: the run stops with `conflict`, and the stranger's object is what it was."""

from collections.abc import Callable

import pytest

from provisioning.operations import retry_run
from provisioning.systems.errors import SystemFault
from tests.engine.platform import Platform, work_until
from tests.flows.world import ONE_OF_EVERYTHING, World

Plant = Callable[[World], None]
Look = Callable[[World], object]


def group_id(world: World, path: str = "dev") -> int:
    """The id of a group."""
    group = world.gitlab.group(path)
    assert group is not None
    return group.id


def project_id(world: World, path: str) -> int:
    """The id of a project."""
    project = world.gitlab.project(path)
    assert project is not None
    return project.id


def plant_source(world: World) -> None:
    world.gitlab.create_project(group_id(world), "shop", "shop", description="Mine. Do not touch.")


def plant_helm(world: World) -> None:
    world.gitlab.create_project(group_id(world), "shop_helm", "shop_helm", description="Mine. Do not touch.")


def plant_job(world: World) -> None:
    xml = "<flow-definition><description>Mine.</description></flow-definition>"
    world.jenkins.create_job("dev", "Shop_dev", xml)


def hook_url(world: World) -> str:
    return f"{world.simulation.url}/jenkins/project/dev/shop_dev"


def plant_hook(world: World) -> None:
    source = project_id(world, "dev/shop")
    world.gitlab.create_hook(source, url=hook_url(world), name="mine", description="", secret="s3cret-of-mine")


def plant_registration(world: World) -> None:
    helm = world.gitlab.project("dev/shop_helm")
    assert helm is not None
    token = world.gitlab.create_deploy_token(helm.id, "mine")
    world.argocd.register_repository(helm.http_url, username=token.username, password=token.token, name="mine")


def application_of(project: str) -> Plant:
    """Somebody's Argo CD application of our name, in a project."""

    def plant(world: World) -> None:
        template = world.gitlab.project("templates/helm_Template")
        assert template is not None
        helm = world.gitlab.fork(template.id, group=project, path="theirs", name="theirs", description="Mine.")
        token = world.gitlab.create_deploy_token(helm.id, "theirs")
        world.argocd.register_repository(helm.http_url, username=token.username, password=token.token)
        world.argocd.create_application(
            {
                "metadata": {"name": "shop", "labels": {"owner": "somebody"}},
                "spec": {
                    "project": project,
                    "source": {"repoURL": helm.http_url, "path": ".", "targetRevision": "main"},
                    "destination": {"server": "https://kubernetes.default.svc", "namespace": "theirs"},
                },
            }
        )

    return plant


def hooks(world: World) -> object:
    return world.gitlab.hooks(project_id(world, "dev/shop"))


def registrations(world: World) -> object:
    return world.argocd.repositories()


def applications(world: World) -> object:
    found = world.argocd.find_application("shop")
    assert found is not None
    return (found.uid, found.labels, found.spec, found.project)


CASES: dict[str, tuple[str, Plant, Look]] = {
    "source repository": ("fork_source", plant_source, lambda world: world.gitlab.project("dev/shop")),
    "helm repository": ("fork_helm", plant_helm, lambda world: world.gitlab.project("dev/shop_helm")),
    "pipeline": ("create_pipeline", plant_job, lambda world: world.jenkins.job_config("dev", "Shop_dev")),
    "webhook": ("create_webhook", plant_hook, hooks),
    "registration": ("register_repository", plant_registration, registrations),
    "application": ("create_application", application_of("dev"), applications),
    "application of another team": ("create_application", application_of("ops"), applications),
}


@pytest.mark.parametrize("case", CASES)
def test_a_strangers_object_stops_the_run_untouched(world: World, platform: Platform, case: str) -> None:
    step_name, plant, look = CASES[case]
    run = world.create("shop")
    work_until(platform, run, step_name)
    plant(world)
    before = look(world)
    assert before
    platform.do(platform.step(run, step_name).pk)
    platform.work(run)
    step = platform.step(run, step_name)
    assert (run.status, step.status, step.error_code, step.error_whose) == ("failed", "failed", "conflict", "operator")
    assert "shop" in step.error_message
    assert "cancel" in step.error_hint
    assert look(world) == before
    # Pressed again while the stranger is still there: nothing else happens.
    assert platform.work(retry_run(run_id=run.pk, actor=None)).status == "failed"
    assert look(world) == before


def test_a_stranger_that_comes_between_our_look_and_our_call(world: World, platform: Platform) -> None:
    run = world.create("shop")
    work_until(platform, run, "fork_source")
    plant_source(world)
    before = world.gitlab.project("dev/shop")
    # GitLab's first answer is from before the stranger came.
    body = {"message": "404 Project Not Found"}
    world.simulation.fault("gitlab", "GET", "^/api/v4/projects/dev%2Fshop$", times=1, status=404, body=body)
    platform.do(platform.step(run, "fork_source").pk)
    platform.work(run)
    assert platform.step(run, "fork_source").error_code == "conflict"
    assert world.gitlab.project("dev/shop") == before
    # Even now that the ledger holds our intention, the stranger's project does not bear our mark.
    assert platform.work(retry_run(run_id=run.pk, actor=None)).status == "failed"
    assert world.gitlab.project("dev/shop") == before


def test_when_the_stranger_left_a_retry_goes_on(world: World, platform: Platform) -> None:
    plant_job(world)
    run = platform.work(world.create("shop"))
    assert run.status == "failed"
    world.jenkins.delete_job("dev", "Shop_dev")
    run = platform.work(retry_run(run_id=run.pk, actor=None))
    assert run.status == "succeeded"
    assert world.holds("shop") == ONE_OF_EVERYTHING


def test_the_clients_refuse_what_is_there(world: World) -> None:
    plant_source(world)
    with pytest.raises(SystemFault):
        plant_source(world)
