"""The platform as a script sees it: JSON over HTTP, with a Bearer token."""

import time
from typing import Any
from uuid import uuid4

import requests

from demo.trouble import Trouble

PATIENCE_SECONDS = 20.0
CALL_SECONDS = 10.0


class Platform:
    """Calls that survive a restart of the web process: sent again until answered, a POST under one key."""

    def __init__(self, url: str) -> None:
        self._api = f"{url}/api/v1"
        self._session = direct()
        self._seen: dict[str, tuple[str, Any]] = {}

    def log_in(self, username: str, password: str) -> None:
        """Log in, and use the access token from now on."""
        answer = self.post("login", username=username, password=password)
        self._session.headers["Authorization"] = f"Bearer {answer['access']}"

    def post(self, path: str, **body: Any) -> Any:
        """The answer to a POST. Trouble when it is refused."""
        headers = {"Idempotency-Key": uuid4().hex}
        return self._answer("POST", path, json=body, headers=headers).json()

    def get(self, path: str) -> Any:
        """The answer to a GET; the one of the last time while the platform says that nothing changed."""
        tag, last = self._seen.get(path, ("", None))
        response = self._answer("GET", path, headers={"If-None-Match": tag} if tag else {})
        if response.status_code == requests.codes.not_modified:
            return last
        answer = response.json()
        if "ETag" in response.headers:
            self._seen[path] = response.headers["ETag"], answer
        return answer

    def _answer(self, method: str, path: str, **more: Any) -> requests.Response:
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                response = self._session.request(method, f"{self._api}/{path}", timeout=CALL_SECONDS, **more)
            except requests.RequestException as error:
                if time.monotonic() > until:
                    raise Trouble(f"The platform does not answer {method} /api/v1/{path} ({type(error).__name__}).")
                time.sleep(0.1)
                continue
            if response.ok or response.status_code == requests.codes.not_modified:
                return response
            raise Trouble(f"{method} /api/v1/{path} was answered {response.status_code}: {sentence(response)}")


def sentence(response: requests.Response) -> str:
    """What the platform says of an error."""
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return response.text[:300]


def direct() -> requests.Session:
    """A session that goes round the proxies of the environment: all that the demo calls is on this machine."""
    session = requests.Session()
    session.trust_env = False
    return session


def post(url: str, body: Any) -> None:
    """A POST to something simple. Trouble when it is refused."""
    with direct() as session:
        response = session.post(url, json=body, timeout=CALL_SECONDS)
        if not response.ok:
            raise Trouble(f"POST {url} was answered {response.status_code}: {response.text[:300]}")


def answers(url: str) -> bool:
    """Whether anything but an error of the server answers there."""
    with direct() as session:
        try:
            return session.get(url, timeout=2).status_code < 500
        except requests.RequestException:
            return False


def wait_for(url: str, what: str, seconds: float = 90.0) -> None:
    """Return once `url` answers. Trouble when it does not."""
    until = time.monotonic() + seconds
    while not answers(url):
        if time.monotonic() > until:
            raise Trouble(f"{what} did not answer within {seconds:.0f} seconds at {url}.")
        time.sleep(0.05)
