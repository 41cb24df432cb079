"""The verbs against the simulators: what they make is there, once, and what they take away is gone."""

from typing import Any

import pytest

from provisioning.systems.argocd import ArgoCD, Project
from provisioning.systems.errors import Busy, Changed, Conflict, Invalid, Refused, SystemFault, Unsure
from provisioning.systems.gitlab import Action, GitLab
from provisioning.systems.http import connections
from provisioning.systems.jenkins import Jenkins
from simulators.argocd.models import ADMIN_TOKEN
from tests.simulators.cd import Cd, application, chart
from tests.simulators.ci import Ci, pipeline
from tests.simulators.lab import TOKEN, Lab

URL = "http://jenkins.example.com/project/dev/shop"

# --- GitLab ------------------------------------------------------------------------------------------------------


def test_from_a_group_to_a_finished_fork(lab: Lab, real_gitlab: GitLab) -> None:
    lab.settings(fork_looks=2)
    templates, dev = real_gitlab.create_group("templates", "Templates"), real_gitlab.create_group("dev", "Dev")
    assert real_gitlab.group("dev") == dev
    template = real_gitlab.create_project(templates.id, "spring", "spring")
    real_gitlab.commit(template.id, "main", "first", [Action("create", "values.yaml", "image: x\n")])
    fork = real_gitlab.fork(template.id, group="dev", path="shop", name="shop", description="mark 1")
    assert (fork.import_status, fork.description, fork.forked_from_id) == ("scheduled", "mark 1", template.id)
    states = [found.import_status for found in (real_gitlab.project("dev/shop") for _ in range(3)) if found]
    assert states[-1] == "finished"
    with pytest.raises(Conflict):
        real_gitlab.fork(template.id, group="dev", path="shop", name="shop", description="mark 2")


@pytest.fixture
def shop(lab: Lab, real_gitlab: GitLab) -> int:
    """A project dev/shop with two files and GitLab's own protection of main."""
    made = lab.template(lab.group("dev")["id"], "shop")
    return int(made["id"])


@pytest.mark.parametrize("edition", ["ce", "ee"])
def test_developers_may_push_in_both_editions(lab: Lab, real_gitlab: GitLab, shop: int, edition: str) -> None:
    lab.settings(edition=edition)
    assert real_gitlab.protect(shop, "main", push=40, merge=40).allows(40, 40)
    assert real_gitlab.protect(shop, "main").allows(30, 30)
    found = real_gitlab.protection(shop, "main")
    assert found is not None
    assert found.allows(30, 30)
    assert real_gitlab.protection(shop, "other") is None


def test_nobodys_change_is_lost(real_gitlab: GitLab, shop: int) -> None:
    read = real_gitlab.read_file(shop, "chart/values.yaml", "main")
    assert read is not None
    theirs = Action("update", "chart/values.yaml", "tag: 2\n", read.last_commit_id)
    real_gitlab.commit(shop, "main", "theirs", [theirs])
    with pytest.raises(Changed):
        real_gitlab.commit(shop, "main", "ours", [Action("update", "chart/values.yaml", "x", read.last_commit_id)])
    again = real_gitlab.read_file(shop, "chart/values.yaml", "main")
    assert again is not None
    assert again.text == "tag: 2\n"
    assert real_gitlab.read_file(shop, "chart/none.yaml", "main") is None
    assert real_gitlab.read_file(shop, "chart/values.yaml", "no-such-branch") is None


def test_hooks_over_several_pages(lab: Lab, real_gitlab: GitLab, shop: int) -> None:
    lab.settings(allow_local_hooks=True)
    for number in range(101):
        real_gitlab.create_hook(shop, url=URL, name=f"hook {number}", description="d", secret="hook-secret")
    found = real_gitlab.hooks(shop)
    assert len({hook.id for hook in found}) == 101
    changed = real_gitlab.update_hook(
        shop, found[0].id, url=found[0].url, name="new", description="d", secret="s" * 8, branch_filter="main"
    )
    assert (changed.name, changed.branch_filter) == ("new", "main")
    real_gitlab.delete_hook(shop, found[0].id)
    real_gitlab.delete_hook(shop, found[0].id)
    assert len(real_gitlab.hooks(shop)) == 100


def test_a_local_hook_is_refused(lab: Lab, real_gitlab: GitLab, shop: int) -> None:
    lab.settings(allow_local_hooks=False)
    with pytest.raises(Invalid, match="Invalid url given"):
        real_gitlab.create_hook(shop, url="http://127.0.0.1/x", name="n", description="d", secret="hook-secret")


