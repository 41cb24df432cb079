"""When two repository addresses are the same one (util/git SameURL)."""

from __future__ import annotations

import re


def normal(url: str) -> str:
    """Without letter case, `.git` and the difference between ssh:// and scp forms."""
    text = url.strip().lower()
    if found := re.fullmatch(r"(?:ssh://)?([^/@]+@[^/:]+)[:/](?!//)(.*)", text):
        text = f"{found[1]}/{found[2]}"
    return text.rstrip("/").removesuffix(".git")


def same(one: str, other: str) -> bool:
    return normal(one) == normal(other)
