"""The wire: what was sent or not, connections that die, the fence, a fork, time."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import requests
from urllib3 import HTTPConnectionPool

from provisioning.systems.answers import about
from provisioning.systems.errors import Busy, Refused, SystemFault, Unreachable, Unsure
from provisioning.systems.gitlab_wire import GITLAB
from provisioning.systems.http import Session, connections
from tests.systems.stub import Reply, Stub, data, page

READ, WRITE = "GET", "POST"


class LeaseLost(Exception):
    """What an engine's fence raises."""


@pytest.fixture
def session(stub: Stub) -> Session:
    return Session(GITLAB, stub.url, timeout=(0.5, 0.5))


def fault(session: Session, method: str) -> SystemFault:
    """The error of one call."""
    with about("the project dev/shop"), pytest.raises(SystemFault) as caught:
        session.call(method, "/api")
    return caught.value


# --- Nothing was sent --------------------------------------------------------------------------------------------


@pytest.fixture
def full() -> Iterator[str]:
    """The address of a server that accepts no connection: its queue is full, so that the handshake never ends."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield "http://{}:{}".format(*listener.getsockname())
        for one in waiting:
            one.close()


def refusing() -> str:
    """An address where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return "http://{}:{}".format(*free.getsockname())


@pytest.mark.parametrize("method", [READ, WRITE])
def test_nobody_listens(method: str) -> None:
    found = fault(Session(GITLAB, refusing()), method)
    assert (type(found), found.again, found.whose) == (Unreachable, True, "remote")
    assert found.message == "GitLab cannot be reached (no connection): the project dev/shop."
    assert "GITLAB_URL" in found.hint


def test_an_unknown_name() -> None:
    found = fault(Session(GITLAB, "http://no-such-host.invalid"), WRITE)
    assert (type(found), "its name is not known" in found.message) == (Unreachable, True)


def test_no_connection_in_time(full: str) -> None:
    found = fault(Session(GITLAB, full, timeout=(0.2, 1)), WRITE)
    assert (type(found), "no connection in time" in found.message) == (Unreachable, True)


def test_an_address_that_is_none() -> None:
    with pytest.raises(SystemFault) as caught:
        Session(GITLAB, "")
    assert (caught.value.code, caught.value.whose) == ("invalid", "operator")


# --- Sent, and no usable answer ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply", [Reply(cut="end"), Reply(cut="reset"), Reply(hang=True), Reply(cut="middle", body=b"{}")]
)
def test_a_write_without_an_answer_is_unsure_and_not_repeated(stub: Stub, session: Session, reply: Reply) -> None:
    stub.will(reply, data({}))
    found = fault(session, WRITE)
    assert (type(found), found.again) == (Unsure, True)
    assert stub.asked == ["POST /api"]


@pytest.mark.parametrize("method", [READ, WRITE])
@pytest.mark.parametrize(
    "reply",
    [
        page(500), page(502), page(504), data({"message": "500 Internal Server Error"}, 500), page(408),
        page(200), page(404), Reply(404), Reply(200), Reply(200, b"{'", {"Content-Type": "application/json"}),
        Reply(200, b"{}", {"Content-Type": "text/html"}),
        page(302, Location="https://sso.example.com/login?next=secret"), page(301, Location="https://x/api"),
    ],
)  # fmt: skip
def test_what_a_proxy_says_is_unsure(stub: Stub, session: Session, method: str, reply: Reply) -> None:
    stub.will(reply)
    found = fault(session, method)
    assert (type(found), found.system) == (Unsure, "gitlab")
    assert len(stub.seen) == 1
    everything = f"{found} {found.hint} {found.detail}"
    assert "s3cret-in-a-page" not in everything
    assert "<html" not in everything
    assert "next=secret" not in everything


def test_a_read_that_gets_no_answer_is_not_repeated(stub: Stub, session: Session) -> None:
    stub.will(Reply(hang=True), data({}))
    assert isinstance(fault(session, READ), Unsure)
    assert len(stub.seen) == 1


# --- Kept connections --------------------------------------------------------------------------------------------


def test_calls_share_a_connection_over_sessions(stub: Stub) -> None:
    stub.will(data({}), data({}), data({}))
    for _ in range(3):
        Session(GITLAB, stub.url).call(READ, "/api")
    assert len({one.port for one in stub.seen}) == 1


@pytest.mark.parametrize("cut", ["end", "reset"])
def test_a_read_on_a_connection_closed_while_idle_goes_out_again(stub: Stub, session: Session, cut: str) -> None:
    stub.will(data({}), Reply(cut=cut), data({"second": "try"}))  # type: ignore[arg-type]
    session.call(READ, "/api")
    assert session.call(READ, "/api").json() == {"second": "try"}
    assert stub.seen[2].port != stub.seen[1].port


def test_a_server_that_cuts_every_time_is_asked_twice(stub: Stub, session: Session) -> None:
    stub.will(*[Reply(cut="end")] * 5)
    assert isinstance(fault(session, READ), Unsure)
    assert len(stub.seen) == 2


def test_a_write_on_a_connection_closed_while_idle_is_unsure(stub: Stub, session: Session) -> None:
    stub.will(data({}), Reply(cut="reset"), data({}))
    session.call(READ, "/api")
    assert isinstance(fault(session, WRITE), Unsure)
    assert stub.asked == ["GET /api", "POST /api"]


