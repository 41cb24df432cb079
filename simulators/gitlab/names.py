"""Which names and paths GitLab accepts."""

from __future__ import annotations

import re
import unicodedata

PATH = re.compile(r"[a-zA-Z0-9_.][a-zA-Z0-9_.-]*")
NAME = re.compile(r"[\w][\w.+\- ]*")
BAD_PATH = "can contain only letters, digits, '_', '-' and '.'. Cannot start with '-' or end in '.', '.git' or '.atom'"
BAD_NAME = (
    "can contain only letters, digits, emojis, '_', '.', '+', dashes, or spaces. "
    "It must start with a letter, digit, emoji, or '_'."
)
RESERVED = {"-", "api", "admin", "groups", "projects", "help", "users", "import", "explore", "dashboard", "search"}


def good_path(path: str) -> bool:
    """Would this do as the last part of a group's or project's path?"""
    ends_badly = path.endswith((".", ".git", ".atom"))
    return bool(PATH.fullmatch(path)) and not ends_badly and path.lower() not in RESERVED and len(path) <= 255


def good_name(name: str) -> bool:
    return bool(NAME.fullmatch(name)) and len(name) <= 255


def path_from(name: str) -> str:
    """The path that a project gets when only its name is given: `Shop Api` -> `shop-api`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-")
