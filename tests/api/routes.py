"""Every route of the API, read from the route table: what is generated over all of them cannot forget one."""

from collections.abc import Iterator
from dataclasses import dataclass

from rest_framework.views import APIView

from config.urls import api_v1

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Route:
    """One method of one address, as `GET runs/{run_id}`."""

    method: str
    path: str
    view: type[APIView]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes() -> Iterator[Route]:
    """All that views answer."""
    for pattern in api_v1:
        view = pattern.callback.view_class  # type: ignore[union-attr]
        path = str(pattern.pattern)
        for converter in ("<uuid:", "<id:"):
            path = path.replace(converter, "{")
        path = path.replace(">", "}")
        yield from (Route(method.upper(), path, view) for method in METHODS if hasattr(view, method))


ALL = tuple(routes())
