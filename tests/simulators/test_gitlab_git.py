"""git itself against the simulated GitLab: clone, push, and who may not."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.eventually import eventually
from tests.simulators.lab import TOKEN, Lab, Receiver, create

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


def git(*arguments: str, at: Path) -> subprocess.CompletedProcess[str]:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=at, env=ENVIRONMENT, capture_output=True, text=True, timeout=30, check=False)


def address(project: Any, username: str = "any", secret: str = TOKEN) -> str:
    url: str = project["http_url_to_repo"]
    return url.replace("://", f"://{quote(username, safe='')}:{secret}@")


@pytest.fixture
def project(lab: Lab) -> Any:
    return lab.template(lab.group("dev")["id"])


@pytest.fixture
def clone(project: Any, tmp_path: Path) -> Path:
    """A working copy that may push."""
    assert git("clone", address(project), "work", at=tmp_path).returncode == 0
    return tmp_path / "work"


def change(clone: Path, text: str) -> None:
    (clone / "new.txt").write_text(text)
    git("add", ".", at=clone)
    assert git("commit", "-m", text, at=clone).returncode == 0


def test_what_is_cloned_is_what_the_api_shows(project: Any, clone: Path) -> None:
    assert (clone / "chart/values.yaml").read_text() == "tag: 1\n"
    assert git("branch", "--show-current", at=clone).stdout.strip() == "main"


def test_a_push_is_seen_by_the_api_and_fires_hooks(lab: Lab, project: Any, clone: Path) -> None:
    with Receiver() as receiver:
        lab.ok("POST", f"/projects/{project['id']}/hooks", url=receiver.url)
        change(clone, "hello")
        assert git("push", "origin", "main", at=clone).returncode == 0
        eventually(lambda: receiver.got, 5)
    (_, body), head = receiver.got[0], git("rev-parse", "HEAD", at=clone).stdout.strip()
    assert (body["after"], body["commits"][0]["added"]) == (head, ["new.txt"])
    assert lab.ok("GET", f"/projects/{project['id']}/repository/branches/main")["commit"]["id"] == head
    assert lab.ok("GET", f"/projects/{project['id']}/repository/files/new.txt?ref=main")["last_commit_id"] == head


def test_a_commit_by_api_is_fetched(lab: Lab, project: Any, clone: Path) -> None:
    lab.commit(project["id"], {"action": "create", "file_path": "api.txt", "content": "x"})
    assert git("pull", at=clone).returncode == 0
    assert (clone / "api.txt").exists()
    change(clone, "mine")
    lab.commit(project["id"], {"action": "create", "file_path": "other.txt", "content": "x"})
    refused = git("push", "origin", "main", at=clone)
    assert refused.returncode != 0
    assert "fetch first" in refused.stderr


def test_a_big_push_into_a_fork_and_an_empty_project(lab: Lab, project: Any, clone: Path) -> None:
    fork = lab.fork(project["id"], project["namespace"]["id"], "fork")
    empty = lab.project("empty", project["namespace"]["id"])
    for number in range(150):
        (clone / f"f{number}").write_text(str(number) * 5000)
    change(clone, "many")
    for target in (fork, empty):
        assert git("push", address(target), "main", "main:feature/x", at=clone).returncode == 0
        branches = lab.ok("GET", f"/projects/{target['id']}/repository/branches")
        assert [one["name"] for one in branches] == ["feature/x", "main"]
        assert lab.ask("GET", f"/projects/{target['id']}/repository/files/f149?ref=feature/x").status_code == 200
    assert lab.ok("GET", f"/projects/{empty['id']}")["empty_repo"] is False


@pytest.mark.parametrize("holder", ["projects/1", "groups/dev"])
def test_a_deploy_token_reads_until_it_is_deleted_and_never_writes(
    lab: Lab, project: Any, clone: Path, tmp_path: Path, holder: str
) -> None:
    token = lab.ok("POST", f"/{holder}/deploy_tokens", name="argocd", scopes=["read_repository"])
    url = address(project, token["username"], token["token"])
    assert git("ls-remote", url, at=tmp_path).returncode == 0
    assert "403" in git("push", url, "main:x", at=clone).stderr
    assert "Access denied" in git("ls-remote", address(project, "someone", token["token"]), at=tmp_path).stderr
    lab.ok("DELETE", f"/{holder}/deploy_tokens/{token['id']}")
    assert "Access denied" in git("ls-remote", url, at=tmp_path).stderr


def test_a_deploy_token_without_the_scope_or_of_another_project_sees_nothing(
    lab: Lab, project: Any, tmp_path: Path
) -> None:
    other = lab.project("other", project["namespace"]["id"])
    registry = lab.ok("POST", f"/projects/{project['id']}/deploy_tokens", name="a", scopes=["read_registry"])
    foreign = lab.ok("POST", f"/projects/{other['id']}/deploy_tokens", name="b", scopes=["read_repository"])
    for token in (registry, foreign):
        answer = git("ls-remote", address(project, token["username"], token["token"]), at=tmp_path)
        assert "not found" in answer.stderr


def test_an_expired_deploy_token_is_refused(lab: Lab, project: Any, tmp_path: Path) -> None:
    url = f"/projects/{project['id']}/deploy_tokens"
    token = lab.ok("POST", url, name="old", scopes=["read_repository"], expires_at="2020-01-01")
    assert token["expired"] is True
    assert lab.ok("GET", f"{url}?active=true") == []
    assert git("ls-remote", address(project, token["username"], token["token"]), at=tmp_path).returncode != 0


def test_without_a_password_and_with_a_wrong_one_git_is_asked_again(lab: Lab, project: Any, tmp_path: Path) -> None:
    assert "could not read Username" in git("ls-remote", project["http_url_to_repo"], at=tmp_path).stderr
    assert "Authentication failed" in git("ls-remote", address(project, secret="wrong"), at=tmp_path).stderr
    missing = address(project).replace("spring_template", "nothing")
    assert "not found" in git("ls-remote", missing, at=tmp_path).stderr


def test_a_public_project_is_read_by_everybody(lab: Lab, tmp_path: Path) -> None:
    group = lab.group("open", visibility="public")
    project = lab.project("shop", group["id"], visibility="public", initialize_with_readme=True)
    assert git("clone", project["http_url_to_repo"], "open", at=tmp_path).returncode == 0
    assert git("clone", project["http_url_to_repo"].removesuffix(".git"), "plain", at=tmp_path).returncode == 0
    assert (tmp_path / "plain/README.md").exists()


def test_an_old_path_still_leads_to_the_repository(lab: Lab, project: Any, clone: Path) -> None:
    lab.ok("PUT", f"/projects/{project['id']}", path="renamed")
    change(clone, "after the move")
    assert git("push", "origin", "main", at=clone).returncode == 0


def test_a_protected_branch_is_not_rewritten_nor_deleted(lab: Lab, clone: Path) -> None:
    change(clone, "one")
    git("push", "origin", "main", at=clone)
    git("commit", "--amend", "-m", "two", at=clone)
    assert git("push", "--force", "origin", "main", at=clone).returncode != 0
    assert git("push", "origin", ":main", at=clone).returncode != 0
    assert git("push", "--force", "origin", "main:feature", at=clone).returncode == 0


def test_level_zero_and_the_archive_refuse_pushes_in_gitlabs_words(lab: Lab, project: Any, clone: Path) -> None:
    url = f"/projects/{project['id']}"
    lab.ok("DELETE", f"{url}/protected_branches/main")
    lab.ok("POST", f"{url}/protected_branches", name="main", push_access_level=0)
    change(clone, "one")
    refused = git("push", "origin", "main", at=clone)
    assert "not allowed to push code to protected branches" in refused.stderr
    assert "pre-receive hook declined" in refused.stderr
    lab.ok("POST", f"{url}/archive")
    assert "403" in git("push", "origin", "main:other", at=clone).stderr


def test_a_branch_that_came_with_the_fork_can_be_deleted_by_a_push(lab: Lab, project: Any, clone: Path) -> None:
    lab.ok("POST", f"/projects/{project['id']}/repository/branches", branch="old", ref="main")
    fork = lab.fork(project["id"], project["namespace"]["id"], "fork")
    url = f"/projects/{fork['id']}/repository/branches"
    assert {one["name"] for one in lab.ok("GET", url)} == {"main", "old"}
    assert git("push", address(fork), ":old", at=clone).returncode == 0
    assert {one["name"] for one in lab.ok("GET", url)} == {"main"}


def test_pushes_and_commits_by_api_at_the_same_time_lose_nothing(lab: Lab, project: Any, clone: Path) -> None:
    def push(number: int) -> int:
        return git("push", "origin", f"main:refs/heads/p{number}", at=clone).returncode

    def commit(number: int) -> int:
        one = Lab(lab.url.removesuffix("/gitlab"))
        status = one.commit(project["id"], create(f"f{number}", "x")).status_code
        one.close()
        return status

    with ThreadPoolExecutor(8) as pool:
        pushes, commits = pool.map(push, range(6)), pool.map(commit, range(24))
        assert (set(pushes), set(commits)) == ({0}, {201})
    repository = f"/projects/{project['id']}/repository"
    assert len(lab.ok("GET", f"{repository}/commits?per_page=100")) == 25
    assert len(lab.ok("GET", f"{repository}/branches")) == 7


def test_a_push_cut_after_its_effect_has_arrived(lab: Lab, project: Any, clone: Path) -> None:
    change(clone, "one")
    lab.fault(method="POST", path="git-receive-pack$", cut="after")
    assert git("push", "origin", "main", at=clone).returncode != 0
    head = git("rev-parse", "HEAD", at=clone).stdout.strip()
    assert lab.ok("GET", f"/projects/{project['id']}/repository/branches/main")["commit"]["id"] == head


def test_more_than_three_branches_at_once_fire_no_hooks(lab: Lab, project: Any, clone: Path) -> None:
    with Receiver() as receiver:
        lab.ok("POST", f"/projects/{project['id']}/hooks", url=receiver.url)
        many = [f"main:refs/heads/b{number}" for number in range(4)]
        assert git("push", "origin", *many, at=clone).returncode == 0
        assert git("push", "origin", "main:last", at=clone).returncode == 0
        eventually(lambda: receiver.got, 5)
    assert [body["ref"] for _, body in receiver.got] == ["refs/heads/last"]
