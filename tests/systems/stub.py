"""A server that answers what a test tells it to, or does to the connection what real ones do on bad days."""

import json
import socket
import ssl
import struct
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self, cast

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST in place of FIN
PAGE = b"<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body>s3cret-in-a-page</body></html>"


@dataclass
class Reply:
    """One answer. `cut` does without one: end the connection, reset it, or end it in the middle of the body; below TLS
    also put bytes on it that are not TLS.

    `hang` answers only when the stub is closed. `close_after` ends the connection after a proper answer, unannounced.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: Literal["", "end", "reset", "middle", "garble"] = ""
    hang: bool = False
    close_after: bool = False


@dataclass
class Seen:
    """A request that arrived; `port` is the client's, so equal ports mean one connection."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    port: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def data(value: Any, status: int = 200, **headers: str) -> Reply:
    """JSON."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json"} | named)


def page(status: int, **headers: str) -> Reply:
    """A proxy's HTML page."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, PAGE, {"Content-Type": "text/html"} | named)


class Stub:
    """`with Stub() as stub: stub.will(data({...}), Reply(cut="reset"))`; what is not told is a 404 of nobody's."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self.replies: deque[Reply] = deque()
        self.closing = threading.Event()
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.stub, self.server.tls = self, tls
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_address[1]}"

    def will(self, *replies: Reply) -> None:
        """Answer so, in this order."""
        self.replies.extend(replies)

    @property
    def asked(self) -> list[str]:
        """Method and path of what arrived, in order."""
        return [f"{one.method} {one.target}" for one in self.seen]

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


class Server(ThreadingHTTPServer):
    """Its threads end with the test: every connection is a daemon's."""

    stub: Stub
    tls: ssl.SSLContext | None
    daemon_threads = True
    block_on_close = False

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The handshake is made in the connection's own thread; a client that distrusts us just goes away."""
        if self.tls is not None:
            try:
                request = self.tls.wrap_socket(request, server_side=True)
            except OSError:
                return
        super().finish_request(request, client_address)
        request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error here."""


class Handler(BaseHTTPRequestHandler):
    """Keeps connections, writes each answer at once."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def answer(self) -> None:
        stub = cast(Server, self.server).stub
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        stub.seen.append(Seen(self.command, self.path, dict(self.headers), body, self.client_address[1]))
        reply = stub.replies.popleft() if stub.replies else Reply(404)
        if reply.hang:
            stub.closing.wait(10)
        if reply.cut in ("end", "reset", "garble"):
            self.hang_up(reply.cut)
        else:
            self.write(reply)

    def write(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        middle = reply.cut == "middle"
        self.wfile.write(reply.body[: len(reply.body) // 2] if middle else reply.body)
        self.wfile.flush()
        if middle or reply.close_after:
            self.close_connection = True

    def hang_up(self, cut: str) -> None:
        if cut == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        if cut == "garble":
            socket.socket.send(self.connection, b"HTTP/1.1 400 Bad Request\r\n\r\n")
        self.close_connection = True
        if cut == "reset" and not isinstance(self.connection, ssl.SSLSocket):
            self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = answer  # noqa: N815 - http.server finds them by name
