"""The queue and builds: quiet period, folding, what is forgotten; and the hook that says 200 to everything."""

import pytest

from tests.eventually import eventually
from tests.simulators.ci import FOLDER, Ci, choice_parameter, pipeline, text_parameter, trigger
from tests.simulators.lab import Lab

PARAMETERS = text_parameter("TAG", "1") + choice_parameter("ENV", "dev", "prod")


def test_a_build_waits_runs_and_ends(ci: Ci) -> None:
    ci.settings(build_seconds=10.0)
    ci.create("app")
    asked = ci.post("/job/app/build")
    assert (asked.status_code, asked.headers["Location"]) == (201, f"{ci.url}/queue/item/1/")
    item = ci.json("/queue/item/1/api/json")
    assert (item["_class"], item["task"]["name"]) == ("hudson.model.Queue$WaitingItem", "app")
    assert item["why"].startswith("In the quiet period. Expires in ")
    ci.settings(clock=6)
    left = ci.json("/queue/item/1/api/json")
    assert left["_class"] == "hudson.model.Queue$LeftItem"
    assert (left["executable"]["number"], left["cancelled"], left["why"]) == (1, False, None)
    running = ci.json("/job/app/1/api/json")
    assert (running["building"], running["result"], running["duration"], running["queueId"]) == (True, None, 0, 1)
    assert ci.json("/job/app/api/json")["color"] == "notbuilt_anime"
    ci.settings(clock=10)
    done = ci.json("/job/app/1/api/json")
    assert (done["building"], done["result"], done["duration"]) == (False, "SUCCESS", 10_000)
    assert ci.json("/job/app/lastBuild/api/json")["number"] == 1
    assert ci.json("/job/app/api/json")["color"] == "blue"


def test_a_left_item_is_forgotten_after_five_minutes_and_found_by_its_build(ci: Ci) -> None:
    ci.create("app")
    ci.post("/job/app/build?delay=0sec")
    assert ci.json("/queue/item/1/api/json")["executable"]["number"] == 1
    ci.settings(clock=301)
    assert ci.get("/queue/item/1/api/json").status_code == 404
    builds = ci.json("/job/app/api/json?tree=builds[number,queueId]{0,20}")["builds"]
    assert [(build["number"], build["queueId"]) for build in builds] == [(1, 1)]


def test_a_restart_keeps_what_waits_and_forgets_what_left(ci: Ci) -> None:
    ci.create("a")
    ci.create("b")
    ci.post("/job/a/build?delay=0sec")
    ci.post("/job/b/build")
    assert ci.json("/queue/item/1/api/json")["executable"]
    ci.settings(starting=True)
    ci.settings(starting=False)
    assert ci.get("/queue/item/1/api/json").status_code == 404
    assert ci.json("/queue/item/2/api/json")["_class"] == "hudson.model.Queue$WaitingItem"


def test_equal_parameters_fold_with_303_and_others_do_not(ci: Ci) -> None:
    ci.create("app", pipeline(parameters=PARAMETERS))
    path = "/job/app/buildWithParameters"
    assert ci.post(path, data={"TAG": "2"}).status_code == 201
    folded = ci.post(f"{path}?TAG=2")
    assert (folded.status_code, folded.headers["Location"]) == (303, f"{ci.url}/queue/item/1/")
    assert "Location" not in ci.get("/queue/item/1/").headers
    assert ci.post(path, data={"TAG": "3"}).headers["Location"] == f"{ci.url}/queue/item/2/"
    assert len(ci.state()["queue"]) == 2


def test_a_plain_build_folds_and_says_201_all_the_same(ci: Ci) -> None:
    ci.create("app")
    answers = [ci.post("/job/app/build") for _ in range(2)]
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {
        (201, f"{ci.url}/queue/item/1/")
    }


def test_parameters_get_defaults_and_unknown_ones_vanish(ci: Ci) -> None:
    ci.create("app", pipeline(parameters=PARAMETERS))
    ci.post("/job/app/buildWithParameters?ENV=prod&WHAT=ever&delay=0sec")
    assert ci.state()["items"]["app"]["builds"][0]["parameters"] == {"TAG": "1", "ENV": "prod"}


