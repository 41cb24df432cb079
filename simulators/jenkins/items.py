"""Folders and jobs: a tree of names that are unique per folder without regard to letter case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from simulators.jenkins.config import FOLDER, Config
from simulators.jenkins.errors import Refusal, failure
from simulators.jenkins.queue import Build

UNSAFE = set("?*/\\%!@#$^&|<>[]:;")


def good_name(name: str) -> str:
    """The name as it will be stored; Jenkins.checkGoodName's refusals as X-Error."""
    if not name.strip():
        raise failure("No name is specified")
    if name.strip() in (".", ".."):
        raise failure(f"‘{name.strip()}’ is not an allowed name")
    for char in name:
        if ord(char) < 32 or 0x7F <= ord(char) < 0xA0:
            raise failure(f"No control code is allowed: {name}")
        if char in UNSAFE:
            raise failure(f"‘{char}’ is an unsafe character")
    if name.strip().endswith("."):
        raise failure("A name cannot end with ‘.’")
    return name.strip()


def taken(name: str) -> Refusal:
    return failure(f"A job already exists with the name ‘{name}’")


@dataclass(eq=False)
class Item:
    """Something with a name, a place and a configuration."""

    name: str
    parent: Folder | None
    config: Config

    @property
    def full_name(self) -> str:
        if self.parent is None or self.parent.parent is None:
            return self.name
        return f"{self.parent.full_name}/{self.name}"

    @property
    def full_display_name(self) -> str:
        if self.parent is None or self.parent.parent is None:
            return self.display_name
        return f"{self.parent.full_display_name} » {self.display_name}"

    @property
    def display_name(self) -> str:
        return self.config.display_name or self.name

    @property
    def path(self) -> str:
        """`job/team/job/app/`, to be put behind the root URL."""
        above = self.parent.path if self.parent else ""
        return f"{above}job/{quote(self.name, safe='')}/" if self.parent else ""

    @property
    def is_folder(self) -> bool:
        return self.config.item_class == FOLDER

    def state(self) -> dict[str, Any]:
        return {"class": self.config.item_class, "description": self.config.description}


@dataclass(eq=False)
class Folder(Item):
    """A folder, or the root when it has no parent."""

    children: dict[str, Item] = field(default_factory=dict)

    def get(self, name: str) -> Item | None:
        return self.children.get(name.lower())

    def put(self, item: Item) -> None:
        self.children[item.name.lower()] = item

    def remove(self, item: Item) -> None:
        self.children.pop(item.name.lower(), None)

    def items(self) -> list[Item]:
        return sorted(self.children.values(), key=lambda item: item.name.lower())

    def walk(self) -> Iterator[Item]:
        for item in self.items():
            yield item
            if isinstance(item, Folder):
                yield from item.walk()


@dataclass(eq=False)
class Job(Item):
    """A job and its builds, oldest first."""

    builds: list[Build] = field(default_factory=list)
    next_number: int = 1

    def build(self, number: str) -> Build | None:
        """By number or by one of the permalinks (lastBuild, lastCompletedBuild, ...)."""
        wanted = PERMALINKS.get(number)
        if wanted is None:
            return next((build for build in self.builds if str(build.number) == number), None)
        results, completed = wanted
        found = (b for b in reversed(self.builds) if not (completed and b.building))
        return next((b for b in found if not results or b.result in results), None)

    @property
    def color(self) -> str:
        last = self.build("lastCompletedBuild")
        base = "disabled" if self.config.disabled else COLORS[last.result] if last else "notbuilt"
        return f"{base}_anime" if any(build.building for build in self.builds) else base

    def state(self) -> dict[str, Any]:
        trigger = self.config.trigger
        return super().state() | {
            "parameters": [parameter.name for parameter in self.config.parameters],
            "scm": self.config.scm_urls,
            "disabled": self.config.disabled,
            "trigger": {"has_secret": bool(trigger.secret), "on_push": trigger.on_push} if trigger else None,
            "builds": [build.state() for build in self.builds],
        }


COLORS = {
    "SUCCESS": "blue",
    "UNSTABLE": "yellow",
    "FAILURE": "red",
    "ABORTED": "aborted",
    "NOT_BUILT": "notbuilt",
    None: "grey",
}
PERMALINKS: dict[str, tuple[tuple[str, ...], bool]] = {
    "lastBuild": ((), False),
    "lastCompletedBuild": ((), True),
    "lastSuccessfulBuild": (("SUCCESS", "UNSTABLE"), True),
    "lastStableBuild": (("SUCCESS",), True),
    "lastUnstableBuild": (("UNSTABLE",), True),
    "lastFailedBuild": (("FAILURE",), True),
    "lastUnsuccessfulBuild": (("UNSTABLE", "FAILURE", "ABORTED", "NOT_BUILT"), True),
}