def test_a_connection_that_is_seen_to_be_closed_is_replaced_for_a_write_too(stub: Stub, session: Session) -> None:
    stub.will(Reply(200, b"{}", {"Content-Type": "application/json"}, close_after=True), data({}, 201))
    session.call(READ, "/api")
    waited_for_the_end(session)
    assert session.call(WRITE, "/api").status_code == 201
    assert stub.seen[0].port != stub.seen[1].port


def waited_for_the_end(session: Session) -> None:
    """Until the server's FIN has arrived on the kept connection."""
    request = session.prepare_request(requests.Request(READ, session.url))
    pool = connections.to("gitlab").get_connection_with_tls_context(request, verify=True)
    assert isinstance(pool, HTTPConnectionPool)
    assert pool.pool is not None
    kept = pool.pool.queue[-1].sock
    kept.settimeout(2)
    assert kept.recv(1, socket.MSG_PEEK) == b""


def test_each_thread_has_its_own_connection(stub: Stub, session: Session) -> None:
    stub.will(data({}), data({}))
    session.call(READ, "/api")
    other = threading.Thread(target=lambda: session.call(READ, "/api"))
    other.start()
    other.join()
    assert stub.seen[0].port != stub.seen[1].port


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_does_not_speak_on_its_parents_connection(stub: Stub, session: Session) -> None:
    stub.will(data({}), data({}), data({}))
    session.call(READ, "/parent")
    child = os.fork()
    if child == 0:
        in_child(lambda: session.call(READ, "/child"))
    assert os.waitpid(child, 0)[1] == 0
    session.call(READ, "/parent")
    first, in_the_child, second = (one.port for one in stub.seen)
    assert first == second != in_the_child


def in_child(work: Callable[[], object]) -> None:
    """Do it and leave at once: nothing of pytest may run twice."""
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)


# --- The fence ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_is_sent_when_the_fence_raises(stub: Stub, method: str) -> None:
    def lost() -> None:
        raise LeaseLost

    session = Session(GITLAB, stub.url, before_write=lost)
    with pytest.raises(LeaseLost):
        session.call(method, "/api")
    assert stub.seen == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reads_need_no_fence(stub: Stub, method: str) -> None:
    def lost() -> None:
        raise LeaseLost

    stub.will(data({}))
    Session(GITLAB, stub.url, before_write=lost).call(method, "/api")
    assert len(stub.seen) == 1


def test_the_fence_is_each_clients_own_on_a_shared_connection(stub: Stub) -> None:
    stub.will(data({}), data({}), data({}))
    calls: list[str] = []
    one = Session(GITLAB, stub.url, before_write=lambda: calls.append("one"))
    other = Session(GITLAB, stub.url, before_write=lambda: calls.append("other"))
    for session in (one, other, one):
        session.call(WRITE, "/api")
    assert calls == ["one", "other", "one"]


# --- Asked to wait, refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("3600", 300), ("0", 0.5), (None, 10), ("soon", 10), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.5), ("-1", 10)],
)
@pytest.mark.parametrize("status", [429, 503])
def test_busy_says_how_long(stub: Stub, session: Session, status: int, header: str | None, seconds: float) -> None:
    stub.will(
        Reply(status, b"Retry later\n", {"Content-Type": "text/plain"} | ({"Retry-After": header} if header else {}))
    )
    found = fault(session, WRITE)
    assert isinstance(found, Busy)
    assert (found.after, found.again) == (seconds, True)


def test_busy_until_a_date(stub: Stub, session: Session) -> None:
    until = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 60))
    stub.will(data({"message": {"error": "This endpoint has been requested too many times."}}, 429, Retry_After=until))
    found = fault(session, WRITE)
    assert isinstance(found, Busy)
    assert 55 < found.after <= 60


@pytest.mark.parametrize("status", [401, 403])
def test_refused_is_the_operators(stub: Stub, session: Session, status: int) -> None:
    stub.will(data({"message": "403 Forbidden - too little scope"}, status))
    found = fault(session, WRITE)
    assert (type(found), found.again, found.whose) == (Refused, False, "operator")
    assert "GITLAB_TOKEN" in found.hint
    assert "too little scope" in found.detail


# --- The rest ----------------------------------------------------------------------------------------------------


def test_cookies_are_not_kept(stub: Stub, session: Session) -> None:
    stub.will(data({}, 200, Set_Cookie="_gitlab_session=abc; path=/"), data({}))
    session.call(READ, "/api")
    session.call(READ, "/api")
    assert "Cookie" not in stub.seen[1].headers


def test_the_environment_is_left_alone(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", refusing())
    stub.will(data({}))
    Session(GITLAB, stub.url).call(READ, "/api")
    assert stub.seen[0].headers["User-Agent"].startswith("slipway/")


def test_who_counts_calls_is_told(stub: Stub) -> None:
    told: list[tuple[str, str, str, int | None]] = []
    session = Session(GITLAB, stub.url, on_call=lambda *what: told.append(what[:4]))
    stub.will(data({}), Reply(cut="end"))
    session.call(READ, "/api?secret=x")
    fault(session, WRITE)
    assert told == [("gitlab", "GET", "/api", 200), ("gitlab", "POST", "/api", None)]
