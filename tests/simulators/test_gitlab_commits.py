"""Files, commits, branches, tags: atomic, locked by last_commit_id, refused in GitLab's words."""

import base64
import hashlib
from typing import Any

import pytest

from tests.simulators.lab import Lab, create, update

VALUES = "chart/values.yaml"


@pytest.fixture
def project(lab: Lab) -> Any:
    """A project with README.md and chart/values.yaml in one commit."""
    return lab.template(lab.group("dev")["id"])


@pytest.fixture
def repo(project: Any) -> str:
    """The address of its repository."""
    return f"/projects/{project['id']}/repository"


def file(lab: Lab, repo: str, path: str = VALUES) -> Any:
    return lab.ok("GET", f"{repo}/files/{path.replace('/', '%2F')}?ref=main")


def test_a_file_tells_the_head_and_the_last_commit_that_touched_it(lab: Lab, project: Any, repo: str) -> None:
    before = file(lab, repo)
    sha = lab.commit(project["id"], update("README.md", "new\n")).json()["id"]
    after = file(lab, repo)
    assert before["commit_id"] == before["last_commit_id"] == after["last_commit_id"]
    assert after["commit_id"] == sha
    assert file(lab, repo, "README.md")["last_commit_id"] == sha
    content = base64.b64decode(after["content"])
    assert content == b"tag: 1\n"
    assert after["content_sha256"] == hashlib.sha256(content).hexdigest()


def test_head_says_the_same_in_headers_and_raw_gives_the_bytes(lab: Lab, repo: str) -> None:
    head = lab.ask("HEAD", f"{repo}/files/chart%2Fvalues.yaml?ref=main")
    assert head.headers["X-Gitlab-Last-Commit-Id"] == file(lab, repo)["last_commit_id"]
    assert head.headers["X-Gitlab-Execute-Filemode"] == "false"
    raw = lab.ask("GET", f"{repo}/files/chart%2Fvalues.yaml/raw")
    assert (raw.text, raw.headers["content-type"].partition(";")[0]) == ("tag: 1\n", "text/plain")


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("nothing?ref=main", 404, {"message": "404 File Not Found"}),
        ("chart?ref=main", 404, {"message": "404 File Not Found"}),
        ("README.md?ref=nowhere", 404, {"message": "404 Commit Not Found"}),
        ("README.md", 400, {"error": "ref is missing"}),
    ],
)
def test_a_missing_file_and_a_missing_ref_differ(
    lab: Lab, repo: str, path: str, status: int, body: dict[str, str]
) -> None:
    answer = lab.ask("GET", f"{repo}/files/{path}")
    assert (answer.status_code, answer.json()) == (status, body)


def test_a_commit_answers_its_sha_and_counts_lines(lab: Lab, project: Any, repo: str) -> None:
    parent = file(lab, repo)["commit_id"]
    actions = (update(VALUES, "tag: 2\nhost: x\n"), create("new.bin", base64.b64encode(b"\0\1").decode()))
    actions[1]["encoding"] = "base64"
    answer = lab.commit(project["id"], *actions, commit_message="Set\n\nProvision-Request: 42")
    made = answer.json()
    assert (answer.status_code, made["parent_ids"], made["title"]) == (201, [parent], "Set")
    assert made["trailers"] == {"Provision-Request": "42"}
    assert made["stats"] == {"additions": 3, "deletions": 1, "total": 4}
    assert base64.b64decode(file(lab, repo, "new.bin")["content"]) == b"\0\1"
    assert lab.ok("GET", f"{repo}/commits/{made['id']}")["stats"] == made["stats"]


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (update("nothing", "x"), "A file with this name doesn't exist"),
        ({"action": "delete", "file_path": "nothing"}, "A file with this name doesn't exist"),
        ({"action": "chmod", "file_path": "nothing"}, "A file with this name doesn't exist"),
        ({"action": "move", "file_path": "a", "previous_path": "nothing"}, "A file with this name doesn't exist"),
        (create(VALUES, "x"), "A file with this name already exists"),
        (update(VALUES, "x", last_commit_id="0" * 40), f"The file has changed since you started editing it: {VALUES}"),
        (create("../x"), "Path cannot include directory traversal"),
    ],
)
def test_one_bad_action_refuses_the_whole_commit(
    lab: Lab, project: Any, repo: str, action: dict[str, Any], text: str
) -> None:
    head = file(lab, repo)["commit_id"]
    answer = lab.commit(project["id"], update("README.md", "changed"), action)
    assert (answer.status_code, answer.json()) == (400, {"message": text})
    assert file(lab, repo)["commit_id"] == head


