"""Who gets in: tokens, passwords with crumbs, permissions, and a server that is not ready."""

import jenkins
import pytest
import requests

from tests.simulators.ci import ADMIN, FOLDER, PASSWORD, XML, Ci, pipeline

READ = ("globalRoles", "reader", "hudson.model.Hudson.Read", "")


def test_every_answer_says_that_it_is_jenkins(ci: Ci) -> None:
    for answer in (ci.get("/api/json"), ci.get("/nowhere"), ci.get("/api/json", auth=("admin", "wrong"))):
        assert answer.headers["X-Jenkins"] == "2.528.3"
        assert len(answer.headers["X-Jenkins-Session"]) == 8


def test_wrong_credentials_are_401_even_where_anonymous_may_read(ci: Ci) -> None:
    for path in ("/api/json", "/login", "/whoAmI/api/json"):
        answer = ci.get(path, auth=("admin", "wrong"))
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="Jenkins"')


def test_anonymous_is_403_not_401_and_sent_to_the_log_in(ci: Ci) -> None:
    answer = ci.get("/api/json", auth=None)
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html;charset=utf-8")
    assert "Authentication required" in answer.text
    assert answer.headers["X-You-Are-Authenticated-As"] == "anonymous"
    assert answer.headers["X-Required-Permission"] == "hudson.model.Hudson.Read"
    assert ci.get("/login", auth=None).status_code == 200


def test_who_am_i_is_authenticated_even_for_nobody(ci: Ci) -> None:
    nobody = ci.json("/whoAmI/api/json", auth=None)
    assert (nobody["name"], nobody["authenticated"], nobody["anonymous"]) == ("anonymous", True, True)
    assert ci.json("/whoAmI/api/json")["name"] == "admin"
    assert ci.json("/me/api/json")["id"] == "admin"
    assert ci.get("/me/api/json", auth=None).status_code == 403


def test_the_version_is_only_told_to_anonymous_when_the_server_is_open(ci: Ci) -> None:
    with pytest.raises(jenkins.BadHTTPException):
        jenkins.Jenkins(ci.url, *ADMIN).get_version()
    ci.settings(anonymous_read=True)
    assert jenkins.Jenkins(ci.url, *ADMIN).get_version() == "2.528.3"


def test_a_token_needs_no_crumb_and_a_password_does(ci: Ci) -> None:
    assert ci.create("a").status_code == 200
    refused = ci.post("/createItem?name=b", data=pipeline(), headers=XML, auth=PASSWORD)
    assert refused.status_code == 403
    assert "No valid crumb was included in the request" in refused.text


def test_a_crumb_lives_and_dies_with_its_session(ci: Ci) -> None:
    crumb = ci.json("/crumbIssuer/api/json", auth=PASSWORD)
    headers = XML | {crumb["crumbRequestField"]: crumb["crumb"]}
    assert len(crumb["crumb"]) == 64
    assert ci.post("/createItem?name=a", data=pipeline(), headers=headers, auth=PASSWORD).status_code == 200
    other = requests.post(f"{ci.url}/createItem?name=b", data=pipeline(), headers=headers, auth=PASSWORD, timeout=10)
    assert other.status_code == 403
    ci.settings(starting=True)
    ci.settings(starting=False)
    assert ci.post("/createItem?name=b", data=pipeline(), headers=headers, auth=PASSWORD).status_code == 403


def test_crumbs_can_be_switched_off(ci: Ci) -> None:
    ci.settings(crumbs=False)
    assert ci.get("/crumbIssuer/api/json").status_code == 404
    assert ci.post("/createItem?name=a", data=pipeline(), headers=XML, auth=PASSWORD).status_code == 200
    assert ci.json("/api/json")["useCrumbs"] is False


def test_a_delete_with_a_password_needs_no_crumb(ci: Ci) -> None:
    ci.create("a")
    assert ci.ask("DELETE", "/job/a/", auth=PASSWORD).status_code == 204


def test_while_starting_everything_is_503(ci: Ci) -> None:
    before = ci.get("/api/json").headers["X-Jenkins-Session"]
    ci.settings(starting=True)
    answer = ci.get("/job/a/api/json")
    assert (answer.status_code, answer.headers["X-Jenkins"]) == (503, "2.528.3")
    assert "Please wait while Jenkins is getting ready to work" in answer.text
    ci.settings(starting=False)
    assert ci.get("/api/json").headers["X-Jenkins-Session"] != before


