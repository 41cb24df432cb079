"""Builds and the queue over HTTP."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from starlette.responses import JSONResponse, Response

from simulators.jenkins.asked import Asked, moved, page
from simulators.jenkins.config import Parameter
from simulators.jenkins.errors import container_page, not_found, stack_trace
from simulators.jenkins.items import Job
from simulators.jenkins.models import ITEM
from simulators.jenkins.queue import LEFT, Cause, QueueItem, Value
from simulators.jenkins.tree import Bean

PLAIN = "text/plain;charset=UTF-8"
STAGES = {
    "SUCCESS": "SUCCESS",
    "UNSTABLE": "UNSTABLE",
    "FAILURE": "FAILED",
    "ABORTED": "ABORTED",
    "NOT_BUILT": "NOT_EXECUTED",
}


def build(asked: Asked) -> Response:
    """POST build: folds with an item that waits already, and says 201 all the same."""
    job = startable(asked)
    if job.config.parameterized:
        raise container_page(400, "Nothing is submitted", asked.call.path)
    item, _ = asked.jenkins.queue.schedule(job, (), cause(asked), asked.jenkins.clock.now(), delay(asked))
    return queued(asked, item, 201)


def build_with_parameters(asked: Asked) -> Response:
    """201 with the item's address, 303 when an equal request waits already."""
    job = startable(asked)
    if not job.config.parameterized:
        raise container_page(400, f"{job.full_name} is not parameterized", asked.call.path)
    values = tuple(given_values(asked, job))
    item, new = asked.jenkins.queue.schedule(job, values, cause(asked), asked.jenkins.clock.now(), delay(asked))
    return queued(asked, item, 201 if new else 303)


def startable(asked: Asked) -> Job:
    job = asked.job
    asked.require(f"{ITEM}Build", job)
    if job.config.disabled:
        raise container_page(409, f"{job.full_name} is not buildable", asked.call.path)
    return job


def cause(asked: Asked) -> Cause:
    return Cause(f"Started by user {asked.caller.name}", asked.caller.name)


def delay(asked: Asked) -> float | None:
    """`delay=0sec`; None leaves the quiet period as it is."""
    found = re.fullmatch(r"(\d+)(?:secs?)?", asked.get("delay") or "")
    return float(found[1]) if found else None


def queued(asked: Asked, item: QueueItem, status: int) -> Response:
    return Response("", status, {"Location": asked.here(f"queue/item/{item.id}/")})


def given_values(asked: Asked, job: Job) -> Iterator[Value]:
    """Unknown names are dropped, missing ones get their default, a doubled or illegal one is a 500."""
    doubled = Counter(name for name, _ in asked.pairs)
    texts = dict(asked.pairs)
    for parameter in job.config.parameters:
        if doubled[parameter.name] > 1:
            raise stack_trace(f"Illegal number of parameter values for {parameter.name}: {doubled[parameter.name]}")
        yield value_of(parameter, texts.get(parameter.name, parameter.default))


def default_values(job: Job) -> tuple[Value, ...]:
    return tuple(value_of(parameter, parameter.default) for parameter in job.config.parameters)


def value_of(parameter: Parameter, text: str) -> Value:
    kind = parameter.kind.replace("Definition", "Value").replace("Choice", "String")
    if parameter.choices and text not in parameter.choices:
        raise stack_trace(f"Illegal choice for parameter {parameter.name}: {text}")
    return Value(kind, parameter.name, text.lower() == "true" if kind.startswith("Boolean") else text)


def show_build(asked: Asked) -> Response:
    return page(f"{asked.job.full_display_name} #{asked.build.number}")


def build_document(asked: Asked) -> Response:
    return asked.json(asked.jenkins.documents.build(asked.build))


def stop(asked: Asked) -> Response:
    """302 always, also when the build is over."""
    asked.require(f"{ITEM}Cancel", asked.job)
    found = asked.build
    asked.jenkins.queue.stop(found, asked.jenkins.clock.now())
    return moved(asked.here(f"{found.job.path}{found.number}/"))


def console(asked: Asked) -> Response:
    return Response(asked.build.log, 200, None, PLAIN)


def progressive(asked: Asked) -> Response:
    """The log from an offset of the raw log; line ends are CRLF, X-More-Data is absent once the build is over."""
    raw = asked.build.log.encode()
    start = asked.get("start") or "0"
    if not start.isdigit():
        raise stack_trace(f'For input string: "{start}"')
    first = int(start) if int(start) <= len(raw) else 0
    headers = {"X-Text-Size": str(len(raw))} | ({"X-More-Data": "true"} if asked.build.building else {})
    return Response(raw[first:].replace(b"\n", b"\r\n"), 200, headers, PLAIN)


def stages(asked: Asked) -> Response:
    """wfapi/describe: its own words for the same outcomes. The simulated builds have no stages yet to tell of."""
    found = asked.build
    started = int(found.started_at * 1000)
    status = STAGES[found.result] if found.result else "IN_PROGRESS"
    path = f"/{found.job.path}{found.number}/wfapi/describe"
    body = {
        "_links": {"self": {"href": path}},
        "id": str(found.number),
        "name": f"#{found.number}",
        "status": status,
        "startTimeMillis": started,
        "endTimeMillis": started + int(found.duration * 1000),
        "durationMillis": int(found.duration * 1000),
        "queueDurationMillis": 0,
        "pauseDurationMillis": 0,
        "stages": [],
    }
    return JSONResponse(body, media_type="application/json;charset=utf-8")


def queue_document(asked: Asked) -> Response:
    queue = asked.jenkins.queue
    items = [asked.jenkins.documents.queue_item(item) for item in reversed(queue.active)]
    return asked.json(Bean({"_class": "hudson.model.Queue", "discoverableItems": [], "items": items}))


def find_item(asked: Asked, text: str) -> QueueItem | None:
    item = asked.jenkins.queue.get(int(text)) if text.isdigit() else None
    return item if item and asked.jenkins.permits(asked.caller, f"{ITEM}Read", item.job) else None


def queue_item(asked: Asked) -> QueueItem:
    """Forgotten five minutes after it left the queue, and at a restart."""
    if (item := find_item(asked, asked.params["id"])) is None:
        raise not_found(asked.call.path)
    return item


def queue_item_document(asked: Asked) -> Response:
    return asked.json(asked.jenkins.documents.queue_item(queue_item(asked)))


def show_queue_item(asked: Asked) -> Response:
    return Response(f"{queue_item(asked).job.full_name}\n", 200, None, PLAIN)


def cancel(asked: Asked) -> Response:
    """204; 404 unknown, 500 when it has left already, 422 when the caller may not."""
    text = asked.need("id")
    if (item := find_item(asked, text)) is None:
        raise container_page(404, f"Provided id ({text}) not found", asked.call.path)
    if item.state == LEFT:
        raise stack_trace(f"Could not cancel run for id {text}")
    if not asked.jenkins.permits(asked.caller, f"{ITEM}Cancel", item.job):
        raise container_page(422, f"Item for id ({text}) is not cancellable", asked.call.path)
    asked.jenkins.queue.cancel(item, asked.jenkins.clock.now())
    return Response(None, 204)