def test_last_commit_id_lets_one_of_two_writers_through(lab: Lab, project: Any, repo: str) -> None:
    seen = file(lab, repo)["last_commit_id"]
    assert lab.commit(project["id"], update(VALUES, "tag: 2\n", last_commit_id=seen)).status_code == 201
    assert lab.commit(project["id"], update(VALUES, "tag: 3\n", last_commit_id=seen)).status_code == 400
    assert lab.commit(project["id"], update("README.md", "other file", last_commit_id=seen)).status_code == 201
    assert lab.commit(project["id"], update(VALUES, "tag: 3\n")).status_code == 201


def test_create_never_looks_at_last_commit_id(lab: Lab, project: Any) -> None:
    assert lab.commit(project["id"], {**create("new"), "last_commit_id": "0" * 40}).status_code == 201


def test_equal_content_still_makes_a_commit(lab: Lab, project: Any, repo: str) -> None:
    assert lab.commit(project["id"], update(VALUES, "tag: 1\n")).status_code == 201
    assert len(lab.ok("GET", f"{repo}/commits")) == 2


def test_move_delete_and_chmod_see_what_came_before_them(lab: Lab, project: Any, repo: str) -> None:
    actions = (
        create("a", "1"),
        {"action": "move", "file_path": "b", "previous_path": "a"},
        {"action": "chmod", "file_path": "b", "execute_filemode": True},
        {"action": "delete", "file_path": "README.md"},
    )
    assert lab.commit(project["id"], *actions).status_code == 201
    assert file(lab, repo, "b")["execute_filemode"] is True
    names = [node["path"] for node in lab.ok("GET", f"{repo}/tree?recursive=True")]
    assert names == ["b", "chart", "chart/values.yaml"]


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"branch": "nowhere"}, "You can only create or edit files when you are on a branch"),
        (
            {"branch": "dev", "start_branch": "main"},
            "A branch called 'dev' already exists. Switch to that branch in order to make changes",
        ),
    ],
)
def test_the_branch_must_fit(lab: Lab, project: Any, repo: str, more: dict[str, str], text: str) -> None:
    lab.ok("POST", f"{repo}/branches", branch="dev", ref="main")
    answer = lab.commit(project["id"], create("new"), **more)
    assert (answer.status_code, answer.json()) == (400, {"message": text})


def test_start_branch_makes_the_branch(lab: Lab, project: Any, repo: str) -> None:
    assert lab.commit(project["id"], create("new"), branch="feature", start_branch="main").status_code == 201
    assert {one["name"] for one in lab.ok("GET", f"{repo}/branches")} == {"feature", "main"}


def test_an_empty_repository_takes_its_first_commit_on_any_branch(lab: Lab) -> None:
    project = lab.project("empty", lab.group("other")["id"])
    url = f"/projects/{project['id']}"
    assert lab.ok("GET", url)["empty_repo"] is True
    assert lab.ask("GET", f"{url}/repository/tree").json() == {"message": "404 Tree Not Found"}
    assert lab.commit(project["id"], create("a"), branch="trunk").status_code == 201
    assert lab.ok("GET", url).items() >= {"empty_repo": False, "default_branch": "trunk"}.items()


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "branch is missing, commit_message is missing, actions is missing"),
        ({"branch": "main", "commit_message": "m", "actions": []}, "actions is empty"),
        (
            {"branch": "main", "commit_message": "m", "actions": [{"action": "upsert", "file_path": "a"}]},
            "actions[0][action] does not have a valid value",
        ),
    ],
)
def test_a_commit_without_sense_is_refused(lab: Lab, repo: str, body: dict[str, Any], text: str) -> None:
    answer = lab.ask("POST", f"{repo}/commits", json=body)
    assert (answer.status_code, answer.json()) == (400, {"error": text})


