"""How this GitLab behaves; `POST /gitlab/_sim/settings` changes it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from simulators.system import change_settings

CHOICES: dict[str, tuple[Any, ...]] = {
    "edition": ("ce", "ee"),
    "version": (17, 18),
    "early_commit": ("fail", "overwrite"),
    "deleted_path": ("redirect", "missing"),
}


@dataclass
class Settings:
    """Defaults are those of an instance whose administrator allowed hooks to local addresses, with quick workers.

    `fork_looks` looks at a project see its import unfinished, and it lasts at least `fork_seconds`; `fork_fails` counts
    down. `early_commit` says what the import does when it finds a commit that a client made too early. The default
    branch is protected `protect_seconds` after the import ended and after `protect_looks` looks at the protected
    branches. `delete_seconds`: how long the worker takes to destroy a project for good. `hook_duplicates` counts down:
    so many deliveries are made twice.
    """

    edition: str = "ce"
    version: int = 18
    fork_seconds: float = 0.0
    fork_looks: int = 0
    fork_fails: int = 0
    fork_error: str = "2:fetch remote: exit status 128"
    early_commit: str = "fail"
    protect_seconds: float = 0.05
    protect_looks: int = 0
    delete_seconds: float = 0.2
    deletion_days: float = 30.0
    deleted_path: str = "redirect"
    allow_local_hooks: bool = True
    hook_auto_disable: bool = False
    hook_duplicates: int = 0
    health_allowed: bool = True

    @property
    def enterprise(self) -> bool:
        return self.edition == "ee"

    @property
    def release(self) -> str:
        """The version as `GET /version` prints it."""
        return f"{self.version}.5.1{'-ee' if self.enterprise else ''}"

    def change(self, wanted: dict[str, Any]) -> None:
        """All or none; ValueError names what is wrong."""
        for name, value in wanted.items():
            if name in CHOICES and value not in CHOICES[name]:
                raise ValueError(f"{name} is one of {CHOICES[name]}")
        change_settings(self, wanted)

    def restore_defaults(self) -> None:
        for item in fields(self):
            setattr(self, item.name, item.default)

    def public(self) -> dict[str, Any]:
        return asdict(self)
