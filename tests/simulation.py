"""The control over the simulated systems: faults, delays, what was asked, what they hold."""

from types import TracebackType
from typing import Any, Self

import requests

SYSTEMS = ("gitlab", "jenkins", "argocd")


class Simulation:
    """Speaks to the routes below /_sim of each simulated system. `url` is the simulators' address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._session.close()

    def _call(self, method: str, system: str, what: str, **how: Any) -> Any:
        answer = self._session.request(method, f"{self.url}/{system}/_sim/{what}", timeout=10, **how)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def reset(self) -> None:
        """Empty every system: no objects, no faults, no delays, no log."""
        for system in SYSTEMS:
            self._call("POST", system, "reset")

    def state(self, system: str) -> Any:
        """Everything the system holds."""
        return self._call("GET", system, "state")

    def requests(self, system: str, since: int = 0) -> Any:
        """What was asked of it, in order, after request number `since`."""
        return self._call("GET", system, "requests", params={"since": since})

    def fault(self, system: str, method: str, path: str, times: int = 1, **effect: Any) -> None:
        """The next `times` calls that match (`path` is a regular expression) answer with this effect instead.

        Effects: status, body, headers, delay_ms, cut ("before" or "after" the call took effect), garbage.
        """
        self._call("POST", system, "faults", json={"method": method, "path": path, "times": times, **effect})

    def lift_faults(self) -> None:
        """No faults any more, on any system."""
        for system in SYSTEMS:
            self._call("DELETE", system, "faults")

    def settings(self, system: str, **values: Any) -> None:
        """How slow it is, and which edition: latency_ms, fork_seconds, ..."""
        self._call("POST", system, "settings", json=values)