def test_single_file_routes_answer_no_sha_and_believe_the_address(lab: Lab, repo: str) -> None:
    body = {"branch": "main", "content": "hi", "commit_message": "m"}
    made = lab.ask("POST", f"{repo}/files/a%2Fb.txt", json=body)
    assert (made.status_code, made.json()) == (201, {"file_path": "a/b.txt", "branch": "main"})
    changed = lab.ask("PUT", f"{repo}/files/a%2Fb.txt", json={**body, "file_path": "a%2Fb.txt", "start_branch": None})
    assert (changed.status_code, changed.json()) == (200, {"file_path": "a/b.txt", "branch": "main"})
    stale = lab.ask("PUT", f"{repo}/files/a%2Fb.txt", json={**body, "last_commit_id": "abc"})
    assert stale.status_code == 400
    assert lab.ask("DELETE", f"{repo}/files/a%2Fb.txt?branch=main&commit_message=m").status_code == 204
    assert lab.ask("GET", f"{repo}/files/a%2Fb.txt?ref=main").status_code == 404


def test_commits_are_listed_newest_first_and_never_counted(lab: Lab, project: Any, repo: str) -> None:
    for number in range(3):
        lab.commit(project["id"], update("README.md", f"{number}"), commit_message=f"c{number}")
    answer = lab.ask("GET", f"{repo}/commits?ref_name=main&per_page=2")
    assert [one["title"] for one in answer.json()] == ["c2", "c1"]
    assert answer.headers["X-Next-Page"] == "2"
    assert "X-Total" not in answer.headers
    assert len(lab.ok("GET", f"{repo}/commits?path=chart/values.yaml")) == 1
    assert lab.ask("GET", f"{repo}/commits?ref_name=nowhere").json() == {"message": "404 Commit Not Found"}


def test_branches_are_made_shown_and_deleted(lab: Lab, repo: str) -> None:
    made = lab.ok("POST", f"{repo}/branches", branch="feature/x", ref="main")
    assert (made["protected"], made["default"], made["can_push"]) == (False, False, True)
    main = lab.ok("GET", f"{repo}/branches/main")
    assert (main["protected"], main["default"], main["developers_can_push"]) == (True, True, False)
    again = lab.ask("POST", f"{repo}/branches", json={"branch": "feature/x", "ref": "main"})
    assert (again.status_code, again.json()) == (400, {"message": "Branch already exists"})
    lost = lab.ask("POST", f"{repo}/branches", json={"branch": "y", "ref": "nowhere"})
    assert lost.json() == {"message": "Invalid reference name: nowhere"}
    assert lab.ask("DELETE", f"{repo}/branches/feature%2Fx").status_code == 204
    assert lab.ask("GET", f"{repo}/branches/feature%2Fx").json() == {"message": "404 Branch Not Found"}
    assert lab.ask("DELETE", f"{repo}/branches/main").status_code == 405


def test_a_taken_tag_is_400_not_409(lab: Lab, repo: str) -> None:
    head = file(lab, repo)["commit_id"]
    plain = lab.ok("POST", f"{repo}/tags", tag_name="v1.0.0", ref="main")
    assert (plain["target"], plain["commit"]["id"]) == (head, head)
    noted = lab.ok("POST", f"{repo}/tags", tag_name="rel/1", ref="main", message="first")
    assert (noted["message"], noted["commit"]["id"]) == ("first", head)
    assert noted["target"] != head
    assert lab.ok("GET", f"{repo}/tags/rel%2F1") == noted
    refusals = [("v1.0.0", "main", "Tag v1.0.0 already exists"), ("v2", "x", "Target x is invalid")]
    for name, ref, text in [*refusals, ("bad name", "main", "Tag name invalid")]:
        answer = lab.ask("POST", f"{repo}/tags", json={"tag_name": name, "ref": ref})
        assert (answer.status_code, answer.json()) == (400, {"message": text})
    assert lab.ask("DELETE", f"{repo}/tags/v1.0.0").status_code == 204
    assert lab.ask("GET", f"{repo}/tags/v1.0.0").json() == {"message": "404 Tag Not Found"}


def test_a_commit_whose_answer_was_lost_is_there_once(lab: Lab, project: Any, repo: str) -> None:
    lab.fault(method="POST", path="/commits$", cut="after")
    with pytest.raises(OSError, match="without response"):
        lab.commit(project["id"], update(VALUES, "tag: 2\n"))
    assert base64.b64decode(file(lab, repo)["content"]) == b"tag: 2\n"
    assert len(lab.ok("GET", f"{repo}/commits")) == 2
