"""Webhooks and deploy tokens: nothing unique, secrets shown once or never, deliveries over real HTTP."""

from typing import Any

import pytest

from tests.eventually import eventually
from tests.simulators.lab import Lab, Receiver, create, update


@pytest.fixture
def project(lab: Lab) -> Any:
    return lab.template(lab.group("dev")["id"])


@pytest.fixture
def hooks(project: Any) -> str:
    return f"/projects/{project['id']}/hooks"


def test_a_hook_never_gives_its_token_back(lab: Lab, hooks: str) -> None:
    url = "http://jenkins.example.com/project/app"
    given = {"url": url, "token": "s3cret", "name": "jenkins", "description": "made by us"}
    made = lab.ask("POST", hooks, json={**given, "enable_ssl_verification": False})
    assert made.status_code == 201
    assert made.json().items() >= {"url": url, "name": "jenkins", "description": "made by us"}.items()
    assert (made.json()["push_events"], made.json()["tag_push_events"]) == (True, False)
    shown = lab.ask("GET", f"{hooks}/{made.json()['id']}").text + lab.ask("GET", hooks).text
    assert "s3cret" not in made.text + shown + str(lab.state())
    assert lab.state()["projects"][0]["hooks"][0]["token_sha"]


def test_two_posts_make_two_hooks(lab: Lab, hooks: str) -> None:
    for _ in range(2):
        lab.ok("POST", hooks, url="http://jenkins.example.com/x")
    assert len(lab.ok("GET", hooks)) == 2


@pytest.mark.parametrize("url", ["jenkins", "ftp://x/y", "http://", "http://a b/c", "http://[x/"])
def test_what_is_no_address_is_422(lab: Lab, hooks: str, url: str) -> None:
    answer = lab.ask("POST", hooks, json={"url": url})
    assert (answer.status_code, answer.json()) == (422, {"error": "Invalid url given"})


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:9000", "10.1.2.3", "192.168.0.1", "[::1]"])
def test_local_addresses_are_422_where_they_are_forbidden(lab: Lab, hooks: str, host: str) -> None:
    lab.settings(allow_local_hooks=False)
    answer = lab.ask("POST", hooks, json={"url": f"http://{host}/x"})
    assert (answer.status_code, answer.json()) == (422, {"error": "Invalid url given"})
    lab.settings(allow_local_hooks=True)
    assert lab.ask("POST", hooks, json={"url": f"http://{host}/x"}).status_code == 201


def test_a_missing_url_and_a_missing_hook_have_their_shapes(lab: Lab, hooks: str) -> None:
    assert lab.ask("POST", hooks, json={}).json() == {"error": "url is missing"}
    assert lab.ask("GET", f"{hooks}/99").json() == {"message": "404 Not found"}


def test_a_hook_is_changed_and_a_new_address_forgets_the_token(lab: Lab, hooks: str) -> None:
    made = lab.ok("POST", hooks, url="http://a.example.com/", token="s3cret")
    assert lab.ok("PUT", f"{hooks}/{made['id']}", push_events=False)["push_events"] is False
    assert lab.state()["projects"][0]["hooks"][0]["token_sha"]
    lab.ok("PUT", f"{hooks}/{made['id']}", url="http://b.example.com/")
    assert lab.state()["projects"][0]["hooks"][0]["token_sha"] is None
    assert lab.ask("DELETE", f"{hooks}/{made['id']}").status_code == 204
    assert lab.ask("DELETE", f"{hooks}/{made['id']}").status_code == 404


# --- Delivery ----------------------------------------------------------------------------------------------------


def test_a_commit_is_delivered_with_token_and_body(lab: Lab, project: Any, hooks: str) -> None:
    with Receiver() as receiver:
        lab.ok("POST", hooks, url=receiver.url, token="s3cret")
        before = lab.ok("GET", f"/projects/{project['id']}/repository/branches/main")["commit"]["id"]
        after = lab.commit(project["id"], update("README.md", "x"), create("new"), commit_message="Say x").json()["id"]
        eventually(lambda: receiver.got, 5)
    headers, body = receiver.got[0]
    expected = {"X-Gitlab-Event": "Push Hook", "X-Gitlab-Token": "s3cret", "X-Gitlab-Instance": lab.url}
    assert headers.items() >= expected.items()
    assert headers["User-Agent"] == "GitLab/18.5.1"
    assert {"Idempotency-Key", "X-Gitlab-Webhook-UUID", "X-Gitlab-Event-UUID"} <= headers.keys()
    assert (body["before"], body["after"], body["checkout_sha"]) == (before, after, after)
    assert (body["ref"], body["total_commits_count"]) == ("refs/heads/main", 1)
    assert body["project"]["path_with_namespace"] == "dev/spring_template"
    commit = body["commits"][0]
    assert (commit["title"], commit["added"], commit["modified"]) == ("Say x", ["new"], ["README.md"])


def test_new_and_deleted_branches_have_zeros(lab: Lab, project: Any, hooks: str) -> None:
    repo = f"/projects/{project['id']}/repository"
    with Receiver() as receiver:
        lab.ok("POST", hooks, url=receiver.url)
        lab.ok("POST", f"{repo}/branches", branch="dev", ref="main")
        eventually(lambda: len(receiver.got) == 1, 5)
        lab.ok("DELETE", f"{repo}/branches/dev")
        eventually(lambda: len(receiver.got) == 2, 5)
    made, gone = (body for _, body in receiver.got)
    assert (made["before"], gone["after"], gone["checkout_sha"]) == ("0" * 40, "0" * 40, None)


