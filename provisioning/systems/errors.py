"""What can go wrong with another system, and whose move it is.

    SystemFault
    ├── Unreachable   nothing was sent: no such name, refused, no connection in time      again, remote
    ├── Unsure        sent, and no usable answer: silence, a cut, 500, a proxy's page     again, remote
    ├── Busy          429 or 503, or "not ready yet"; `after` says how long to wait       again, remote
    ├── Refused       401 or 403: the platform's credential or its rights                 operator
    ├── Invalid       400, 422, 404 on a write: what was asked cannot be done             requester
    └── Conflict      409 and its cousins: the name is taken, by another thing            operator
        └── Changed   somebody changed it between our look and our write                  again, remote

Absence is an answer (`None`), not an error; a 5xx or a proxy's HTML page is never absence.
`Unsure` may be tried again only because every step looks before it creates.
"""

import re
from typing import ClassVar

from provisioning.systems.redaction import redact

LONGEST_MESSAGE, LONGEST_DETAIL = 500, 2000
HTML = re.compile(r"<\s*(!doctype|html|head|body)\b", re.IGNORECASE)


class SystemFault(Exception):
    """Base of all of them. What it holds may be shown: secrets are redacted and HTML pages left out here, once.

    `code` is stable, for programs; `whose` move it is: remote, operator, requester or platform; `again` says whether
    another try by itself makes sense. `message` is one sentence for people, `hint` what to do, `detail` is for staff.
    """

    code: ClassVar[str] = "system_fault"
    whose: str = "remote"
    again: ClassVar[bool] = False

    def __init__(
        self, system: str, message: str, *, hint: str = "", detail: str = "", whose: str | None = None
    ) -> None:
        self.system = system
        self.message = presentable(message, LONGEST_MESSAGE)
        self.hint = presentable(hint, LONGEST_MESSAGE)
        self.detail = presentable(detail, LONGEST_DETAIL)
        if whose is not None:
            self.whose = whose
        super().__init__(system, self.message)

    def __str__(self) -> str:
        return self.message


class Unreachable(SystemFault):
    """Nothing was sent: no such name, connection refused, no connection in time."""

    code = "unreachable"
    again = True


class Unsure(SystemFault):
    """Sent, and no usable answer: whether it had its effect is not known."""

    code = "unsure"
    again = True


class Busy(SystemFault):
    """The system asks us to come back `after` that many seconds. Costs no attempt."""

    code = "busy"
    again = True

    def __init__(self, system: str, message: str, *, after: float = 10.0, hint: str = "", detail: str = "") -> None:
        super().__init__(system, message, hint=hint, detail=detail)
        self.after = after


class Refused(SystemFault):
    """The platform's credential, or its rights, do not suffice."""

    code = "refused"
    whose = "operator"


class Invalid(SystemFault):
    """What was asked cannot be done as asked; the same again would fail the same."""

    code = "invalid"
    whose = "requester"


class Conflict(SystemFault):
    """Something else has the name."""

    code = "conflict"
    whose = "operator"


class Changed(Conflict):
    """It is not any more as it was read: read again and decide anew."""

    code = "changed"
    whose = "remote"
    again = True


def presentable(text: str, longest: int) -> str:
    """`text` without secrets, without an HTML page, and not longer than `longest` characters."""
    page = HTML.search(text)
    if page:
        text = f"{text[: page.start()]}[an HTML page]"
    text = redact(text)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
