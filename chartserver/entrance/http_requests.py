"""Requests as they come in: whole by a deadline, strictly read, answered as long as that is taken.

For children of `http.server.BaseHTTPRequestHandler`, of which each library has one.
"""

import contextlib
import io
import socket
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from chartserver.entrance import http_answers, http_head
from chartserver.entrance.proxies import plain
from chartserver.errors import Refused
from chartserver.refusals import Refusals
from chartserver.stack.connection import RESET, WRITER

if TYPE_CHECKING:
    Handler = BaseHTTPRequestHandler
else:
    # eventlet has a class of its own instead, which would come after that one.
    Handler = object

# Below Heroku's 90 s, above what browsers and proxies wait.
IDLE_S = 75.0
# Who was refused before all was read is heard out for so long, to hear us.
LINGER_S = 1.0
LINGER_BYTES = 256 * 1024
BUFFER_BYTES = 16 * 1024
SLOW = "slow_request"
SLOW_READER = "slow_reader"
# What must be taken of an answer, averaged over the time in which nothing might be.
LEAST_BYTES_PER_S = 4_096


@dataclass(frozen=True)
class HttpService:
    """What every connection is served by: the time it has, and where refusals are noted.

    Attributes:
        timeout_s: in which a head must have come, and then a body; and after which an answer of
            which nothing is taken is cut off.
    """

    timeout_s: float
    refusals: Refusals


class PunctualReader(io.RawIOBase):
    """What comes in on a socket, until a deadline: for all reads together, not for each.

    Attributes:
        deadline_s: on the monotonic clock.
        is_late: the deadline has passed with something still to read.
    """

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self.deadline_s = 0.0
        self.is_late = False
        # Of the last words; before, any number.
        self._bytes_left: int | None = None
        self._raw = raw
        self._sock = sock

    def readable(self) -> bool:
        """Return that this can be read from."""
        return True

    def hear_out(self, limit_s: float) -> None:
        """Have what still comes end soon; nobody will make anything of it."""
        self.deadline_s = time.monotonic() + min(limit_s, LINGER_S)
        self._bytes_left = LINGER_BYTES

    def readinto(self, buffer: Any) -> int:
        """Read what there is; nothing at the end, TimeoutError at the deadline."""
        if self._bytes_left is not None:
            buffer = memoryview(buffer)[: self._bytes_left]
        if not buffer:
            return 0
        left_s = self.deadline_s - time.monotonic()
        try:
            if left_s <= 0:
                raise TimeoutError("too late")
            self._sock.settimeout(left_s)
            # Not by the file, which reads no more once it has timed out.
            n = self._sock.recv_into(buffer)
        except TimeoutError:
            if self._bytes_left is not None:
                return 0
            self.is_late = True
            raise
        finally:
            # The socket is others', too: of WebSockets, which wait as long as they like.
            self._sock.settimeout(None)
        if self._bytes_left is not None:
            self._bytes_left -= n
        return n

    def close(self) -> None:
        """Let go of the socket."""
        super().close()
        self._raw.close()


class PunctualWriter(io.RawIOBase):
    """What goes out on a socket, cut off when nothing of it is taken for too long.

    The time that was waited comes back with what is taken, `LEAST_BYTES_PER_S`: a byte now and then
    does not begin it anew.

    Attributes:
        is_cut: it was.
        patience_s: for how long; None when somebody else sees to it.
        sock: the socket.
    """

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, patience_s: float) -> None:
        self.is_cut = False
        self.patience_s: float | None = patience_s
        self.sock = sock
        self._raw = raw
        self._left_s = patience_s

    def writable(self) -> bool:
        """Return that this can be written to."""
        return True

    def write(self, data: Any) -> Any:
        """Write what the socket takes."""
        began_s = time.monotonic()
        try:
            if self.patience_s is not None and self._left_s <= 0:
                raise TimeoutError("too slow")
            self.sock.settimeout(None if self.patience_s is None else self._left_s)
            n = self._raw.write(data)
            self._count(n or 0, time.monotonic() - began_s)
            return n
        except TimeoutError:
            self.is_cut = True
            with contextlib.suppress(OSError):
                # What waits in the kernel goes with the descriptor, not when it pleases the peer.
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                # Whoever tries again, as buffers do when they are closed, must not wait again.
                self.sock.shutdown(socket.SHUT_RDWR)
            raise
        finally:
            self.sock.settimeout(None)

    def reset_at_end(self, is_reset: bool) -> None:
        """Have the connection end by a reset, or no longer so, however the process ends.

        The end alone of a connection may look like that of an answer.
        """
        with contextlib.suppress(AttributeError, OSError):
            self.sock.reset_at_end(is_reset)  # type: ignore[attr-defined]

    def close(self) -> None:
        """Let go of the socket."""
        super().close()
        self._raw.close()

    def _count(self, n_bytes: int, waited_s: float) -> None:
        if self.patience_s is not None:
            left_s = self._left_s - waited_s + n_bytes / LEAST_BYTES_PER_S
            self._left_s = min(self.patience_s, left_s)