def test_only_wanted_events_and_branches_are_delivered(lab: Lab, project: Any, hooks: str) -> None:
    repo = f"/projects/{project['id']}/repository"
    with Receiver() as receiver:
        lab.ok("POST", hooks, url=receiver.url, push_events_branch_filter="release/*", tag_push_events=True)
        lab.commit(project["id"], create("a"))
        lab.ok("POST", f"{repo}/branches", branch="release/1", ref="main")
        lab.ok("POST", f"{repo}/tags", tag_name="v1", ref="main")
        eventually(lambda: len(receiver.got) == 2, 5)
    assert {body["ref"] for _, body in receiver.got} == {"refs/heads/release/1", "refs/tags/v1"}


def test_a_receiver_that_fails_is_written_down(lab: Lab, project: Any, hooks: str) -> None:
    with Receiver(401, "Invalid token") as receiver:
        made = lab.ok("POST", hooks, url=receiver.url)
        lab.commit(project["id"], create("a"))
        eventually(lambda: all(one["done"] for one in lab.state()["deliveries"] or [{"done": False}]), 5)
    (record,) = lab.state()["deliveries"]
    assert (record["status"], record["response"]) == (401, "Invalid token")
    assert lab.ok("GET", f"{hooks}/{made['id']}/events")[0]["response_status"] == "401"


def test_nobody_at_the_other_end_is_an_error_and_no_status(lab: Lab, project: Any, hooks: str) -> None:
    lab.ok("POST", hooks, url="http://127.0.0.1:9/x")
    lab.commit(project["id"], create("a"))
    record = eventually(lambda: next(one for one in lab.state()["deliveries"] if one["done"]), 5)
    assert (record["status"], record["error"].partition(":")[0]) == (None, "ConnectError")


def test_a_delivery_can_come_twice_with_the_same_key(lab: Lab, project: Any, hooks: str) -> None:
    lab.settings(hook_duplicates=1)
    with Receiver() as receiver:
        lab.ok("POST", hooks, url=receiver.url)
        lab.commit(project["id"], create("a"))
        eventually(lambda: len(receiver.got) == 2, 5)
    assert len({headers["Idempotency-Key"] for headers, _ in receiver.got}) == 1


def test_four_failures_pause_a_hook_where_that_is_on(lab: Lab, project: Any, hooks: str) -> None:
    lab.settings(hook_auto_disable=True)
    with Receiver(500, "no") as receiver:
        made = lab.ok("POST", hooks, url=receiver.url)
        url = f"{hooks}/{made['id']}"
        assert [lab.ask("POST", f"{url}/test/push_events").status_code for _ in range(4)] == [422] * 4
        assert lab.ok("GET", url)["alert_status"] == "temporarily_disabled"
        lab.commit(project["id"], create("a"))
        lab.settings(clock=61)
        assert lab.ok("GET", url)["alert_status"] == "executable"
        assert len(receiver.got) == 4


def test_a_test_answers_for_the_receiver_and_five_times_a_minute(lab: Lab, hooks: str) -> None:
    with Receiver() as good, Receiver(403, "no crumb") as bad:
        url = f"{hooks}/{lab.ok('POST', hooks, url=good.url)['id']}/test/push_events"
        answers = [lab.ask("POST", url) for _ in range(6)]
        assert (answers[0].status_code, answers[0].json()) == (201, {"message": "201 Created"})
        assert [one.status_code for one in answers[1:]] == [201] * 4 + [429]
        text = "This endpoint has been requested too many times. Try again later."
        assert answers[5].json() == {"message": {"error": text}}
        url = f"{hooks}/{lab.ok('POST', hooks, url=bad.url)['id']}/test/push_events"
        refused = lab.ask("POST", url)
        assert (refused.status_code, refused.json()) == (422, {"message": "no crumb"})


# --- Deploy tokens -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("holder", ["projects/1", "groups/dev"])
def test_a_deploy_tokens_secret_is_in_the_first_answer_only(lab: Lab, project: Any, holder: str) -> None:
    url = f"/{holder}/deploy_tokens"
    made = lab.ok("POST", url, name="argocd", scopes=["read_repository"])
    assert made["username"] == f"gitlab+deploy-token-{made['id']}"
    assert made["token"]
    shown = lab.ask("GET", url).text + lab.ask("GET", f"{url}/{made['id']}").text + str(lab.state())
    assert made["token"] not in shown
    twin = lab.ok("POST", url, name="argocd", scopes=["read_repository"])
    assert [one["id"] for one in lab.ok("GET", url)] == [made["id"], twin["id"]]
    assert lab.ask("DELETE", f"{url}/{made['id']}").status_code == 204
    gone = lab.ask("DELETE", f"{url}/{made['id']}")
    assert (gone.status_code, gone.json()) == (404, {"message": "404 Not found"})


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"name": "x", "scopes": ["read_everything"]}, "scopes does not have a valid value"),
        ({"scopes": ["read_repository"]}, "name is missing"),
        ({"name": "x"}, "scopes is missing"),
    ],
)
def test_a_wrong_deploy_token_is_refused(lab: Lab, project: Any, body: dict[str, Any], text: str) -> None:
    answer = lab.ask("POST", f"/projects/{project['id']}/deploy_tokens", json=body)
    assert (answer.status_code, answer.json()) == (400, {"error": text})
