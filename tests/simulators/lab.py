"""What tests of the simulated GitLab speak to it with, and a receiver for its hooks."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import requests

TOKEN = "glpat-sim-admin"


class Lab:
    """The API with an administrator's token. `ok` expects success and gives the JSON, `ask` any answer."""

    def __init__(self, url: str, token: str | None = TOKEN) -> None:
        self.url = f"{url}/gitlab"
        self.session = requests.Session()
        if token:
            self.session.headers["PRIVATE-TOKEN"] = token

    def ask(self, method: str, path: str, /, **how: Any) -> requests.Response:
        how.setdefault("timeout", 10)
        how.setdefault("allow_redirects", False)
        return self.session.request(method, f"{self.url}/api/v4{path}", **how)

    def ok(self, method: str, path: str, /, **body: Any) -> Any:
        answer = self.ask(method, path, json=body or None)
        assert answer.ok, (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def control(self, method: str, what: str, /, **body: Any) -> Any:
        answer = self.session.request(method, f"{self.url}/_sim/{what}", json=body or None, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def settings(self, **values: Any) -> Any:
        return self.control("POST", "settings", **values)

    def fault(self, **values: Any) -> Any:
        return self.control("POST", "faults", **values)

    def state(self) -> Any:
        return self.control("GET", "state")

    def close(self) -> None:
        self.session.close()

    # things that most tests need

    def group(self, path: str, /, **more: Any) -> Any:
        return self.ok("POST", "/groups", name=path, path=path, **more)

    def project(self, path: str, namespace_id: int, /, **more: Any) -> Any:
        return self.ok("POST", "/projects", name=path, path=path, namespace_id=namespace_id, **more)

    def commit(self, project_id: int, *actions: dict[str, Any], branch: str = "main", **more: Any) -> requests.Response:
        body = {"branch": branch, "commit_message": "change", "actions": list(actions), **more}
        return self.ask("POST", f"/projects/{project_id}/repository/commits", json=body)

    def template(self, namespace_id: int, path: str = "spring_template") -> Any:
        """A project with one commit of two files."""
        made = self.project(path, namespace_id)
        files = (create("README.md", "# Hello\n"), create("chart/values.yaml", "tag: 1\n"))
        assert self.commit(made["id"], *files).status_code == 201
        return self.ok("GET", f"/projects/{made['id']}")

    def fork(self, source: int, namespace_id: int, path: str, **more: Any) -> Any:
        return self.ok("POST", f"/projects/{source}/fork", namespace_id=namespace_id, path=path, name=path, **more)


def create(path: str, content: str = "") -> dict[str, Any]:
    return {"action": "create", "file_path": path, "content": content}


def update(path: str, content: str, **more: Any) -> dict[str, Any]:
    return {"action": "update", "file_path": path, "content": content, **more}


class Receiver:
    """An HTTP server that keeps what is posted to it: `with Receiver(status=500) as receiver: ... receiver.got`."""

    def __init__(self, status: int = 200, text: str = "ok") -> None:
        self.got: list[tuple[dict[str, str], Any]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), json.loads(body)))
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
