"""Jenkins' odd answers, each told by a stub."""

import base64

import jenkins as python_jenkins
import pytest

from provisioning.systems.errors import Busy, Conflict, Invalid, Refused, SystemFault, Unsure
from provisioning.systems.jenkins import Jenkins
from tests.systems import bodies
from tests.systems.stub import Reply, Stub, data, page

CONFIG = "<?xml version='1.1' encoding='UTF-8'?>\n<flow-definition plugin=\"workflow-job@1\"><a>ö</a></flow-definition>"
HERE = {"X-Jenkins": "2.528.3"}
ABSENT = Reply(404, b"<html>Not Found</html>", HERE | {"Content-Type": "text/html"})
JOB = data(bodies.job(), 200, X_Jenkins="2.528.3")
MADE = Reply(200, b"", HERE)


def refused(status: int, said: str | None = None) -> Reply:
    """A Failure as Jenkins renders it."""
    headers = {"Content-Type": "text/html"} | HERE | ({} if said is None else {"X-Error": said})
    return Reply(status, b"<!DOCTYPE html><html><p>password s3cret</p></html>", headers)


def xml(text: str, kind: str = "application/xml") -> Reply:
    return Reply(200, text.encode(), HERE | {"Content-Type": kind})


# --- Reading -----------------------------------------------------------------------------------------------------


def test_a_job(stub: Stub, jenkins: Jenkins) -> None:
    stub.will(JOB)
    found = jenkins.job("dev", "shop_dev")
    assert found is not None
    assert (found.full_name, found.description, found.buildable) == ("dev/shop_dev", "", True)
    assert stub.asked == ["GET /job/dev/job/shop_dev/api/json?depth=0"]
    assert stub.seen[0].headers["Authorization"] == "Basic " + base64.b64encode(b"admin:jenkins-secret-token").decode()


def test_no_crumb_is_asked_for_sent_or_left_behind(stub: Stub, jenkins: Jenkins, writes: list[str]) -> None:
    before = dict(python_jenkins.DEFAULT_HEADERS)
    stub.will(data({"id": "admin"}), ABSENT, MADE, JOB)
    jenkins.whoami()
    assert jenkins.job("dev", "shop_dev") is None
    jenkins.create_job("dev", "shop_dev", "<flow-definition/>")
    assert not any("crumb" in target for target in stub.asked)
    assert not any("Jenkins-Crumb" in one.headers for one in stub.seen)
    assert before == python_jenkins.DEFAULT_HEADERS
    assert writes == ["write"]


@pytest.mark.parametrize("status", [500, 502, 504, 302])
def test_failures_are_never_absence(stub: Stub, jenkins: Jenkins, status: int) -> None:
    stub.will(page(status, Location="/login"))
    with pytest.raises(Unsure):
        jenkins.job("dev", "shop_dev")


def test_a_jenkins_that_starts_is_busy_not_empty(stub: Stub, jenkins: Jenkins) -> None:
    stub.will(page(503, X_Jenkins="2.528.3"))
    with pytest.raises(Busy):
        jenkins.job("dev", "shop_dev")


@pytest.mark.parametrize(
    ("status", "kind"), [(401, Refused), (403, Refused), (400, Invalid), (405, Invalid), (409, Conflict)]
)
def test_other_refusals_are_never_absence(stub: Stub, jenkins: Jenkins, status: int, kind: type[SystemFault]) -> None:
    stub.will(refused(status))
    with pytest.raises(kind) as caught:
        jenkins.job("dev", "shop_dev")
    assert "s3cret" not in f"{caught.value} {caught.value.detail}"


def test_a_404_that_is_not_jenkins_own_is_proven_by_the_list(stub: Stub, jenkins: Jenkins) -> None:
    stub.will(page(404), data({"jobs": [{"name": "Other"}]}))
    assert jenkins.job("dev", "shop_dev") is None
    assert stub.asked[1] == "GET /job/dev/api/json?tree=jobs%5Bname%5D"


def test_a_404_for_what_the_list_shows_is_a_proxys(stub: Stub, jenkins: Jenkins) -> None:
    stub.will(page(404), data({"jobs": [{"name": "SHOP_dev"}]}))
    with pytest.raises(Unsure, match="may not be Jenkins"):
        jenkins.job("dev", "shop_dev")