class StrictRequests(Handler):
    """The part of a handler that reads requests and refuses those that are not as they must be.

    Stands before the library's class among the bases; `service` is set before `setup`.
    """

    service: HttpService
    raw_requestline: bytes
    wbufsize = BUFFER_BYTES
    _is_head_in = False
    _is_first = True
    # The other end may still be sending.
    is_early = False

    def setup(self) -> None:
        """Make the connection's files punctual."""
        super().setup()
        self._reader = PunctualReader(self.rfile.detach(), self.connection)
        self._writer = PunctualWriter(
            self.wfile.detach(),
            self.connection,
            self.service.timeout_s,
        )
        self.rfile = io.BufferedReader(self._reader)
        self.wfile = io.BufferedWriter(self._writer, BUFFER_BYTES)

    def handle_one_request(self) -> None:
        """Serve the next request of the connection, or end it."""
        self._is_head_in = False
        if not self._await_request():
            self.close_connection = True
            return
        try:
            super().handle_one_request()
        except TimeoutError:
            self.close_connection = True
        if self._writer.is_cut:
            self._note(SLOW_READER, "an answer of which nothing was taken any more")
        elif self._reader.is_late and not self._is_head_in:
            self._refuse(Refused(408, SLOW, "the request came too slowly; expected it faster"))

    def parse_request(self) -> bool:
        """Read the head; False when it was refused."""
        try:
            self.raw_requestline, fields = http_head.read(self.raw_requestline, self.rfile.readline)
        except Refused as refused:
            self._refuse(refused)
            return False
        rest, self.rfile = self.rfile, io.BytesIO(fields)
        try:
            is_good = super().parse_request()
        finally:
            self.rfile = rest
        self._is_head_in = True
        self._reader.deadline_s = time.monotonic() + self.service.timeout_s
        return is_good

    def _offer_writer(self, environ: dict[str, Any]) -> None:
        """Let who answers a request for as long as it is wanted see to those who are slow."""
        self._writer.patience_s = self.service.timeout_s
        environ[WRITER] = self._writer

    def handle_expect_100(self) -> bool:
        """Leave it to who reads the body to ask for it: it may be refused before."""
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what the library refuses as we answer what we refuse."""
        self._refuse(Refused(code, http_head.MALFORMED, message or explain or "not understood"))

    def finish(self) -> None:
        """End the connection; hear out who may still be sending."""
        if self.is_early and not self._writer.is_cut:
            self._linger()
        with contextlib.suppress(OSError):
            super().finish()
        self.close_files()

    def close_files(self) -> None:
        """Let go of the buffers, whatever is in them."""
        # A flush that fails keeps the library from closing the other, and it the descriptor.
        for file in (self.wfile, self.rfile):
            with contextlib.suppress(OSError):
                file.close()

    def _await_request(self) -> bool:
        """Wait for the first byte of a request; False when none will come."""
        now_s = time.monotonic()
        self._reader.deadline_s = now_s + (self.service.timeout_s if self._is_first else IDLE_S)
        self._is_first = False
        try:
            is_there = bool(self.rfile.peek(1))  # type: ignore[attr-defined]
        except (OSError, ValueError):  # gone, or idle for too long
            return False
        self._reader.deadline_s = time.monotonic() + self.service.timeout_s
        return is_there

    def _refuse(self, refused: Refused) -> None:
        self._note(refused.kind, str(refused))
        self.close_connection = True
        self.is_early = True
        with contextlib.suppress(OSError):
            self.wfile.write(http_answers.as_bytes(refused))
            self.wfile.flush()

    def _note(self, kind: str, what: str) -> None:
        address = str(self.client_address[0])
        self.service.refusals.note(kind, what, plain(address) or address)

    def _linger(self) -> None:
        """Read on for a moment: a connection closed before that loses the answer on its way."""
        self._reader.hear_out(self.service.timeout_s)
        with contextlib.suppress(OSError, ValueError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_WR)
            while self.rfile.read1():
                pass
