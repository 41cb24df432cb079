"""Lists, page by page, with GitLab's headers: `X-Next-Page` is there and empty on the last page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

COUNT_LIMIT = 10_000


@dataclass
class Page:
    """What a handler answers for a list: everything in order, and how one item looks. Commits are not `counted`."""

    items: Sequence[Any]
    render: Callable[[Any], Any]
    counted: bool = True
    keyset: bool = False


def number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    return max(int(text), 1) if text.isdigit() else default


def cut(page: Page, query: dict[str, str], url: str) -> tuple[list[Any], dict[str, str]]:
    """The items of the page that the query asks for, rendered, and the headers that go with them."""
    size = min(number(query, "per_page", 20), 100)
    if page.keyset:
        return _keyset(page, query, url, size)
    at = number(query, "page", 1)
    total = len(page.items)
    last = max(-(-total // size), 1)
    items = [page.render(item) for item in page.items[(at - 1) * size : at * size]]
    headers = {
        "X-Page": str(at),
        "X-Per-Page": str(size),
        "X-Next-Page": str(at + 1) if at < last else "",
        "X-Prev-Page": str(at - 1) if at > 1 else "",
    }
    counted = page.counted and total <= COUNT_LIMIT
    if counted:
        headers |= {"X-Total": str(total), "X-Total-Pages": str(last)}
    wanted = {"prev": at - 1, "next": at + 1 if at < last else 0, "first": 1, "last": last if counted else 0}
    links = {rel: {**query, "page": str(to), "per_page": str(size)} for rel, to in wanted.items() if to}
    headers["Link"] = ", ".join(f'<{url}?{urlencode(to)}>; rel="{rel}"' for rel, to in links.items())
    return items, headers


def _keyset(page: Page, query: dict[str, str], url: str, size: int) -> tuple[list[Any], dict[str, str]]:
    """Items must be in order of their id; the link carries the id after (or before) which the next page starts."""
    name = "id_before" if query.get("sort", "desc") == "desc" else "id_after"
    rest = list(page.items)
    if edge := query.get(name):
        rest = [item for item in rest if (item.id < int(edge) if name == "id_before" else item.id > int(edge))]
    headers = {"X-Per-Page": str(size)}
    if len(rest) > size:
        headers["Link"] = f'<{url}?{urlencode({**query, name: str(rest[size - 1].id)})}>; rel="next"'
    return [page.render(item) for item in rest[:size]], headers