def test_deploy_tokens(real_gitlab: GitLab, shop: int) -> None:
    made = real_gitlab.create_deploy_token(shop, "argocd")
    assert made.token
    assert [(token.id, token.name, token.token) for token in real_gitlab.deploy_tokens(shop)] == [
        (made.id, "argocd", "")
    ]
    real_gitlab.delete_deploy_token(shop, made.id)
    real_gitlab.delete_deploy_token(shop, made.id)
    assert real_gitlab.deploy_tokens(shop) == []


@pytest.mark.parametrize("version", [17, 18])
def test_a_deleted_projects_path_is_free(lab: Lab, real_gitlab: GitLab, shop: int, version: int) -> None:
    lab.settings(version=version)
    real_gitlab.delete_project(shop)
    real_gitlab.delete_project(shop)
    found = real_gitlab.project("dev/shop")
    assert found is None or found.deleting


def test_gitlab_knows_us(real_gitlab: GitLab, lab: Lab) -> None:
    assert real_gitlab.version()
    assert real_gitlab.whoami().admin
    with pytest.raises(Refused, match="401"):
        GitLab(lab.url, "glpat-nobody").whoami()


# --- Jenkins -----------------------------------------------------------------------------------------------------


def test_a_folder_and_a_job_in_it(real_jenkins: Jenkins) -> None:
    assert real_jenkins.folder("dev") is None
    assert real_jenkins.create_folder("dev", "ours & theirs").description == "ours & theirs"
    assert real_jenkins.job("dev", "shop_dev") is None
    made = real_jenkins.create_job("dev", "shop_dev", pipeline(description="mark 1"))
    assert (made.full_name, made.description, made.buildable) == ("dev/shop_dev", "mark 1", True)
    real_jenkins.update_job("dev", "shop_dev", pipeline(description="mark 2"))
    config = real_jenkins.job_config("dev", "shop_dev")
    assert config is not None
    assert "mark 2" in config
    for name in ("shop_dev", "SHOP_dev"):
        with pytest.raises(Conflict):
            real_jenkins.create_job("dev", name, pipeline())
    real_jenkins.delete_job("dev", "shop_dev")
    real_jenkins.delete_job("dev", "shop_dev")
    assert real_jenkins.job("dev", "shop_dev") is None
    assert real_jenkins.job_config("dev", "shop_dev") is None


def test_a_job_without_its_folder(real_jenkins: Jenkins) -> None:
    with pytest.raises(Invalid, match="no place"):
        real_jenkins.create_job("nowhere", "shop", pipeline())


def test_jenkins_knows_us(real_jenkins: Jenkins, ci: Ci) -> None:
    assert real_jenkins.whoami().name == "admin"
    with pytest.raises(Refused):
        Jenkins(ci.url, "admin", "wrong-token").whoami()


# --- Argo CD -----------------------------------------------------------------------------------------------------


def test_a_project_is_shared_without_loss(real_argocd: ArgoCD) -> None:
    assert real_argocd.project("team") is None
    rules = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}
    first = real_argocd.create_project(Project("team", rules))
    theirs = Project("team", first.spec | {"description": "theirs"}, resource_version=first.resource_version)
    second = real_argocd.update_project(theirs)
    assert second.spec["description"] == "theirs"
    with pytest.raises(Changed):
        real_argocd.update_project(first)
    with pytest.raises(Conflict):
        real_argocd.create_project(Project("team", rules | {"description": "other"}))


def test_a_repository_with_a_deploy_token(lab: Lab, cd: Cd, real_gitlab: GitLab, real_argocd: ArgoCD) -> None:
    helm, url = chart(lab), cd.repo("dev/shop_helm")
    assert real_argocd.repository(url) is None
    token = real_gitlab.create_deploy_token(helm, "argocd")
    with pytest.raises(Invalid, match="not let in"):
        real_argocd.register_repository(url, username=token.username, password="wrong-password")
    assert real_argocd.repositories() == []
    real_argocd.register_repository(url, username=token.username, password=token.token, name="mark")
    found = real_argocd.repository(url, refresh=True)
    assert found is not None
    assert (found.name, found.connection) == ("mark", "Successful")
    real_gitlab.delete_deploy_token(helm, token.id)
    broken = real_argocd.repository(url, refresh=True)
    assert broken is not None
    assert broken.connection == "Failed"
    newer = real_gitlab.create_deploy_token(helm, "argocd")
    with pytest.raises(Conflict):
        real_argocd.register_repository(url, username=newer.username, password=newer.token, name="mark")
    real_argocd.register_repository(url, username=newer.username, password=newer.token, name="mark", upsert=True)
    real_argocd.delete_repository(url)
    real_argocd.delete_repository(url)
    assert real_argocd.repository(url) is None


