"""From what came over the wire, or did not, to the tree in errors.py. The rules here hold for every system."""

import email.utils
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from provisioning.systems.errors import HTML, Busy, Invalid, Refused, SystemFault, Unreachable, Unsure

# Seconds. GitLab's application limits send no Retry-After at all; one of 0 must not make us run in circles.
SHORTEST_WAIT, DEFAULT_WAIT, LONGEST_WAIT = 0.5, 10.0, 300.0
LONGEST_WORDS = 300

T = TypeVar("T")


@dataclass(frozen=True)
class Peer:
    """A system as people and operators know it."""

    key: str  # "gitlab"
    title: str  # "GitLab"
    address: str  # the setting that holds its address
    credential: str  # the setting that holds the platform's credential, and what it must hold
    json: bool = True  # whether every answer with a body is JSON


@dataclass(frozen=True)
class About:
    """What the current call is about: for the words of its errors, and the statuses that the verb judges itself."""

    subject: str = "what was asked"
    leave: frozenset[int] = frozenset()


NOTHING_NAMED = About()
current: ContextVar[About] = ContextVar("about", default=NOTHING_NAMED)


@contextmanager
def about(subject: str, leave: frozenset[int] = frozenset()) -> Iterator[None]:
    """Name the object that the calls in the block are about."""
    token = current.set(About(subject, leave))
    try:
        yield
    finally:
        current.reset(token)


def judged(peer: Peer, response: requests.Response) -> SystemFault | None:
    """The fault that any system means with this answer. None: it is as promised, or the verb knows better."""
    status = response.status_code
    if status in current.get().leave:
        return None
    if status in (429, 503):
        return busy(peer, response)
    if status in (401, 403):
        return refused(peer, response)
    if status == 408 or status >= 500:
        return unsure(peer, f"status {status}", trace(response))
    if 300 <= status < 400:
        return redirected(peer, response)
    if peer.json and (status < 300 or status == 404):
        return None if promised(response) else unsure(peer, "not the data that its API promises", trace(response))
    return None


def promised(response: requests.Response) -> bool:
    """Whether the body is JSON. Only the answer to a DELETE, and 204, may have none."""
    if not response.content:
        return response.status_code == 204 or response.request.method in ("DELETE", "HEAD")
    if "json" not in response.headers.get("Content-Type", ""):
        return False
    try:
        response.json()
    except ValueError:
        return False
    return True


def busy(peer: Peer, response: requests.Response) -> Busy:
    """429 in its forms (with and without Retry-After, JSON or plain text), and 503."""
    asks = "asks us to slow down" if response.status_code == 429 else "is not ready"
    return Busy(
        peer.key,
        f"{peer.title} {asks} ({response.status_code}): {current.get().subject}.",
        after=retry_after(response.headers.get("Retry-After", "")),
        hint="Nothing to do: it goes on by itself.",
        detail=trace(response),
    )


def retry_after(header: str) -> float:
    """Seconds to wait by a Retry-After, which holds seconds or a date; at most 300, and 10 when it says nothing."""
    if header.strip().isdecimal():
        seconds = float(header)
    else:
        try:
            seconds = email.utils.parsedate_to_datetime(header).timestamp() - time.time()
        except ValueError:
            seconds = DEFAULT_WAIT
    return min(max(seconds, SHORTEST_WAIT), LONGEST_WAIT)


def refused(peer: Peer, response: requests.Response) -> Refused:
    """401: who we are is not accepted. 403: we may not."""
    if response.status_code == 401:
        message, hint = f"{peer.title} refuses the platform's token (401).", f"Put {peer.credential}, then retry."
    else:
        message = f"{peer.title} does not let the platform's account do this (403): {current.get().subject}."
        hint = f"Give the account behind the token the right to it, or put {peer.credential}, then retry."
    return Refused(peer.key, message, hint=hint, detail=trace(response))


def unsure(peer: Peer, why: str, detail: str) -> Unsure:
    """Sent, and nothing usable came back."""
    return Unsure(
        peer.key,
        f"{peer.title} gave no usable answer ({why}): {current.get().subject}.",
        hint=f"It is tried again by itself. If it goes on, look at {peer.title}, at what stands before it, "
        f"and at {peer.address}.",
        detail=detail,
    )


