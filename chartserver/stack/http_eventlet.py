"""eventlet's HTTP, strictly read; it hands a connection over to who talks on after a request."""

from typing import Any

import eventlet
from eventlet.wsgi import MINIMUM_CHUNK_SIZE, HttpProtocol, Input

from chartserver.entrance.http_body import Chunks
from chartserver.entrance.http_head import LINE_BYTES_MAX
from chartserver.entrance.http_requests import HttpService, PunctualWriter, StrictRequests
from chartserver.stack.websocket_handshake import HAND_OVER

# What is leant on: class, method, parameters.
METHODS = (
    (HttpProtocol, "__init__", ("conn_state", "server")),
    (HttpProtocol, "setup", ()),
    (HttpProtocol, "handle_one_request", ()),
    (HttpProtocol, "_read_request_line", ()),
    (HttpProtocol, "parse_request", ()),
    (HttpProtocol, "get_environ", ()),
    (HttpProtocol, "finish", ()),
    (Input, "_chunked_read", ("rfile", "length", "use_readline")),
    (Input, "discard", ("buffer_size",)),
    (Input, "send_hundred_continue_response", ()),
)


class StrictInput(Input):  # type: ignore[misc]
    """A request's body, which ends a connection rather than being guessed at.

    Made of an eventlet Input that nothing has been read from.
    """

    chunks: Chunks

    @classmethod
    def of(cls, made: Any) -> "StrictInput":
        """Return `made` as a strict one."""
        made.__class__ = cls
        made.chunks = Chunks(made.rfile)
        strict: StrictInput = made
        return strict

    def discard(self, buffer_size: int = 0) -> None:
        """Raise OSError when there is something left: the next request is not looked for in it."""
        is_whole = self.chunks.is_whole if self.chunked_input else self._is_read()
        if not is_whole:
            raise OSError("a body that nobody has read")

    def _is_read(self) -> bool:
        return bool(self.position >= (self.content_length or 0))

    def _chunked_read(self, rfile: Any, length: Any = None, use_readline: bool = False) -> bytes:
        if self.should_send_hundred_continue:
            self.send_hundred_continue_response()
            self.is_hundred_continue_response_sent = True
        return self.chunks.read(-1 if length is None else length)


class LeastBytes:
    """How many bytes of an answer eventlet gathers before it writes, looked at once there is one.

    None where somebody waits for each piece, and sees to it that it is taken.
    """

    def __init__(self, writer: PunctualWriter) -> None:
        self._writer = writer

    def __int__(self) -> int:
        return MINIMUM_CHUNK_SIZE if self._writer.patience_s is not None else 0


class EventletRequests(StrictRequests, HttpProtocol):  # type: ignore[misc]
    """eventlet's HTTP, which leaves a socket alone that was handed over."""

    is_handed_over = False

    def __init__(self, conn_state: Any, server: Any, *, service: HttpService) -> None:
        self.service = service
        super().__init__(conn_state, server)  # type: ignore[call-arg]

    def handle_one_request(self) -> None:
        """Serve the next request, after others had their turn: many may be here already."""
        if not self._is_first:
            eventlet.sleep(0)
        super().handle_one_request()

    def _read_request_line(self) -> bytes:
        """Read a line, with our limit: eventlet would answer one beyond its own."""
        try:
            return self.rfile.readline(LINE_BYTES_MAX + 1)
        except ConnectionError:
            return b""

    def get_environ(self) -> dict[str, Any]:
        """Return the WSGI environment, with the function that hands the socket over."""
        environ: dict[str, Any] = super().get_environ()
        self._input = StrictInput.of(environ["eventlet.input"])
        environ[HAND_OVER] = self._hand_over
        self._offer_writer(environ)
        environ["eventlet.minimum_write_chunk_size"] = LeastBytes(self._writer)
        # eventlet calls every request one of 1.0.
        environ["SERVER_PROTOCOL"] = self.request_version
        return environ

    def handle_one_response(self) -> None:
        """Answer one request."""
        try:
            super().handle_one_response()
            self._input.discard()
        except OSError:
            self.close_connection = True
            self.is_early = True
        finally:
            # It holds functions of this object.
            self.environ = None

    def finish(self) -> None:
        """End the connection, or only its buffers."""
        if self.is_handed_over:
            self.close_files()
        else:
            super().finish()

    def _hand_over(self) -> None:
        self.is_handed_over = True
        self.conn_state[1] = Nobody()


class Nobody:
    """Stands where the server has the socket that it closes when a request's task ends."""

    def shutdown(self, _how: int) -> None:
        """Leave the socket open."""

    def close(self) -> None:
        """Leave the socket open."""
