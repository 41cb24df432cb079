"""How Jenkins says no: HTML pages, and for people's mistakes the header X-Error."""

from __future__ import annotations

import uuid
from html import escape

from starlette.responses import Response

HTML = "text/html;charset=utf-8"


class Refusal(Exception):
    """Ends a request with this status and HTML page."""

    def __init__(self, status: int, html: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {html}")
        self.status, self.html, self.headers = status, html, headers or {}

    def response(self) -> Response:
        return Response(self.html, self.status, self.headers, HTML)


def failure(message: str) -> Refusal:
    """hudson.model.Failure: the message in the page, and in X-Error with `?` for what is not Latin-1."""
    head = '<head resURL="/static/0123abcd" data-rooturl=""><title>Jenkins</title></head>'
    body = f'<div id="main-panel"><h1>Error</h1><p>{escape(message, quote=False)}</p></div>'
    page = f'<!DOCTYPE html><html class="">{head}<body id="jenkins">{body}</body></html>'
    return Refusal(400, page, {"X-Error": message.encode("latin-1", "replace").decode("latin-1")})


def container_page(status: int, message: str, path: str = "", headers: dict[str, str] | None = None) -> Refusal:
    """An error page of the servlet container; its wording depends on the Jetty version."""
    title = f"{status} {escape(message)}"
    rows = "".join(
        f"<tr><th>{name}:</th><td>{escape(str(value))}</td></tr>\n"
        for name, value in (("URI", path), ("STATUS", status), ("MESSAGE", message))
    )
    page = (
        '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html;charset=ISO-8859-1"/>\n'
        f"<title>Error {title}</title>\n</head>\n"
        f"<body><h2>HTTP ERROR {title}</h2>\n<table>\n{rows}</table>\n</body>\n</html>\n"
    )
    return Refusal(status, page, headers)


def not_found(path: str) -> Refusal:
    return container_page(404, "Not Found", path)


def no_crumb(path: str) -> Refusal:
    return container_page(403, "No valid crumb was included in the request", path)


def bad_credentials(user: str) -> Refusal:
    """Wrong credentials never fall back to anonymous."""
    challenge = {"WWW-Authenticate": 'Basic realm="Jenkins"'}
    return container_page(401, f"Invalid password/token for user: {user}", headers=challenge)


def post_required(path: str) -> Refusal:
    """A write route asked with GET: a form that tries again with POST."""
    form = '<form method="POST"><input type="submit" value="Proceed"/></form>'
    page = f"<html><body>POST is required for {escape(path)}{form}</body></html>"
    return Refusal(405, page, {"Allow": "POST"})


def starting() -> Refusal:
    text = "Please wait while Jenkins is getting ready to work ..."
    return Refusal(503, f"<html><head><title>Starting Jenkins</title></head><body>{text}</body></html>")


def oops(cause: str) -> Refusal:
    """An unexpected exception: a logging id and never the cause, which stays in the exception's args."""
    text = f"<p>A problem occurred while processing the request</p><p>Logging ID={uuid.uuid4()}</p>"
    refusal = Refusal(500, f"<!DOCTYPE html><html><body><h1>Oops!</h1>{text}</body></html>")
    refusal.args = (cause,)
    return refusal


def stack_trace(message: str) -> Refusal:
    """A 500 whose page names the cause, as Jenkins does for a configuration of the wrong class."""
    return container_page(500, message)