@pytest.mark.parametrize(
    ("xml", "path", "status", "words"),
    [
        (pipeline(), "/buildWithParameters", 400, "team/app is not parameterized"),
        (pipeline(parameters=PARAMETERS), "/build", 400, "Nothing is submitted"),
        (pipeline(parameters=PARAMETERS), "/buildWithParameters?ENV=moon", 500, "Illegal choice for parameter ENV"),
        (pipeline(parameters=PARAMETERS), "/buildWithParameters?TAG=1&TAG=2", 500, "Illegal number"),
        (pipeline().replace("<properties>", "<disabled>true</disabled><properties>"), "/build", 409, "not buildable"),
    ],
)
def test_builds_that_are_refused(ci: Ci, xml: str, path: str, status: int, words: str) -> None:
    ci.create("team", FOLDER)
    ci.create("app", xml, "/job/team")
    answer = ci.post(f"/job/team/job/app{path}")
    assert answer.status_code == status
    assert words in answer.text
    assert ci.state()["queue"] == []


def test_without_concurrent_builds_the_second_is_blocked(ci: Ci) -> None:
    tag = "org.jenkinsci.plugins.workflow.job.properties.DisableConcurrentBuildsJobProperty"
    ci.settings(build_seconds=60.0)
    ci.create("app", pipeline(f"<{tag}/>"))
    ci.post("/job/app/build?delay=0sec")
    ci.json("/api/json")
    ci.post("/job/app/build?delay=0sec")
    blocked = ci.json("/queue/item/2/api/json")
    assert (blocked["_class"], blocked["blocked"]) == ("hudson.model.Queue$BlockedItem", True)
    assert blocked["why"].startswith("Build #1 is already in progress")
    ci.settings(clock=130)
    numbers = [(build["number"], build["result"]) for build in ci.state()["items"]["app"]["builds"]]
    assert numbers == [(1, "SUCCESS"), (2, "SUCCESS")]


def test_cancelling_what_waits_what_left_and_what_never_was(ci: Ci) -> None:
    ci.create("app")
    ci.post("/job/app/build")
    assert ci.post("/queue/cancelItem?id=1").status_code == 204
    assert ci.json("/queue/item/1/api/json")["cancelled"] is True
    late = ci.post("/queue/cancelItem?id=1")
    assert (late.status_code, "Could not cancel run for id 1" in late.text) == (500, True)
    assert ci.post("/queue/cancelItem?id=99").status_code == 404
    ci.settings(clock=10)
    assert ci.state()["items"]["app"]["builds"] == []


def test_stop_is_302_whether_it_runs_or_not(ci: Ci) -> None:
    ci.settings(build_seconds=60.0)
    ci.create("app")
    ci.post("/job/app/build?delay=0sec")
    for _ in range(2):
        assert ci.post("/job/app/1/stop").status_code == 302
        assert ci.json("/job/app/1/api/json")["result"] == "ABORTED"
    assert ci.get("/job/app/1/wfapi/describe/").json()["status"] == "ABORTED"


def test_the_log_by_offset(ci: Ci) -> None:
    ci.settings(build_seconds=60.0, build_result="FAILURE")
    ci.create("app")
    ci.post("/job/app/build?delay=0sec")
    path = "/job/app/1/logText/progressiveText?start="
    first = ci.get(f"{path}0")
    assert first.headers["X-More-Data"] == "true"
    assert "\r\n" in first.text
    ci.settings(clock=61)
    rest = ci.get(path + first.headers["X-Text-Size"])
    assert "X-More-Data" not in rest.headers
    assert rest.text.endswith("Finished: FAILURE\r\n")
    assert ci.get("/job/app/1/consoleText").text == ci.get(f"{path}999999").text.replace("\r\n", "\n")
    assert ci.get(f"{path}x").status_code == 500


