"""The demo's folder: one demo at a time, its keys kept, everything else new at each start.

The simulators forget what they hold when they end, so the database starts empty as well: the two must agree.
"""

import fcntl
import json
import os
import secrets
import shutil
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import TextIO

from demo.trouble import Trouble

LOCK = "lock"
# What a demo makes and the next one removes; the keys stay. Nothing else is ever touched.
MADE = ("logs", "redis", "simulators", "slipway.sqlite3*", "processes", "migrated")


def open_folder(folder: Path) -> TextIO:
    """Lock the folder for this process; answers the lock, which holds until it is closed.

    Trouble when a demo runs there, or when the folder holds something that is no demo's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / LOCK).exists() and any(folder.iterdir()):
        raise Trouble(f"{folder} holds something that is not the demo's. Put an empty or a new folder into DEMO_DATA.")
    lock = (folder / LOCK).open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with lock:
            raise in_use(folder, lock)
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def in_use(folder: Path, lock: TextIO) -> Trouble:
    """Who has the folder, and what to do."""
    lock.seek(0)
    return Trouble(
        f"A demo runs already in {folder} (process {lock.read().strip() or 'unknown'}). End it with Ctrl-C, or give "
        "this one a folder and ports of its own: DEMO_DATA=/tmp/demo2 DEMO_PORT=8100 DEMO_SIM_PORT=9100 make demo"
    )


def empty(folder: Path) -> None:
    """Remove what an earlier demo left, but for the keys."""
    for entry in [entry for pattern in MADE for entry in folder.glob(pattern)]:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    (folder / "logs").mkdir()


def keys(folder: Path) -> dict[str, str]:
    """The keys and passwords of this folder, made once; readable by their owner only."""
    path = folder / "keys.json"
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    made = {
        "secret_key": secrets.token_urlsafe(50),
        "sealing_key": urlsafe_b64encode(os.urandom(32)).decode(),
        "redis_password": secrets.token_urlsafe(24),
        "admin_password": secrets.token_urlsafe(9),
        "member_password": secrets.token_urlsafe(9),
    }
    if kept.keys() >= made.keys():
        return kept
    write_private(path, json.dumps(made | kept, indent=1))
    return made | kept


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
