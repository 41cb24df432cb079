"""What every client speaks through: sessions that keep their connections, call the fence, and know the tree of errors.

Redirects are not followed, nothing is sent twice behind anybody's back, and proxies and .netrc of the environment are
not looked up: requests does that anew for every call. An idle call costs 0.6 ms of our CPU, 0.4 of them in requests.
"""

import os
import threading
import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter

from provisioning.systems.answers import Peer, broken_off, judged, was_cut
from provisioning.systems.errors import Invalid, SystemFault

USER_AGENT = "slipway/1.0.0"
TIMEOUT = (3.0, 20.0)  # Seconds to connect, and between two pieces of an answer. Together less than a lease of 30.
READS = frozenset({"GET", "HEAD"})
STALE = 1.0  # Seconds. A connection that was closed while it was idle shows it at once.

Observer = Callable[[str, str, str, int | None, float], None]
"""Told of each call: system, method, path, status (None: no answer), seconds."""


def nothing() -> None:
    """The fence of a client that nobody fences."""


class Connections(threading.local):
    """The kept connections of one thread. A forked child inherits the object, but must not speak on its sockets."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.adapters: dict[str, HTTPAdapter] = {}

    def to(self, system: str) -> HTTPAdapter:
        """This thread's connections to `system`."""
        if self.process != os.getpid():
            self.process, self.adapters = os.getpid(), {}
        if system not in self.adapters:
            self.adapters[system] = HTTPAdapter(pool_connections=4, pool_maxsize=1)
        return self.adapters[system]

    def close(self) -> None:
        """Close what this thread keeps open."""
        adapters, self.adapters = self.adapters, {}
        for adapter in adapters.values():
            adapter.close()


connections = Connections()


class Session(requests.Session):
    """A session of one client, which python-gitlab and python-jenkins get too: cheap, since connections are shared.

    `before_write` is called right before each request that may change something, `before_read` before the others; what
    they raise keeps it from being sent. Answers and failures that mean the same in every system are raised as errors of
    systems/errors.py.
    """

    def __init__(
        self,
        peer: Peer,
        url: str,
        *,
        before_write: Callable[[], None] = nothing,
        before_read: Callable[[], None] = nothing,
        timeout: tuple[float, float] = TIMEOUT,
        verify: bool | str = True,
        on_call: Observer | None = None,
        judge: Callable[[Peer, requests.Response], SystemFault | None] = judged,
    ) -> None:
        super().__init__()
        if not url.startswith(("http://", "https://")):
            why, hint = f"{peer.address} is not a web address.", f"Set {peer.address}."
            raise Invalid(peer.key, why, hint=hint, whose="operator")
        self.peer, self.url = peer, url.rstrip("/")
        self.before_write, self.before_read = before_write, before_read
        self.timeout, self.on_call, self.judge = timeout, on_call, judge
        self.trust_env, self.verify = False, verify
        self.headers["User-Agent"] = USER_AGENT
        # A cookie would make a login session out of a token's call, and outlive the token.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def get_adapter(self, url: str | bytes) -> BaseAdapter:
        """This thread's connections, in place of some of this session's own."""
        return connections.to(self.peer.key)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send it once, behind the fence. Errors: see systems/errors.py."""
        kwargs |= {"allow_redirects": False, "timeout": self.timeout}
        (self.before_read if request.method in READS else self.before_write)()
        began, status = time.perf_counter(), None
        try:
            response = self.exchange(request, kwargs)
            status = response.status_code
        except requests.RequestException as error:
            raise broken_off(self.peer, error) from None
        finally:
            self.observe(request, status, time.perf_counter() - began)
        fault = self.judge(self.peer, response)
        if fault is not None:
            raise fault
        return response

    def exchange(self, request: requests.PreparedRequest, kwargs: dict[str, Any]) -> requests.Response:
        """One request, one answer. A read that meets a connection closed while idle goes out again, on a new one.

        A write does not: the server may have taken it before it closed. (The pool has one connection, and drops a dead
        one by itself.)
        """
        began = time.perf_counter()
        try:
            return super().send(request, **kwargs)
        except requests.ConnectionError as error:
            if request.method not in READS or not was_cut(error) or time.perf_counter() - began > STALE:
                raise
        return super().send(request, **kwargs)

    def observe(self, request: requests.PreparedRequest, status: int | None, seconds: float) -> None:
        """Tell who counts the calls."""
        if self.on_call is not None:
            self.on_call(self.peer.key, request.method or "", request.path_url.partition("?")[0], status, seconds)

    def call(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """A call to `path` below the system's address."""
        return self.request(method, self.url + path, **kwargs)
