"""Items over HTTP: look, create, configure, delete."""

from __future__ import annotations

from starlette.responses import Response

from simulators.jenkins.asked import Asked, done, moved, page
from simulators.jenkins.config import CLASSES, empty, read
from simulators.jenkins.errors import container_page, failure
from simulators.jenkins.items import Folder
from simulators.jenkins.models import ITEM

XML = "application/xml;charset=utf-8"


def show(asked: Asked) -> Response:
    return page(asked.item.full_display_name or "Dashboard")


def configure(asked: Asked) -> Response:
    asked.require(f"{ITEM}Configure", asked.item)
    return page(f"{asked.item.full_display_name} Config")


def document(asked: Asked) -> Response:
    """api/json of the server, a folder or a job."""
    jenkins, item = asked.jenkins, asked.item
    visible = jenkins.readable(asked.caller, item.items()) if isinstance(item, Folder) else None
    if item is jenkins.root:
        return asked.json(jenkins.documents.server(visible or [], jenkins.settings.crumbs))
    return asked.json(jenkins.documents.item(item, visible))


def create(asked: Asked) -> Response:
    """createItem, with the checks in the order of ItemGroupMixIn; nothing here waits, so it is serialised."""
    parent = asked.folder
    asked.require(f"{ITEM}Create", parent if parent.parent else None)
    mode, name = asked.get("mode"), asked.get("name")
    if not asked.content_type and mode != "copy":
        raise failure("No Content-Type header set")
    if name is None:
        raise failure("Query parameter 'name' is required")
    name = asked.jenkins.check_new(asked.caller, parent, name)
    if mode == "copy":
        return copy(asked, parent, name)
    if asked.content_type.lower().startswith(("application/xml", "text/xml")):
        asked.jenkins.create(parent, name, read(asked.call.content, asked.jenkins.vault))
        return done()
    return create_empty(asked, parent, name, mode)


def create_empty(asked: Asked, parent: Folder, name: str, mode: str | None) -> Response:
    if mode is None:
        raise failure("No mode given")
    if mode not in CLASSES.values():
        raise failure(f"No item type ‘{mode}’ is known")
    item = asked.jenkins.create(parent, name, empty(mode, asked.jenkins.vault))
    return moved(asked.here(f"{item.path}configure"))


def copy(asked: Asked, parent: Folder, name: str) -> Response:
    source = asked.get("from")
    if not source:
        raise failure("Specify which job to copy")
    found = asked.jenkins.root if source.startswith("/") else parent
    item = None
    for part in source.strip("/").split("/"):
        item = found.get(part)
        found = item if isinstance(item, Folder) else Folder("", None, found.config)
    if item is None:
        raise failure(f"No such job: {source}")
    config = read(item.config.text().encode(), asked.jenkins.vault)
    return moved(asked.here(f"{asked.jenkins.create(parent, name, config).path}configure"))


def get_config(asked: Asked) -> Response:
    """Secrets are masked for who may read the configuration but not change it."""
    asked.require(f"{ITEM}ExtendedRead", asked.item)
    masked = not asked.jenkins.permits(asked.caller, f"{ITEM}Configure", asked.item)
    return Response(asked.item.config.text(masked), 200, None, XML)


def set_config(asked: Asked) -> Response:
    """The last POST wins; whatever it leaves out is gone, parameters included."""
    asked.require(f"{ITEM}Configure", asked.item)
    asked.item.config = read(asked.call.content, asked.jenkins.vault, asked.item.config.item_class)
    return done()


def other_config(asked: Asked) -> Response:
    raise container_page(400, f"Unsupported method {asked.call.method}", asked.call.path)


def do_delete(asked: Asked) -> Response:
    """302 to the folder above."""
    asked.require(f"{ITEM}Delete", asked.item)
    above = asked.item.parent.path if asked.item.parent else ""
    asked.jenkins.delete(asked.item)
    return moved(asked.here(above))


def delete(asked: Asked) -> Response:
    asked.require(f"{ITEM}Delete", asked.item)
    asked.jenkins.delete(asked.item)
    return Response(None, 204)
