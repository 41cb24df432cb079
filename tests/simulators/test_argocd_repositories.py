"""Repositories: really asked over HTTP, stored once per address, and their credentials never seen again."""

from typing import Any

import pytest

from tests.simulators.cd import Cd, chart, escaped, project, repository
from tests.simulators.lab import Lab

FAILED = "error testing repository connectivity: unable to ls-remote HEAD on repository: failed to list refs: "
DENIED = "authentication required: HTTP Basic: Access denied"


@pytest.fixture
def repo(cd: Cd, lab: Lab) -> str:
    """The address of a repository with a chart in it."""
    chart(lab)
    return cd.repo("dev/shop_helm")


def reads(lab: Lab, what: str = "info/refs") -> int:
    return sum(what in one["path"] for one in lab.control("GET", "requests?since=0"))


def test_a_repository_is_tested_and_answered_without_its_credentials(cd: Cd, repo: str) -> None:
    made = cd.ok("POST", "/repositories", repository(repo))
    untested = {"status": "", "message": "", "attemptedAt": None}
    assert made == {"repo": repo, "type": "git", "connectionState": untested}
    read = cd.ok("GET", f"/repositories/{escaped(repo)}")
    assert read["connectionState"]["status"] == "Successful"
    assert "glpat-sim-admin" not in str([read, cd.ok("GET", "/repositories"), cd.state()])


@pytest.mark.parametrize(
    ("path", "credentials", "words"),
    [
        ("dev/shop_helm", {"password": "wrong"}, DENIED),
        ("dev/shop_helm", {"username": None, "password": None}, DENIED),
        ("dev/missing", {}, "repository not found"),
    ],
)
def test_what_cannot_be_read_is_500_and_not_stored(
    cd: Cd, repo: str, path: str, credentials: dict[str, Any], words: str
) -> None:
    refused = cd.no("POST", "/repositories", repository(cd.repo(path), **credentials))
    assert refused == (500, 2, FAILED + words)
    assert cd.state()["repositories"] == []


def test_an_empty_repository_fails_until_it_has_a_commit(cd: Cd, lab: Lab) -> None:
    chart(lab, "empty", {})
    body = repository(cd.repo("dev/empty"))
    assert cd.no("POST", "/repositories", body) == (500, 2, f"{FAILED}remote repository is empty")
    lab.commit(lab.ok("GET", "/projects/dev%2Fempty")["id"], {"action": "create", "file_path": "a", "content": "a"})
    assert cd.ok("POST", "/repositories", body)


def test_a_server_that_is_down_or_broken(cd: Cd, lab: Lab, repo: str) -> None:
    assert cd.no("POST", "/repositories", repository("http://127.0.0.1:9/a/b.git"))[:2] == (500, 2)
    for status in (500, 502):
        lab.fault(path="info/refs", status=status, body="<html>")
        message = cd.no("POST", "/repositories", repository(repo))[2]
        assert message.endswith(f"status code: {status}")
    lab.fault(path="info/refs", cut="before")
    assert cd.no("POST", "/repositories", repository(repo))[:2] == (500, 2)
    lab.fault(path="info/refs", garbage=True)
    assert cd.no("POST", "/repositories", repository(repo))[:2] == (500, 2)


def test_the_same_again_is_tested_again_and_fine(cd: Cd, lab: Lab, repo: str) -> None:
    cd.ok("POST", "/repositories", repository(repo))
    cd.ok("POST", "/repositories", repository(repo))
    assert (reads(lab), len(cd.state()["repositories"])) == (2, 1)
    lab.fault(path="info/refs", status=503)
    assert cd.no("POST", "/repositories", repository(repo))[:2] == (500, 2)


def test_other_credentials_need_upsert_which_answers_with_the_password(cd: Cd, lab: Lab, repo: str) -> None:
    cd.ok("POST", "/repositories", repository(repo))
    other = repository(repo, username="somebody")
    text = 'existing repository spec is different; use upsert flag to force update; difference in keys "Username"'
    assert cd.no("POST", "/repositories", other) == (400, 3, text)
    assert cd.ok("POST", "/repositories?upsert=true", other)["password"] == "glpat-sim-admin"
    assert cd.state()["repositories"][0]["username"] == "somebody"


