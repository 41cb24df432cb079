"""Argo CD's odd answers, each told by a stub."""

from dataclasses import replace
from typing import Any

import pytest

from provisioning.systems.argocd import Application, ArgoCD, Project, same_url
from provisioning.systems.errors import Busy, Changed, Conflict, Invalid, Refused, SystemFault, Unsure
from tests.systems import bodies
from tests.systems.stub import Reply, Stub, data, page

URL = "https://gitlab.example.com/dev/shop_helm.git"
V1 = "/api/v1"
LIST, ONE = f"GET {V1}/repositories", f"{V1}/repositories/https%3A%2F%2Fgitlab.example.com%2Fdev%2Fshop_helm.git"
DENIED = data(bodies.refusal(7, "permission denied"), 403)
PLAIN_404 = Reply(404, b"Not Found\n", {"Content-Type": "text/plain"})
GONE = data(bodies.refusal(5, 'applications.argoproj.io "shop" not found'), 404)


def no(status: int, code: int, message: str) -> Reply:
    return data(bodies.refusal(code, message), status)


# --- Every call --------------------------------------------------------------------------------------------------


def test_every_write_has_exactly_the_content_type(stub: Stub, argocd: ArgoCD, writes: list[str]) -> None:
    made = data(bodies.argo_project())
    stub.will(made, made, data(bodies.repository()), data({}), data(bodies.application()), data({}))
    project = argocd.create_project(Project("dev", {"sourceRepos": ["*"]}))
    argocd.update_project(project)
    argocd.register_repository(URL, username="u", password="gldt-secret")
    argocd.delete_repository(URL)
    argocd.create_application({"metadata": {"name": "shop"}, "spec": {}})
    argocd.delete_application("shop", "dev")
    assert {one.headers["Content-Type"] for one in stub.seen} == {"application/json"}
    assert {one.headers["Authorization"] for one in stub.seen} == {"Bearer argocd.secret.token"}
    assert len(writes) == len(stub.seen) == 6


def test_who_is_logged_in(stub: Stub, argocd: ArgoCD) -> None:
    stub.will(data({"loggedIn": True, "username": "provisioner", "iss": "argocd"}))
    assert argocd.userinfo().username == "provisioner"


def test_200_is_no_log_in(stub: Stub, argocd: ArgoCD) -> None:
    stub.will(data({}))
    with pytest.raises(Refused) as caught:
        argocd.userinfo()
    assert "ARGOCD_TOKEN" in caught.value.hint


REFUSALS: list[tuple[Reply, type[SystemFault]]] = [
    (no(401, 16, "no session information"), Refused),
    (no(403, 7, "permission denied: applications, create, dev/shop, sub: x"), Refused),
    (no(400, 3, "existing application spec is different, use upsert flag to force update"), Conflict),
    (
        no(400, 3, 'existing project spec is different; use upsert flag to force update; difference in keys "x"'),
        Conflict,
    ),
    (no(409, 6, "role 'x' already exists"), Conflict),
    (data({"message": "409"}, 409), Conflict),
    (no(409, 10, "the object has been modified"), Changed),
    (no(400, 3, 'app is not allowed in project "p", or the project does not exist'), Invalid),
    (no(400, 9, "application is deleting"), Busy),
    (no(500, 2, "resource name may not be empty"), Invalid),
    (no(500, 2, 'repository not found for url "u" and project "p"'), Invalid),
    (no(500, 2, "dial tcp 10.0.0.1:6379: connect: connection refused"), Unsure),
    (no(500, 13, "grpc: error while marshaling"), Unsure),
    (no(504, 4, "context deadline exceeded"), Unsure),
    (no(503, 14, "transport is closing"), Busy),
    (no(429, 8, "too many requests"), Busy),
    (Reply(415, b"Invalid content type\n", {"Content-Type": "text/plain"}), Invalid),
    (Reply(405, b"Method Not Allowed\n", {"Content-Type": "text/plain"}), Invalid),
    (PLAIN_404, Unsure),
    (page(400), Invalid),
    (page(500), Unsure),
    (page(502), Unsure),
    (page(200), Unsure),
    (page(307, Location="https://argocd.example.com/"), Unsure),
    (data([]), Unsure),
    (data({"metadata": {}}), Unsure),
]