def redirected(peer: Peer, response: requests.Response) -> Unsure:
    """A log-in page, or http in place of https: whoever redirects is not the API."""
    target = response.headers.get("Location", "").partition("?")[0]
    return unsure(peer, "it redirects to another address", f"{trace(response)} To {target}")


def misused(peer: Peer, response: requests.Response) -> Invalid:
    """A status that only a wrong call, or another version of the system, can cause."""
    return Invalid(
        peer.key,
        f"{peer.title} does not know such a call ({response.status_code}): {current.get().subject}.",
        hint=f"Check that {peer.address} is the address of {peer.title} and that its version is supported.",
        detail=trace(response),
        whose="operator",
    )


def broken_off(peer: Peer, error: requests.RequestException) -> SystemFault:
    """No answer at all. Whether anything was sent decides; only what failed to connect surely sent nothing."""
    cause = error.args[0] if error.args else error
    never = cause.reason if isinstance(cause, MaxRetryError) else None
    if isinstance(never, NewConnectionError | ConnectTimeoutError) or is_distrust(error):
        return unreachable(peer, why_not(never), error)
    if isinstance(error, requests.ReadTimeout) or isinstance(cause, ReadTimeoutError):
        return unsure(peer, "no answer in time", trace_of(error))
    return unsure(peer, "the connection broke off", trace_of(error))


def was_cut(error: requests.RequestException) -> bool:
    """Whether the connection was there and ended before an answer."""
    if isinstance(error, requests.exceptions.SSLError):  # How OpenSSL names the end of a connection without good-bye.
        return not is_distrust(error)
    return bool(error.args) and isinstance(error.args[0], ProtocolError)


def is_distrust(error: requests.RequestException) -> bool:
    """Whether the server's certificate was not accepted, so that nothing was sent."""
    cause = error.args[0] if error.args else None
    inner = cause.reason if isinstance(cause, MaxRetryError) else None
    return inner is not None and isinstance(inner.args[0] if inner.args else None, ssl.SSLCertVerificationError)


def unreachable(peer: Peer, why: str, error: requests.RequestException) -> Unreachable:
    """Nothing was sent."""
    return Unreachable(
        peer.key,
        f"{peer.title} cannot be reached ({why}): {current.get().subject}.",
        hint=f"It is tried again by itself. If it goes on, look whether {peer.title} runs and {peer.address} is right.",
        detail=trace_of(error),
    )


def why_not(error: Exception | None) -> str:
    """Why there was no connection, in few words."""
    if isinstance(error, NameResolutionError):
        return "its name is not known"
    if isinstance(error, NewConnectionError):
        return "no connection"
    if isinstance(error, ConnectTimeoutError):
        return "no connection in time"
    return "its certificate is not trusted"


def words(value: Any) -> str:
    """What a JSON error says, whatever its shape: a text, a list of sentences, or an object of lists."""
    if isinstance(value, dict):
        return "; ".join(f"{name} {words(texts)}" if name != "error" else words(texts) for name, texts in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(words(item) for item in value)
    text = " ".join(str(value).split())
    return "an HTML page" if HTML.search(text) else text[:LONGEST_WORDS]


def said(response: requests.Response) -> str:
    """What the error body says; empty when it is not JSON."""
    try:
        body = response.json()
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    return words(body.get("message") or body.get("error") or "")


def shaped(peer: Peer, build: Callable[[Any], T], raw: Any) -> T:
    """What `build` makes of the answer. An answer of another shape does not come from that system's API."""
    try:
        return build(raw)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        why = f"{build.__qualname__}: {type(error).__name__}: {error}"
        raise unsure(peer, "not the data that its API promises", why) from None


def trace(response: requests.Response) -> str:
    """Which call, and what came: for staff. A body that is not JSON is not quoted: it may echo what was sent."""
    kind = response.headers.get("Content-Type", "no type").partition(";")[0]
    url = (response.request.url or "").partition("?")[0]
    came = f"{response.status_code} {kind}, {len(response.content)} bytes"
    lacking = response.headers.get("X-Required-Permission", "")  # Jenkins names it with a 403
    return f"{response.request.method} {url}: {came}. {said(response)}{lacking}".strip()


def trace_of(error: requests.RequestException) -> str:
    """Which call, and what broke it."""
    request = error.request
    call = f"{request.method} {(request.url or '').partition('?')[0]}" if request is not None else "call"
    return f"{call}: {type(error).__name__}: {error}"
