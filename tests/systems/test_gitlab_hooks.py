"""Webhooks and deploy tokens in GitLab: all pages, and no secret in any text."""

from typing import Any

import pytest

from provisioning.systems.errors import Invalid, Unsure
from provisioning.systems.gitlab import GitLab
from tests.systems import bodies
from tests.systems.stub import Stub, data, page

V4 = "/api/v4"


def some_hook(gitlab: GitLab, secret: str) -> object:
    return gitlab.create_hook(7, url="http://jenkins/x", name="n", description="d", secret=secret)


def test_all_pages_are_read_from_our_address(stub: Stub, gitlab: GitLab) -> None:
    elsewhere = '<https://api.elsewhere.example.com/api/v4/projects/7/hooks?page=2>; rel="next"'
    stub.will(
        data([bodies.hook(1), bodies.hook(2)], 200, X_Next_Page="2", Link=elsewhere),
        data([bodies.hook(3)], 200, X_Next_Page=""),
    )
    assert [hook.id for hook in gitlab.hooks(7)] == [1, 2, 3]
    assert stub.asked == [f"GET {V4}/projects/7/hooks?per_page=100&page={page}" for page in (1, 2)]


def test_pages_without_their_headers(stub: Stub, gitlab: GitLab) -> None:
    stub.will(data([bodies.hook(number) for number in range(100)]), data([bodies.hook(100)]))
    assert len(gitlab.hooks(7)) == 101


def test_pages_that_go_round_end(stub: Stub, gitlab: GitLab) -> None:
    stub.will(data([bodies.hook(1)], 200, X_Next_Page="2"), data([bodies.hook(2)], 200, X_Next_Page="1"))
    assert len(gitlab.hooks(7)) == 2


def test_a_project_that_is_gone_has_no_hooks(stub: Stub, gitlab: GitLab) -> None:
    stub.will(data({"message": "404 Project Not Found"}, 404), page(404))
    assert gitlab.hooks(7) == []
    with pytest.raises(Unsure):
        gitlab.hooks(7)


@pytest.mark.parametrize("body", [{}, {"message": "ok"}, "x", [1]])
def test_a_list_that_is_none_is_unsure(stub: Stub, gitlab: GitLab, body: Any) -> None:
    stub.will(data(body))
    with pytest.raises(Unsure):
        gitlab.hooks(7)


def test_a_hook_of_gitlab_16_has_no_name(stub: Stub, gitlab: GitLab) -> None:
    stub.will(data([bodies.hook(1, name=None, alert_status="disabled")]))
    (hook,) = gitlab.hooks(7)
    assert (hook.name, hook.description, hook.branch_filter, hook.alert_status) == ("", "", "", "disabled")


def test_a_refused_address_is_the_operators_to_allow(stub: Stub, gitlab: GitLab) -> None:
    stub.will(data({"error": "Invalid url given"}, 422))
    with pytest.raises(Invalid) as caught:
        some_hook(gitlab, "hook-secret")
    assert (caught.value.whose, "local network" in caught.value.hint) == ("operator", True)


def test_a_hooks_secret_is_in_no_error(stub: Stub, gitlab: GitLab) -> None:
    stub.will(data({"message": {"token": ["hook-secret is too weak"]}}, 400))
    with pytest.raises(Invalid) as caught:
        some_hook(gitlab, "hook-secret")
    assert stub.seen[0].json["token"] == "hook-secret"
    assert "hook-secret" not in f"{caught.value} {caught.value.detail}"


# --- Deploy tokens -----------------------------------------------------------------------------------------------


def test_a_deploy_token_is_told_once_and_never_printed(stub: Stub, gitlab: GitLab) -> None:
    stub.will(data({"id": 1, "name": "argocd", "username": "gitlab+deploy-token-1", "token": "gldt-abcdef"}, 201))
    made = gitlab.create_deploy_token(7, "argocd")
    assert (made.token, "gldt-abcdef" in repr(made)) == ("gldt-abcdef", False)
    assert stub.seen[0].json == {"name": "argocd", "scopes": ["read_repository"]}


def test_a_deploy_token_without_its_value_is_unsure(stub: Stub, gitlab: GitLab) -> None:
    stub.will(data({"id": 1, "name": "argocd", "username": "u"}, 201))
    with pytest.raises(Unsure):
        gitlab.create_deploy_token(7, "argocd")


def test_only_tokens_that_work_are_listed(stub: Stub, gitlab: GitLab) -> None:
    row = {"name": "argocd", "username": "u"}
    stub.will(data([{"id": 1, "revoked": True, **row}, {"id": 2, "expired": True, **row}, {"id": 3, **row}]))
    assert [token.id for token in gitlab.deploy_tokens(7)] == [3]