def test_a_missing_folder_is_proven_by_the_one_above(stub: Stub, jenkins: Jenkins) -> None:
    stub.will(page(404), page(404), data({"jobs": []}))
    assert jenkins.job("dev", "shop_dev") is None
    assert stub.asked[2] == "GET /api/json?tree=jobs%5Bname%5D"


def test_a_proxy_that_says_404_to_everything_proves_nothing(stub: Stub, jenkins: Jenkins) -> None:
    stub.will(*[page(404)] * 3)
    with pytest.raises(Unsure):
        jenkins.job("dev", "shop_dev")


@pytest.mark.parametrize(
    "reply", [page(200), data([]), data({}), Reply(200, b"{'", {"Content-Type": "application/json"})]
)
def test_a_job_of_another_shape_is_unsure(stub: Stub, jenkins: Jenkins, reply: Reply) -> None:
    stub.will(reply)
    with pytest.raises(Unsure):
        jenkins.job("dev", "shop_dev")


def test_a_folder(stub: Stub, jenkins: Jenkins) -> None:
    stub.will(data(bodies.folder()))
    found = jenkins.folder("dev")
    assert found is not None
    assert (found.name, found.description) == ("dev", "ours")


def test_a_job_in_a_folders_place(stub: Stub, jenkins: Jenkins) -> None:
    stub.will(JOB)
    with pytest.raises(Conflict):
        jenkins.folder("shop_dev")


def test_a_configuration(stub: Stub, jenkins: Jenkins) -> None:
    stub.will(xml(CONFIG))
    assert jenkins.job_config("dev", "shop_dev") == CONFIG
    assert stub.asked == ["GET /job/dev/job/shop_dev/config.xml"]


def test_an_absent_configuration(stub: Stub, jenkins: Jenkins) -> None:
    stub.will(ABSENT)
    assert jenkins.job_config("dev", "shop_dev") is None


@pytest.mark.parametrize("reply", [page(200), xml("garbage {"), xml("<html/>"), xml(CONFIG, "text/html"), Reply(200)])
def test_a_configuration_that_is_none_is_unsure(stub: Stub, jenkins: Jenkins, reply: Reply) -> None:
    stub.will(reply)
    with pytest.raises(Unsure):
        jenkins.job_config("dev", "shop_dev")


def test_a_missing_permission_is_named(stub: Stub, jenkins: Jenkins) -> None:
    stub.will(page(403, X_Required_Permission="hudson.model.Item.Create"))
    with pytest.raises(Refused) as caught:
        jenkins.create_job("dev", "shop_dev", "<flow-definition/>")
    assert "hudson.model.Item.Create" in caught.value.detail


@pytest.mark.parametrize("status", [401, 403, 404])
def test_who_is_not_known(stub: Stub, jenkins: Jenkins, status: int) -> None:
    stub.will(refused(status))
    with pytest.raises(Refused) as caught:
        jenkins.whoami()
    assert "JENKINS_TOKEN" in caught.value.hint


# --- Writing -----------------------------------------------------------------------------------------------------


def test_a_job_is_made_and_read_back(stub: Stub, jenkins: Jenkins, writes: list[str]) -> None:
    stub.will(MADE, JOB)
    assert jenkins.create_job("dev", "shop_dev", CONFIG).url.endswith("/job/dev/job/shop_dev/")
    assert stub.asked[0] == "POST /job/dev/createItem?name=shop_dev"
    assert stub.seen[0].headers["Content-Type"] == "application/xml; charset=utf-8"
    assert stub.seen[0].body.decode() == CONFIG
    assert writes == ["write"]


def test_names_are_escaped_part_by_part(stub: Stub, jenkins: Jenkins) -> None:
    stub.will(MADE, data(bodies.job("a b")))
    jenkins.create_job("te am/sub", "a b", "<x/>")
    assert stub.asked[0] == "POST /job/te%20am/job/sub/createItem?name=a+b"
    assert stub.asked[1] == "GET /job/te%20am/job/sub/job/a%20b/api/json?depth=0"