# --- The hook -------------------------------------------------------------------------------------------------------


def filtered(kind: str, include: str = "", exclude: str = "") -> str:
    return (
        f"<branchFilterType>{kind}</branchFilterType><includeBranchesSpec>{include}</includeBranchesSpec>"
        f"<excludeBranchesSpec>{exclude}</excludeBranchesSpec><targetBranchRegex>{include}</targetBranchRegex>"
    )


def test_a_push_queues_a_build(ci: Ci) -> None:
    ci.create("team", FOLDER)
    ci.create("app", pipeline(trigger("s3cret"), parameters=PARAMETERS), "/job/team")
    assert ci.hook("team/app", "s3cret").status_code == 200
    ci.settings(clock=6)
    build = ci.state()["items"]["team/app"]["builds"][0]
    assert (build["cause"], build["parameters"]) == ("Started by GitLab push by Ada", {"TAG": "1", "ENV": "dev"})


@pytest.mark.parametrize(
    ("filters", "event", "builds"),
    [
        ("", {}, 1),
        ("", {"event": "Merge Request Hook"}, 0),
        ("", {"event": "Nonsense"}, 0),
        ("", {"after": "0" * 40}, 0),
        ("", {"commits": [{"message": "go [ci-skip]"}]}, 0),
        (filtered("NameBasedFilter", "main"), {}, 1),
        (filtered("NameBasedFilter", "main"), {"ref": "refs/heads/other"}, 0),
        (filtered("NameBasedFilter", "rel/*"), {"ref": "refs/heads/rel/1"}, 1),
        (filtered("NameBasedFilter", "rel/*"), {"ref": "refs/heads/rel/1/2"}, 0),
        (filtered("NameBasedFilter", exclude="main"), {}, 0),
        (filtered("RegexBasedFilter", "m.*"), {}, 1),
        (filtered("RegexBasedFilter", "m"), {}, 0),
    ],
)
def test_200_does_not_mean_a_build(ci: Ci, filters: str, event: dict[str, str], builds: int) -> None:
    ci.create("app", pipeline(trigger("s3cret", filters)))
    assert ci.hook("app", "s3cret", **event).status_code == 200
    assert len(ci.state()["queue"]) == builds


def test_without_a_trigger_200_and_nothing(ci: Ci) -> None:
    ci.create("app")
    assert ci.hook("app").status_code == 200
    assert ci.state()["queue"] == []


def test_the_token_is_the_jobs_own(ci: Ci) -> None:
    ci.create("app", pipeline(trigger("s3cret")))
    for token in (None, "wrong"):
        answer = ci.hook("app", token)
        assert (answer.status_code, "Invalid token" in answer.text) == (401, True)
    assert ci.state()["queue"] == []


def test_without_a_token_the_endpoint_wants_a_permission(ci: Ci) -> None:
    ci.create("app", pipeline(trigger()))
    assert ci.hook("app").status_code == 403
    ci.settings(endpoint_authentication=False)
    assert ci.hook("app").status_code == 200
    assert len(ci.state()["queue"]) == 1


def test_the_hook_has_no_job_in_its_path(ci: Ci) -> None:
    ci.create("team", FOLDER)
    ci.create("app", folder="/job/team")
    assert ci.hook("job/team/job/app").status_code == 404
    assert ci.hook("team").status_code == 404
    assert ci.hook("team/app").status_code == 200


def test_a_push_to_the_simulated_gitlab_arrives(ci: Ci, lab: Lab) -> None:
    ci.settings(quiet_period=0.0)
    ci.create("app", pipeline(trigger("s3cret")))
    lab.settings(allow_local_hooks=True)
    project = lab.project("app", lab.group("dev")["id"])["id"]
    lab.ok("POST", f"/projects/{project}/hooks", url=f"{ci.url}/project/app", token="s3cret", push_events=True)
    assert lab.commit(project, {"action": "create", "file_path": "a", "content": "a"}).status_code == 201
    eventually(lambda: len(ci.state()["items"]["app"]["builds"]) == 1, 5)
