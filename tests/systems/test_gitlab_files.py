"""Files and commits in GitLab: nobody's change is lost, and nothing that came in part is taken for a file."""

from typing import Any

import pytest

from provisioning.systems.errors import Changed, Conflict, Invalid, Refused, SystemFault, Unsure
from provisioning.systems.gitlab import Action, GitLab
from tests.systems import bodies
from tests.systems.stub import Stub, data

V4 = "/api/v4"


def test_a_file(stub: Stub, gitlab: GitLab) -> None:
    stub.will(data(bodies.file("größe: 1\n".encode())))
    found = gitlab.read_file(7, "charts/app/values.yaml", "main")
    assert found is not None
    assert (found.text, found.last_commit_id, found.commit_id) == ("größe: 1\n", "a" * 40, "b" * 40)
    assert stub.asked == [f"GET {V4}/projects/7/repository/files/charts%2Fapp%2Fvalues.yaml?ref=main"]


@pytest.mark.parametrize("part", [{"size": 7}, {"content": "YTog..."}, {"content": "YTo"}])
def test_a_file_that_came_in_part_is_no_file(stub: Stub, gitlab: GitLab, part: dict[str, Any]) -> None:
    stub.will(data(bodies.file(b"a: 1") | part))
    with pytest.raises(Unsure):
        gitlab.read_file(7, "values.yaml", "main")


@pytest.mark.parametrize("what", ["404 File Not Found", "404 Commit Not Found"])
def test_an_absent_file(stub: Stub, gitlab: GitLab, what: str) -> None:
    stub.will(data({"message": what}, 404))
    assert gitlab.read_file(7, "values.yaml", "main") is None


def test_a_file_that_is_no_text_is_not_touched(stub: Stub, gitlab: GitLab) -> None:
    stub.will(data(bodies.file(b"\xff\xfe")))
    with pytest.raises(Invalid, match="not UTF-8"):
        gitlab.read_file(7, "values.yaml", "main")


def test_a_commit(stub: Stub, gitlab: GitLab) -> None:
    stub.will(data({"id": "c" * 40, "web_url": "https://gitlab.example.com/c"}, 201))
    actions = [
        Action("update", "values.yaml", "a: 1", "a" * 40),
        Action("create", "empty", ""),
        Action("delete", "old"),
    ]
    commit = gitlab.commit(7, "main", "Configure shop", actions)
    assert (commit.sha, commit.url) == ("c" * 40, "https://gitlab.example.com/c")
    assert stub.seen[0].json["actions"] == [
        {"action": "update", "file_path": "values.yaml", "content": "a: 1", "last_commit_id": "a" * 40},
        {"action": "create", "file_path": "empty", "content": ""},
        {"action": "delete", "file_path": "old"},
    ]


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "The file has changed since you started editing it: values.yaml", Changed),
        (400, "A file with this name already exists", Changed),
        (400, "A file with this name doesn't exist", Changed),
        (400, "You can only create or edit files when you are on a branch", Invalid),
        (400, "A branch called 'x' already exists. Switch to that branch in order to make changes", Conflict),
        (403, "403 Forbidden - You are not allowed to push into this branch", Refused),
    ],
)
def test_a_commit_that_is_not_taken(
    stub: Stub, gitlab: GitLab, status: int, message: str, kind: type[SystemFault]
) -> None:
    stub.will(data({"message": message}, status))
    with pytest.raises(SystemFault) as caught:
        gitlab.commit(7, "main", "m", [Action("update", "values.yaml", "a")])
    assert type(caught.value) is kind