def test_a_folder_is_made_with_its_description(stub: Stub, jenkins: Jenkins) -> None:
    stub.will(MADE, data(bodies.folder()))
    jenkins.create_folder("dev", "ours & <theirs>")
    assert stub.asked[0] == "POST /createItem?name=dev"
    assert b"<description>ours &amp; &lt;theirs&gt;</description>" in stub.seen[0].body


REFUSALS = [
    (refused(400, "A job already exists with the name ?shop_dev?"), Conflict, "operator"),
    (refused(400, ""), Conflict, "operator"),  # somebody else's, which we may not see
    (refused(400), Conflict, "operator"),
    (refused(400, "?/? is an unsafe character"), Invalid, "requester"),
    (refused(404), Invalid, "operator"),
    (refused(405), Invalid, "operator"),
    (refused(409, "dev/shop_dev is not buildable"), Conflict, "operator"),
    (refused(403), Refused, "operator"),
    (refused(500), Unsure, "remote"),
    (page(503), Busy, "remote"),
    (page(200), Unsure, "remote"),
    (page(302, Location="/login"), Unsure, "remote"),
    (Reply(204), Unsure, "remote"),
]


@pytest.mark.parametrize(("reply", "kind", "whose"), REFUSALS)
def test_a_job_that_is_not_made(
    stub: Stub, jenkins: Jenkins, reply: Reply, kind: type[SystemFault], whose: str
) -> None:
    stub.will(reply)
    with pytest.raises(SystemFault) as caught:
        jenkins.create_job("dev", "shop_dev", "<flow-definition/>")
    found = caught.value
    assert (type(found), found.whose) == (kind, whose)
    assert "the job dev/shop_dev" in found.message
    assert "s3cret" not in f"{found} {found.hint} {found.detail}"


def test_a_job_that_is_not_there_after_it_was_made(stub: Stub, jenkins: Jenkins) -> None:
    stub.will(MADE, ABSENT)
    with pytest.raises(Unsure, match="not there"):
        jenkins.create_job("dev", "shop_dev", "<flow-definition/>")


def test_broken_xml_is_the_platforms_and_not_sent(stub: Stub, jenkins: Jenkins) -> None:
    with pytest.raises(Invalid) as caught:
        jenkins.create_job("dev", "shop_dev", "<flow-definition>")
    assert (caught.value.whose, stub.seen) == ("platform", [])


def test_a_job_is_changed(stub: Stub, jenkins: Jenkins) -> None:
    stub.will(MADE, refused(404))
    jenkins.update_job("dev", "shop_dev", CONFIG)
    assert stub.asked == ["POST /job/dev/job/shop_dev/config.xml"]
    with pytest.raises(Invalid):
        jenkins.update_job("dev", "shop_dev", CONFIG)


@pytest.mark.parametrize("reply", [Reply(302, b"", HERE | {"Location": "http://jenkins/job/dev/"}), ABSENT])
def test_a_job_is_deleted_and_looked_for(stub: Stub, jenkins: Jenkins, reply: Reply) -> None:
    stub.will(reply, ABSENT)
    jenkins.delete_job("dev", "shop_dev")
    assert stub.asked == ["POST /job/dev/job/shop_dev/doDelete", "GET /job/dev/job/shop_dev/api/json?depth=0"]


def test_a_log_in_pages_redirect_deletes_nothing(stub: Stub, jenkins: Jenkins) -> None:
    stub.will(page(302, Location="/login"), JOB)
    with pytest.raises(Unsure, match="still there"):
        jenkins.delete_job("dev", "shop_dev")


@pytest.mark.parametrize("said", ["dev/shop_dev is currently being deleted", "Failed to interrupt and stop 1 build"])
def test_a_job_whose_builds_do_not_stop(stub: Stub, jenkins: Jenkins, said: str) -> None:
    stub.will(refused(400, said))
    with pytest.raises(Busy):
        jenkins.delete_job("dev", "shop_dev")


def test_an_address_with_a_path(stub: Stub) -> None:
    stub.will(MADE, JOB)
    Jenkins(f"{stub.url}/jenkins/", "admin", "jenkins-secret-token").create_job("", "shop", "<x/>")
    assert stub.asked == ["POST /jenkins/createItem?name=shop", "GET /jenkins/job/shop/api/json?depth=0"]