@pytest.mark.parametrize(("reply", "kind"), REFUSALS)
def test_every_no_to_a_create(stub: Stub, argocd: ArgoCD, reply: Reply, kind: type[SystemFault]) -> None:
    stub.will(reply)
    with pytest.raises(SystemFault) as caught:
        argocd.create_application({"metadata": {"name": "shop"}, "spec": {}})
    found = caught.value
    assert type(found) is kind
    assert "the application shop" in found.message or reply.status == 401
    assert "s3cret" not in f"{found} {found.detail}"
    assert len(stub.seen) == 1


# --- Projects ----------------------------------------------------------------------------------------------------


def test_a_project(stub: Stub, argocd: ArgoCD) -> None:
    stub.will(data(bodies.argo_project()), no(404, 5, 'appprojects.argoproj.io "ops" not found'))
    found = argocd.project("dev")
    assert found == Project("dev", {"sourceRepos": ["*"]}, resource_version="40112")
    assert argocd.project("ops") is None


@pytest.mark.parametrize("reply", [PLAIN_404, page(404), data({"message": "404"}, 404)])
def test_a_404_that_is_not_argo_cds_own(stub: Stub, argocd: ArgoCD, reply: Reply) -> None:
    stub.will(reply)
    with pytest.raises(Unsure):
        argocd.project("dev")


def test_an_update_names_the_version_it_read(stub: Stub, argocd: ArgoCD) -> None:
    stub.will(
        data(bodies.argo_project()), data(bodies.argo_project("40113")), no(409, 10, "the object has been modified")
    )
    found = argocd.project("dev")
    assert found is not None
    wanted = replace(found, spec=found.spec | {"description": "ours"})
    assert argocd.update_project(wanted).resource_version == "40113"
    assert stub.seen[1].json == {
        "project": {
            "metadata": {"name": "dev", "resourceVersion": "40112"},
            "spec": {"sourceRepos": ["*"], "description": "ours"},
        }
    }
    with pytest.raises(Changed) as caught:
        argocd.update_project(wanted)
    assert caught.value.again


# --- Repositories ------------------------------------------------------------------------------------------------


def test_a_failed_connection_is_an_answer(stub: Stub, argocd: ArgoCD) -> None:
    stub.will(data(bodies.repository(status="Failed", message="Unable to connect to repository")))
    found = argocd.repository(URL, refresh=True)
    assert found is not None
    assert (found.connection, found.name, found.project) == ("Failed", "", "")
    assert stub.asked == [f"GET {ONE}?forceRefresh=true"]


@pytest.mark.parametrize("items", [[], None, [bodies.repository("https://gitlab.example.com/dev/other.git")]])
def test_403_and_not_in_the_list_is_absent(stub: Stub, argocd: ArgoCD, items: Any) -> None:
    listed = data({"metadata": {}, "items": items})
    stub.will(DENIED, listed, DENIED, listed)
    assert argocd.repository(URL) is None
    argocd.delete_repository(URL)
    assert stub.asked == [f"GET {ONE}", LIST, f"DELETE {ONE}", LIST]


def test_403_and_in_the_list_is_refused(stub: Stub, argocd: ArgoCD) -> None:
    listed = data({"items": [bodies.repository(URL.removesuffix(".git").upper())]})
    stub.will(DENIED, listed, DENIED, listed)
    with pytest.raises(Refused):
        argocd.repository(URL)
    with pytest.raises(Refused):
        argocd.delete_repository(URL)


def test_an_absence_that_no_list_proves(stub: Stub, argocd: ArgoCD) -> None:
    stub.will(page(403), page(502))
    with pytest.raises(Unsure):
        argocd.delete_repository(URL)


def register(argocd: ArgoCD, **more: Any) -> object:
    return argocd.register_repository(
        URL, username="gitlab+deploy-token-1", password="gldt-secret", name="mark", **more
    )


def test_a_repository_is_registered(stub: Stub, argocd: ArgoCD) -> None:
    stub.will(data(bodies.repository(status="")), data(bodies.repository() | {"password": "gldt-secret"}))
    register(argocd)
    assert stub.asked == [f"POST {V1}/repositories?upsert=false"]
    body = {"type": "git", "repo": URL, "username": "gitlab+deploy-token-1", "password": "gldt-secret", "name": "mark"}
    assert stub.seen[0].json == body
    assert "gldt-secret" not in repr(register(argocd, upsert=True, project="dev"))
    assert stub.asked[1].endswith("?upsert=true")


