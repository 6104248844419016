"""Werkzeug's HTTP, strictly read: a thread for each connection, one request in each."""

from typing import Any

from werkzeug.serving import WSGIRequestHandler

from chartserver.entrance.http_body import Chunks
from chartserver.entrance.http_requests import HttpService, StrictRequests

# What is leant on: class, method, parameters.
METHODS = (
    (WSGIRequestHandler, "make_environ", ()),
    (WSGIRequestHandler, "handle_one_request", ()),
    (WSGIRequestHandler, "parse_request", ()),
    (WSGIRequestHandler, "send_response", ("code", "message")),
    (WSGIRequestHandler, "connection_dropped", ("error", "environ")),
    (WSGIRequestHandler, "setup", ()),
    (WSGIRequestHandler, "finish", ()),
)


class ThreadingRequests(StrictRequests, WSGIRequestHandler):
    """Werkzeug's HTTP."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: Any, service: HttpService) -> None:
        self.service = service
        super().__init__(*arguments)

    def make_environ(self) -> dict[str, Any]:
        """Return the WSGI environment."""
        # Werkzeug has just asked for the body, if that is to be asked for.
        self.wfile.flush()
        environ: dict[str, Any] = super().make_environ()
        self._offer_writer(environ)
        if environ.get("HTTP_TRANSFER_ENCODING"):
            environ["wsgi.input"] = Chunks(self.rfile)
        return environ

    def send_response(self, code: int, message: str | None = None) -> None:
        """Begin an answer; what still comes in is read by Werkzeug, up to 10 GB of it."""
        self._reader.hear_out(self.service.timeout_s)
        super().send_response(code, message)

    def connection_dropped(self, *_: Any) -> None:
        """End the connection: so it is told that a WebSocket has ended; no request follows it."""
        self.close_connection = True

    def version_string(self) -> str:
        """Return the name of the server, which has no version."""
        return "chartserver"

    def log(self, *_: object) -> None:
        """Log nothing, as the other listeners: neither requests nor what follows a
        WebSocket's end on its connection and is no request."""
