"""One request on its way through the controller."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse, Response

from simulators.jenkins.errors import failure, not_found, oops
from simulators.jenkins.items import Folder, Item, Job
from simulators.jenkins.models import Controller
from simulators.jenkins.queue import Build
from simulators.jenkins.tree import Bean, parse, render, select
from simulators.jenkins.users import Caller
from simulators.system import Call


@dataclass
class Asked:
    """Who asked what of which item; `params` are the names of the route's pattern."""

    call: Call
    caller: Caller
    jenkins: Controller
    item: Item
    params: dict[str, str] = field(default_factory=dict)

    @property
    def job(self) -> Job:
        if not isinstance(self.item, Job):
            raise not_found(self.call.path)
        return self.item

    @property
    def folder(self) -> Folder:
        if not isinstance(self.item, Folder):
            raise not_found(self.call.path)
        return self.item

    @property
    def build(self) -> Build:
        if (found := self.job.build(self.params["number"])) is None:
            raise not_found(self.call.path)
        return found

    @property
    def content_type(self) -> str:
        return self.call.headers.get("content-type", "")

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The servlet parameters: the query comes before the form, doubles are kept."""
        form = self.call.form if self.content_type.startswith("application/x-www-form-urlencoded") else []
        return parse_qsl(self.call.query_string, keep_blank_values=True) + form

    def get(self, name: str) -> str | None:
        """A servlet parameter, the first of several."""
        return next((value for key, value in self.pairs if key == name), None)

    def need(self, name: str) -> str:
        if (value := self.get(name)) is None:
            raise failure(f"Required Query parameter {name} is missing")
        return value

    def require(self, permission: str, item: Item | None = None) -> None:
        self.jenkins.require(self.caller, permission, item, self.call.path)

    def json(self, bean: Bean) -> Response:
        """The document as `tree` or `depth` want it."""
        tree = self.call.query.get("tree")
        try:
            body: Any = select(bean, parse(tree)) if tree else render(bean, int(self.call.query.get("depth") or 0))
        except ValueError as error:
            raise oops(str(error)) from error
        return JSONResponse(body, media_type="application/json;charset=utf-8")

    def here(self, path: str) -> str:
        """A URL built from the request's own host, as Stapler does it for Location."""
        host = self.call.headers.get("host")
        base = f"http://{host}/jenkins" if host else self.jenkins.url
        return f"{base}/{path}"


def page(title: str) -> Response:
    """A page for browsers, of which a client only sees that it is there."""
    return Response(
        f'<!DOCTYPE html><html><head><title>{title} - Jenkins</title></head><body id="jenkins"></body></html>',
        200,
        None,
        "text/html;charset=utf-8",
    )


def moved(location: str) -> Response:
    return Response("", 302, {"Location": location})


def done() -> Response:
    """200 with nothing in it."""
    return Response("", 200)
