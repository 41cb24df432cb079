"""Items: the exact refusals of createItem, configurations that come back reworded, names without letter case."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from xml.etree import ElementTree

import pytest
import requests

from tests.simulators.ci import FOLDER, XML, Ci, choice_parameter, pipeline, text_parameter, trigger

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def parsed(ci: Ci, path: str, **how: Any) -> ElementTree.Element:
    return ElementTree.fromstring(ci.get(f"{path}/config.xml", **how).content)


def test_an_item_is_made_of_xml_with_an_empty_200(ci: Ci) -> None:
    made = ci.create("app")
    assert (made.status_code, made.text) == (200, "")
    assert ci.json("/job/app/api/json?tree=name,description") == {
        "_class": "org.jenkinsci.plugins.workflow.job.WorkflowJob",
        "name": "app",
        "description": "ours",
    }


@pytest.mark.parametrize(
    ("query", "headers", "body", "error"),
    [
        ("name=app", XML, pipeline(), "A job already exists with the name ?app?"),
        ("name=APP", XML, pipeline(), "A job already exists with the name ?APP?"),
        ("name=app", XML, FOLDER, "A job already exists with the name ?app?"),
        ("name=%20app%20", XML, pipeline(), "A job already exists with the name ?app?"),
        ("", XML, pipeline(), "Query parameter 'name' is required"),
        ("name=x", {}, pipeline(), "No Content-Type header set"),
        ("name=x", {"Content-Type": "text/plain"}, pipeline(), "No mode given"),
        ("name=x", FORM, "mode=no.such.Thing", "No item type ?no.such.Thing? is known"),
        ("name=a%2Fb", XML, pipeline(), "?/? is an unsafe character"),
        ("name=what%3F", XML, pipeline(), "??? is an unsafe character"),
        ("name=x.", XML, pipeline(), "A name cannot end with ?.?"),
        ("name=..", XML, pipeline(), "?..? is not an allowed name"),
        ("name=x&mode=copy", {}, "", "Specify which job to copy"),
        ("name=x&mode=copy&from=nobody", {}, "", "No such job: nobody"),
    ],
)
def test_refusals_are_400_with_the_reason_in_x_error(
    ci: Ci, query: str, headers: dict[str, str], body: str, error: str
) -> None:
    ci.create("app")
    answer = ci.post(f"/createItem?{query}", data=body.encode(), headers=headers)
    assert (answer.status_code, answer.headers["X-Error"]) == (400, error)
    assert set(ci.state()["items"]) == {"app"}


def test_the_page_has_the_quotes_that_the_header_lost(ci: Ci) -> None:
    ci.create("app")
    assert "<p>A job already exists with the name ‘app’</p>" in ci.create("app").content.decode()


@pytest.mark.parametrize("xml", ["<flow-definition>", "", "<no.such.Item/>", "not xml"])
def test_what_cannot_be_read_is_500_and_leaves_nothing(ci: Ci, xml: str) -> None:
    answer = ci.post("/createItem?name=app", data=xml.encode(), headers=XML)
    assert answer.status_code == 500
    assert "Oops!" in answer.text
    assert ci.state()["items"] == {}


def test_of_twenty_equal_calls_one_makes_it(ci: Ci) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: ci.create("app").status_code, range(20)))
    assert sorted(statuses) == [200] + [400] * 19


def test_a_folder_takes_the_name_of_the_query(ci: Ci) -> None:
    ci.create("team", FOLDER)
    body = "name=team%2Fsub&mode=com.cloudbees.hudson.plugins.folder.Folder"
    made = ci.post("/job/team/createItem?name=sub", data=body, headers=FORM)
    assert (made.status_code, made.headers["Location"]) == (302, f"{ci.url}/job/team/job/sub/configure")
    folder = ci.json("/job/team/job/sub/api/json")
    assert (folder["name"], folder["fullName"], folder["jobs"]) == ("sub", "team/sub", [])
    assert "color" not in folder


def test_names_are_found_in_any_letter_case_and_answered_as_stored(ci: Ci) -> None:
    ci.create("Team", FOLDER)
    ci.create("App", folder="/job/team")
    assert ci.json("/job/TEAM/job/app/api/json?tree=fullName")["fullName"] == "Team/App"


def test_nothing_is_made_where_no_folder_is(ci: Ci) -> None:
    ci.create("app")
    assert ci.create("x", folder="/job/missing").status_code == 404
    assert ci.create("x", folder="/job/app").status_code == 404


def test_a_copy_has_the_same_configuration(ci: Ci) -> None:
    ci.create("app", pipeline(parameters=text_parameter("TAG", "1")))
    assert ci.post("/createItem?name=twin&mode=copy&from=app").status_code == 302
    assert ci.state()["items"]["twin"]["parameters"] == ["TAG"]


def test_the_server_rewords_a_configuration(ci: Ci) -> None:
    ci.create("app", pipeline(trigger("hook-secret"), parameters=choice_parameter("ENV", "dev", "it's")))
    text = ci.get("/job/app/config.xml").text
    assert text.startswith("<?xml version='1.1' encoding='UTF-8'?>\n<flow-definition plugin=\"workflow-job@")
    assert "hook-secret" not in text
    assert "<string>it&apos;s</string>" in text
    root = parsed(ci, "/job/app")
    assert (root.findtext(".//secretToken") or "").startswith("{AQAAAB")
    assert root.findtext("disabled") == "false"


def test_posting_back_what_was_read_changes_nothing(ci: Ci) -> None:
    ci.create("app", pipeline(trigger("hook-secret"), parameters=text_parameter("TAG")))
    text = ci.get("/job/app/config.xml").text
    saved = ci.post("/job/app/config.xml", data=text.encode(), headers=XML)
    assert (saved.status_code, saved.text) == (200, "")
    assert ci.get("/job/app/config.xml").text == text
    assert ci.hook("app", "hook-secret").status_code == 200
    assert ci.hook("app", "wrong").status_code == 401


def test_posting_without_parameters_drops_them(ci: Ci) -> None:
    ci.create("app", pipeline(parameters=text_parameter("TAG")))
    ci.post("/job/app/config.xml", data=pipeline().encode(), headers=XML)
    assert ci.json("/job/app/api/json")["property"] == []


@pytest.mark.parametrize(
    ("xml", "words"),
    [(FOLDER, "Expecting class org.jenkinsci.plugins.workflow.job.WorkflowJob but got class com"), ("<flow", "Oops!")],
)
def test_a_configuration_of_another_kind_is_500_and_the_old_one_stays(ci: Ci, xml: str, words: str) -> None:
    ci.create("app")
    before = ci.get("/job/app/config.xml").text
    answer = ci.post("/job/app/config.xml", data=xml.encode(), headers=XML)
    assert answer.status_code == 500
    assert words in answer.text
    assert ci.get("/job/app/config.xml").text == before
    assert ci.ask("PUT", "/job/app/config.xml").status_code == 400


def test_elements_of_plugins_that_are_missing_are_dropped_without_a_word(ci: Ci) -> None:
    assert ci.create("app", pipeline("<com.example.Missing><a>1</a></com.example.Missing>")).status_code == 200
    assert "com.example" not in ci.get("/job/app/config.xml").text


def test_secrets_are_masked_for_who_may_not_configure(ci: Ci) -> None:
    ci.create("app", pipeline(trigger("hook-secret")))
    reading = "hudson.model.Hudson.Read,hudson.model.Item.Read,hudson.model.Item.ExtendedRead"
    who = ci.member("jane", ("globalRoles", "reader", reading, ""))
    assert parsed(ci, "/job/app", auth=who).findtext(".//secretToken") == "********"


def test_delete_is_302_or_204_and_then_404(ci: Ci) -> None:
    ci.create("team", FOLDER)
    for name in ("a", "b"):
        ci.create(name, folder="/job/team")
    gone = ci.post("/job/team/job/a/doDelete")
    assert (gone.status_code, gone.headers["Location"]) == (302, f"{ci.url}/job/team/")
    assert ci.post("/job/team/job/a/doDelete").status_code == 404
    assert ci.ask("DELETE", "/job/team/job/b/").status_code == 204
    assert ci.ask("DELETE", "/job/team/job/b/").status_code == 404


def test_a_folder_takes_its_children_and_their_queue_with_it(ci: Ci) -> None:
    ci.create("team", FOLDER)
    ci.create("app", folder="/job/team")
    ci.post("/job/team/job/app/build")
    assert ci.post("/job/team/doDelete").headers["Location"] == f"{ci.url}/"
    assert (ci.state()["items"], ci.state()["queue"]) == ({}, [])


@pytest.mark.parametrize("path", ["/createItem", "/job/app/doDelete", "/job/app/build", "/job/app/buildWithParameters"])
def test_write_routes_refuse_get(ci: Ci, path: str) -> None:
    ci.create("app")
    answer = ci.get(f"{path}?name=x")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert set(ci.state()["items"]) == {"app"}


def test_tree_and_depth_choose_what_is_shown(ci: Ci) -> None:
    ci.create("team", FOLDER)
    ci.create("app", folder="/job/team")
    team = f"{ci.url}/job/team/"
    folder = {"_class": "com.cloudbees.hudson.plugins.folder.Folder", "name": "team"}
    job = {"_class": "org.jenkinsci.plugins.workflow.job.WorkflowJob", "name": "app"}
    assert ci.json("/api/json")["jobs"] == [folder | {"url": team}]
    assert ci.json("/api/json?tree=jobs[name,jobs[name]]") == {
        "_class": "hudson.model.Hudson",
        "jobs": [folder | {"jobs": [job]}],
    }
    assert ci.json("/api/json?tree=jobs")["jobs"] == [{"_class": folder["_class"]}]
    assert ci.json("/api/json?depth=1")["jobs"][0]["fullName"] == "team"
    assert ci.json("/api/json?depth=1")["jobs"][0]["jobs"] == [job | {"url": f"{team}job/app/", "color": "notbuilt"}]
    assert ci.json("/job/team/job/app/api/json?tree=nothing,builds[number]{0,5}")["builds"] == []
    assert ci.get("/api/json?tree=jobs[name").status_code == 500


def test_errors_are_html(ci: Ci) -> None:
    for answer in (ci.get("/job/missing/api/json"), ci.create("x."), ci.get("/nowhere")):
        assert answer.headers["Content-Type"].startswith("text/html")
        assert answer.text.lower().startswith(("<html", "<!doctype html"))


def test_the_log_of_requests_shows_no_secret(ci: Ci) -> None:
    ci.create("app", pipeline(trigger("hook-secret")))
    ci.hook("app", "hook-secret")
    seen = str(ci.control("GET", "requests?since=0")) + str(ci.state())
    assert "hook-secret" not in seen
    assert "jenkins-sim-token" not in seen


@pytest.mark.parametrize(("cut", "made", "again"), [("before", set(), 200), ("after", {"app"}, 400)])
def test_a_lost_answer_leaves_the_whole_item_or_none(ci: Ci, cut: str, made: set[str], again: int) -> None:
    ci.control("POST", "faults", method="POST", path="createItem", cut=cut)
    with pytest.raises(requests.ConnectionError):
        ci.create("app")
    assert set(ci.state()["items"]) == made
    assert ci.create("app").status_code == again
