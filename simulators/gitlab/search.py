"""GitLab's search: a substring, in any letter case, never an exact match."""

from __future__ import annotations

SHORT = 3


def fuzzy(query: str, *columns: str | None) -> bool:
    """True if one column holds every word of the query; words under 3 letters count only when there is no longer one,

    and then a whole column must be equal to the query."""
    words = query.lower().split()
    long = [word for word in words if len(word) >= SHORT]
    texts = [column.lower() for column in columns if column]
    if not long:
        return any(text == query.lower().strip() for text in texts)
    return any(all(word in text for word in long) for text in texts)
