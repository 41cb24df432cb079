"""Runs the application in uvicorn: in the foreground for people, in a thread for tests and benchmarks."""

from __future__ import annotations

import logging
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulators.server import build
from simulators.system import World


class Protocol(HttpToolsProtocol):
    """Uvicorn's HTTP, with the transport in the scope, so that a fault can drop the connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["simulators.transport"] = self.transport  # type: ignore[typeddict-unknown-key]


class Server(uvicorn.Server):
    """Says one line when it accepts connections, and ends with status 0 when it is told to."""

    ready: str | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn would raise the signal again at the end, and temporary directories would stay behind."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, self.handle_exit)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.ready:
            print(self.ready, flush=True)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one. OSError when the port is in use."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(found[0])
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(found[4])
    return listener


def make_server(url: str, data: Path) -> Server:
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would tell of every hook
    config = uvicorn.Config(
        build(World(url, data)),
        http=Protocol,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        backlog=2048,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    return Server(config)


def run(host: str, port: int, url: str | None, data: Path | None) -> None:
    """Serve until a signal comes; without `data` all lies in a temporary directory, removed at the end."""
    try:
        listener = listen(host, port)
    except OSError as error:
        sys.exit(f"simulators: cannot listen on {host}:{port} ({error.strerror}); choose another with --port")
    own = f"http://{host}:{listener.getsockname()[1]}"
    with tempfile.TemporaryDirectory(prefix="simulators-") as temporary:
        server = make_server((url or own).rstrip("/"), data or Path(temporary))
        server.ready = f"simulators ready on {own}"
        server.run(sockets=[listener])


class InThread:
    """The simulators on a free port of this machine, in a thread: `with InThread() as url: ...`."""

    def __init__(self, port: int = 0) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="simulators-")
        self._listener = listen("127.0.0.1", port)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._server = make_server(self.url, Path(self._directory.name))
        self._listener.listen(2048)
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],), daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        return self.url

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._directory.cleanup()