def test_an_empty_repository_is_not_ready_yet(lab: Lab, cd: Cd, real_argocd: ArgoCD) -> None:
    chart(lab, files={})
    with pytest.raises(Busy) as caught:
        real_argocd.register_repository(cd.repo("dev/shop_helm"), username="oauth2", password=TOKEN)
    assert caught.value.after == 2


def test_an_application(lab: Lab, cd: Cd, real_argocd: ArgoCD) -> None:
    chart(lab)
    url = cd.repo("dev/shop_helm")
    real_argocd.register_repository(url, username="oauth2", password=TOKEN)
    assert real_argocd.application("shop", "default") is None
    assert real_argocd.find_application("shop") is None
    made = real_argocd.create_application(application(url))
    assert (made.labels, made.deleting) == ({"owner": "us"}, False)
    assert real_argocd.create_application(application(url)).uid == made.uid
    with pytest.raises(Conflict):
        real_argocd.create_application(application(url, metadata__labels={"owner": "them"}))
    found = real_argocd.find_application("shop")
    assert found is not None
    assert (found.uid, found.project) == (made.uid, "default")
    real_argocd.delete_application("shop", "default")
    cd.pass_time(600)
    assert real_argocd.application("shop", "default") is None
    real_argocd.delete_application("shop", "default")


def test_argo_cd_knows_us(real_argocd: ArgoCD, cd: Cd) -> None:
    assert real_argocd.userinfo().username
    for token in ("opaque-token", f"{ADMIN_TOKEN}x"):
        with pytest.raises(Refused):
            ArgoCD(cd.url, token).userinfo()


# --- Faults, on the first read and the first write of each system ------------------------------------------------

FAULTS: list[tuple[dict[str, Any], type[SystemFault]]] = [
    ({"cut": "before", "times": 2}, Unsure),
    ({"cut": "after", "times": 2}, Unsure),
    ({"garbage": True}, Unsure),
    ({"delay_ms": 1500}, Unsure),
    ({"status": 401}, Refused),
    ({"status": 403}, Refused),
    ({"status": 429, "headers": {"Retry-After": "1"}}, Busy),
    ({"status": 429}, Busy),
    ({"status": 500}, Unsure),
    ({"status": 502, "body": "<html>Bad Gateway</html>"}, Unsure),
    ({"status": 503}, Busy),
    ({"status": 409}, Conflict),
]
WRITES = {
    "gitlab": lambda client: client.create_group("dev", "Dev"),
    "jenkins": lambda client: client.create_folder("dev", "ours"),
    "argocd": lambda client: client.create_project(Project("dev", {"sourceRepos": ["*"]})),
}
READS = {
    "gitlab": lambda client: client.group("dev"),
    "jenkins": lambda client: client.folder("dev"),
    "argocd": lambda client: client.project("dev"),
}


@pytest.fixture
def clients(lab: Lab, ci: Ci, cd: Cd) -> dict[str, Any]:
    """A client of each system that does not wait long, and on fresh connections."""
    connections.close()
    quick = {"timeout": (1.0, 0.5)}
    return {
        "gitlab": GitLab(lab.url, TOKEN, **quick),
        "jenkins": Jenkins(ci.url, "admin", "jenkins-sim-token", **quick),
        "argocd": ArgoCD(cd.url, ADMIN_TOKEN, **quick),
    }


@pytest.mark.parametrize("system", ["gitlab", "jenkins", "argocd"])
@pytest.mark.parametrize(("effect", "kind"), FAULTS)
def test_every_fault_has_its_class(
    clients: dict[str, Any],
    lab: Lab,
    ci: Ci,
    cd: Cd,
    system: str,
    effect: dict[str, Any],
    kind: type[SystemFault],
) -> None:
    control = {"gitlab": lab.control, "jenkins": ci.control, "argocd": cd.control}[system]
    for verb, method in ((READS, "GET"), (WRITES, "POST")):
        control("POST", "faults", path="^/", method=method, **effect)
        with pytest.raises(SystemFault) as caught:
            verb[system](clients[system])
        assert (type(caught.value), caught.value.system) == (kind, system)
        control("DELETE", "faults")
        connections.close()
