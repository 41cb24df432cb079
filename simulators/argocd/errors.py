"""gRPC codes, their HTTP statuses, and the two shapes in which Argo CD says no."""

from __future__ import annotations

from starlette.responses import JSONResponse, PlainTextResponse, Response

UNKNOWN, INVALID, NOT_FOUND, EXISTS, DENIED, PRECONDITION, ABORTED, UNIMPLEMENTED, UNAUTHENTICATED = (
    2, 3, 5, 6, 7, 9, 10, 12, 16,
)  # fmt: skip
# grpc-gateway v1.16 runtime/errors.go
HTTP = {2: 500, 3: 400, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 10: 409, 12: 501, 13: 500, 14: 503, 16: 401}
NAMES = {UNKNOWN: "Unknown", INVALID: "InvalidArgument", NOT_FOUND: "NotFound", DENIED: "PermissionDenied"}


class Refusal(Exception):
    """A gRPC error: it leaves as `{error, code, message}` with the status that belongs to its code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message

    def response(self) -> Response:
        body = {"error": self.message, "code": self.code, "message": self.message}
        return JSONResponse(body, HTTP[self.code])


def wrapped(code: int, message: str) -> str:
    """How a gRPC error looks inside the text of another one."""
    return f"rpc error: code = {NAMES[code]} desc = {message}"


def plain(status: int, text: str) -> Response:
    """Content type, unknown path, wrong method: text, not JSON."""
    return PlainTextResponse(text + "\n", status)


def missing(resource: str, name: str) -> Refusal:
    """A NotFound as Kubernetes words it."""
    return Refusal(NOT_FOUND, f'{resource}.argoproj.io "{name}" not found')


def denied() -> Refusal:
    """Not there, or not allowed: the answer does not tell which."""
    return Refusal(DENIED, "permission denied")