def test_without_a_type_the_repeat_differs(cd: Cd, repo: str) -> None:
    body = repository(repo, type=None)
    cd.ok("POST", "/repositories", body)
    assert cd.no("POST", "/repositories", body)[2].endswith('difference in keys "Type"')


@pytest.mark.parametrize("change", [str.upper, lambda url: url.removesuffix(".git")])
def test_addresses_are_the_same_without_case_and_suffix(cd: Cd, repo: str, change: Any) -> None:
    cd.ok("POST", "/repositories", repository(repo))
    host, _, path = repo.partition("/gitlab/")
    other = f"{host}/gitlab/{change(path)}"
    assert cd.ok("GET", f"/repositories/{escaped(other)}")["repo"] == repo
    assert cd.ok("DELETE", f"/repositories/{escaped(other)}") == {}


def test_ssh_and_scp_forms_are_one(cd: Cd) -> None:
    for url in ("ssh://git@host/dev/shop.git", "git@host:dev/shop"):
        cd.ask("POST", "/api/v1/repositories?upsert=true", json=repository(url, project="default"))
    assert len(cd.state()["repositories"]) == 1


def test_a_scoped_repository_is_not_tested_and_found_only_by_its_project(cd: Cd, lab: Lab, repo: str) -> None:
    cd.ok("POST", "/projects", project())
    cd.ok("POST", "/repositories", repository(repo, project="team", password="wrong"))
    assert reads(lab) == 0
    path = f"/repositories/{escaped(repo)}"
    assert cd.ok("GET", f"{path}?appProject=team")["connectionState"]["status"] == "Failed"
    text = f'repository not found for url "{repo}" and project "other"'
    assert cd.no("GET", f"{path}?appProject=other") == (500, 2, text)


def test_what_is_not_there_is_403(cd: Cd, repo: str) -> None:
    path = f"/repositories/{escaped(repo)}"
    for method in ("GET", "DELETE"):
        assert cd.no(method, path) == (403, 7, "permission denied")
    assert cd.no("PUT", path, repository(repo)) == (404, 5, f"repo '{repo}' not found")
    cd.ok("POST", "/repositories", repository(repo))
    assert cd.ok("DELETE", path) == {}
    assert cd.no("DELETE", path)[0] == 403
    assert cd.ok("GET", "/repositories") == {"metadata": {}, "items": []}


def test_a_failed_connection_is_200_and_a_good_one_is_remembered(cd: Cd, lab: Lab, repo: str) -> None:
    cd.ok("POST", "/repositories", repository(repo))
    path = f"/repositories/{escaped(repo)}"
    lab.fault(path="info/refs", status=401, times=None)
    assert cd.ok("GET", path)["connectionState"]["status"] == "Successful"
    failed = cd.ok("GET", f"{path}?forceRefresh=true")["connectionState"]
    unknown = "Unable to connect to repository: rpc error: code = Unknown desc = "
    assert (failed["status"], failed["message"]) == ("Failed", unknown + FAILED + DENIED)
    cd.pass_time(11)
    assert cd.ok("GET", path)["connectionState"]["status"] == "Failed"
    assert cd.ok("GET", "/repositories")["items"][0]["connectionState"]["status"] == "Failed"


def test_put_replaces_and_validate_stores_nothing(cd: Cd, lab: Lab, repo: str) -> None:
    path = f"/repositories/{escaped(repo)}"
    query = "username=x&password=glpat-sim-admin"
    assert cd.ok("POST", f"{path}/validate?{query}", {}) == {}
    assert cd.no("POST", f"{path}/validate?username=x&password=wrong", {})[:2] == (500, 2)
    assert cd.state()["repositories"] == []
    cd.ok("POST", "/repositories", repository(repo))
    put = cd.ok("PUT", path, repository(repo, username="other"))
    assert set(put) == {"repo", "type", "connectionState"}
    assert cd.state()["repositories"][0]["username"] == "other"


def test_a_literal_plus_is_a_space(cd: Cd) -> None:
    url = "http://host/a+b.git"
    cd.ok("POST", "/repositories", repository(url, project="default"))
    assert cd.no("GET", "/repositories/http:%2F%2Fhost%2Fa+b.git")[0] == 403
    assert cd.ok("GET", "/repositories/http:%2F%2Fhost%2Fa%2Bb.git?appProject=default")["repo"] == url
