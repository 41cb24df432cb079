"""One shape for every error: `{code, detail, fields, run}` (docs: the HTTP contract)."""

from typing import Any


class Refusal(Exception):  # noqa: N818 - a refusal is an answer
    """An operation that does not do what was asked: a stable code, and one sentence that says what to do next."""

    status = 409

    def __init__(self, code: str, detail: str, *, run: str | None = None, fields: dict[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.run, self.fields = code, detail, run, fields