TEST = "error testing repository connectivity: unable to ls-remote HEAD on repository: "
CONNECTIONS: list[tuple[str, type[SystemFault], str]] = [
    ("remote repository is empty", Busy, "remote"),
    ("failed to list refs: authentication required: HTTP Basic: Access denied", Invalid, "operator"),
    ("failed to list refs: dial tcp: lookup gitlab.example.com: no such host", Unsure, "remote"),
    ("failed to list refs: unexpected client error: 502", Unsure, "remote"),
]


@pytest.mark.parametrize(("why", "kind", "whose"), CONNECTIONS)
def test_a_repository_that_cannot_be_read(
    stub: Stub, argocd: ArgoCD, why: str, kind: type[SystemFault], whose: str
) -> None:
    stub.will(no(500, 2, f"{TEST}{why} gldt-secret"))
    with pytest.raises(SystemFault) as caught:
        register(argocd)
    found = caught.value
    assert (type(found), found.whose) == (kind, whose)
    assert "gldt-secret" not in f"{found} {found.detail}"
    if isinstance(found, Busy):
        assert found.after == 2


def test_an_application_whose_repository_cannot_be_read(stub: Stub, argocd: ArgoCD) -> None:
    why = "repository not accessible: repositories not accessible: dial tcp: i/o timeout"
    stub.will(no(400, 3, f"application spec for shop is invalid: InvalidSpecError: {why}"))
    with pytest.raises(Unsure):
        argocd.create_application({"metadata": {"name": "shop"}, "spec": {}})


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("https://gitlab.example.com/DEV/shop_helm", True),
        ("https://oauth2:x@gitlab.example.com/dev/shop_helm.git", True),
        ("https://gitlab.example.com/dev/shop_helm2.git", False),
        ("http://gitlab.example.com/dev/shop_helm.git", False),
    ],
)
def test_addresses_of_one_repository(other: str, same: bool) -> None:
    assert same_url(URL, other) is same


def test_two_ways_of_writing_ssh() -> None:
    assert same_url("ssh://git@gitlab.example.com/dev/shop.git", "git@gitlab.example.com:dev/shop")


# --- Applications ------------------------------------------------------------------------------------------------


def test_an_application(stub: Stub, argocd: ArgoCD) -> None:
    labelled = bodies.application(labels={"slipway.dev/mark": "m"}, deletionTimestamp="2026-09-09T08:00:00Z")
    stub.will(data(labelled), GONE)
    found = argocd.application("shop", "dev")
    assert found == Application("shop", "dev", "u-1", True, {"slipway.dev/mark": "m"}, {"project": "dev"})
    assert argocd.application("shop", "dev") is None
    assert stub.asked[0] == f"GET {V1}/applications/shop?project=dev"


def test_an_application_in_another_project(stub: Stub, argocd: ArgoCD) -> None:
    stub.will(data({"items": [bodies.application("shop2"), bodies.application("shop")]}), data({"items": None}))
    found = argocd.find_application("shop")
    assert found is not None
    assert found.name == "shop"
    assert argocd.find_application("shop") is None
    assert stub.asked[0] == f"GET {V1}/applications?name=shop"


def test_a_create_never_takes_over(stub: Stub, argocd: ArgoCD) -> None:
    stub.will(data(bodies.application()))
    argocd.create_application({"metadata": {"name": "shop"}, "spec": {}})
    assert stub.asked == [f"POST {V1}/applications?upsert=false&validate=true"]


def test_200_with_a_dying_application_is_no_creation(stub: Stub, argocd: ArgoCD) -> None:
    stub.will(data(bodies.application(deletionTimestamp="2026-09-09T08:00:00Z")))
    with pytest.raises(Busy):
        argocd.create_application({"metadata": {"name": "shop"}, "spec": {}})


@pytest.mark.parametrize("reply", [data({}), GONE])
def test_an_application_is_deleted(stub: Stub, argocd: ArgoCD, reply: Reply) -> None:
    stub.will(reply)
    argocd.delete_application("shop", "dev")
    query = "project=dev&cascade=true&propagationPolicy=foreground"
    assert stub.asked == [f"DELETE {V1}/applications/shop?{query}"]


@pytest.mark.parametrize("reply", [PLAIN_404, page(404)])
def test_a_proxys_404_deletes_nothing(stub: Stub, argocd: ArgoCD, reply: Reply) -> None:
    stub.will(reply)
    with pytest.raises(Unsure):
        argocd.delete_application("shop", "dev")