def test_a_missing_permission_is_named(ci: Ci) -> None:
    ci.create("team", FOLDER)
    who = ci.member("jane", READ, ("projectRoles", "team", "hudson.model.Item.Read", "^team(/.*)?$"))
    crumb = ci.json("/crumbIssuer/api/json", auth=who)["crumb"]
    answer = ci.post("/job/team/createItem?name=x", data=pipeline(), headers=XML | {"Jenkins-Crumb": crumb}, auth=who)
    assert answer.status_code == 403
    assert "jane is missing the Job/Create permission" in answer.text
    assert answer.headers["X-You-Are-Authenticated-As"] == "jane"
    assert answer.headers["X-Permission-Implied-By"] == "hudson.model.Hudson.Administer"


def test_a_role_without_overall_read_opens_nothing(ci: Ci) -> None:
    ci.create("team", FOLDER)
    who = ci.member("jane", ("projectRoles", "team", "hudson.model.Item.Read", "^team(/.*)?$"))
    assert ci.get("/job/team/api/json", auth=who).status_code == 403
    ci.role(*READ)
    ci.strategy("assignUserRole", type="globalRoles", roleName="reader", user="JANE")
    assert ci.json("/job/team/api/json", auth=who)["name"] == "team"


def test_what_may_not_be_read_is_not_there_but_its_name_is_taken(ci: Ci) -> None:
    ci.create("hidden")
    ci.create("known")
    who = ci.member(
        "jane",
        ("globalRoles", "maker", "hudson.model.Hudson.Read,hudson.model.Item.Create", ""),
        ("projectRoles", "seer", "hudson.model.Item.Discover", "known"),
    )
    headers = XML | {"Jenkins-Crumb": ci.json("/crumbIssuer/api/json", auth=who)["crumb"]}
    assert ci.get("/job/hidden/api/json", auth=who).status_code == 404
    taken = ci.post("/createItem?name=hidden", data=pipeline(), headers=headers, auth=who)
    assert (taken.status_code, taken.headers["X-Error"]) == (400, "")
    assert ci.get("/job/known/api/json", auth=who).status_code == 403
    assert ci.post("/createItem?name=known", data=pipeline(), headers=headers, auth=who).status_code == 403
    assert ci.json("/api/json", auth=who)["jobs"] == []


def test_a_new_api_token_works_at_once_and_is_shown_once(ci: Ci) -> None:
    who = ci.member("jane", READ)
    crumb = {"Jenkins-Crumb": ci.json("/crumbIssuer/api/json", auth=who)["crumb"]}
    path = "/user/{}/descriptorByName/jenkins.security.ApiTokenProperty/generateNewToken"
    made = ci.post(path.format("jane"), data={"newTokenName": "ci"}, headers=crumb, auth=who).json()
    assert made["status"] == "ok"
    token = made["data"]["tokenValue"]
    assert ci.json("/whoAmI/api/json", auth=("jane", token))["name"] == "jane"
    assert token not in str(ci.state())
    assert ci.post(path.format("jane"), data={}).status_code == 403


ACCOUNT = {"username": "jane", "password1": "pw<1>", "password2": "pw<1>", "fullname": "Jane", "email": "j@x.y"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"username": ""}, "User name is required"),
        ({"username": "jane.doe"}, "User name must only contain alphanumeric characters, underscore and dash"),
        ({"username": "ADMIN"}, "User name is already taken"),
        ({"password2": "x"}, "Password didn&#039;t match"),
        ({"password1": "", "password2": ""}, "Password is required"),
        ({"email": "nobody"}, "Invalid e-mail address"),
    ],
)
def test_a_refused_account_is_200_and_echoes_the_password(ci: Ci, change: dict[str, str], message: str) -> None:
    answer = ci.post("/securityRealm/createAccountByAdmin", data=ACCOUNT | change)
    assert (answer.status_code, answer.headers["X-Dialog-Title"]) == (200, "Create User")
    assert f'<div class="error jenkins-!-margin-bottom-2">\n      {message}' in answer.text
    assert 'name="password1" value="pw&lt;1&gt;"' in answer.text or not (ACCOUNT | change)["password1"]
    assert set(ci.state()["users"]) == {"admin"}


def test_an_account_is_made_with_302_and_deleted_with_302(ci: Ci) -> None:
    made = ci.post("/securityRealm/createAccountByAdmin", data=ACCOUNT)
    assert (made.status_code, made.headers["Location"]) == (302, f"{ci.url}/securityRealm/")
    user = ci.json("/user/JANE/api/json")
    assert {"_class": "hudson.tasks.Mailer$UserProperty", "address": "j@x.y"} in user["property"]
    assert {"_class": "hudson.security.HudsonPrivateSecurityRealm$Details"} in user["property"]
    assert ci.post("/user/admin/doDelete").headers["X-Error"] == "Cannot delete self"
    assert ci.post("/user/jane/doDelete").status_code == 302
    assert ci.post("/user/jane/doDelete").status_code == 404
