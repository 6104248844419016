"""TCP connections: as many as may be, in all and from one address; who is too many is told so.

A connection counts until its descriptor is closed, whatever it is used for in between. One that is
refused costs no task: it is told in a few bytes while it is accepted.
"""

import contextlib
import errno
import resource
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from chartserver.entrance import http_answers
from chartserver.entrance.proxies import client_of, plain
from chartserver.errors import Refused
from chartserver.refusals import Refusals
from chartserver.stack.connection import RESET

# For pages and polls beside the viewers that may be.
SPARE = 1_024
# Descriptors for all else: files, pipes, connections of ours to others.
DESCRIPTORS_RESERVED = 128
# So many are taken before others have their turn.
IN_A_ROW = 16
READ_BYTES = 65_536
# Of SO_LINGER: as it is by default.
NO_LINGER = struct.pack("ii", 0, 0)
# What is leant on: class, method, parameters.
METHODS = ((socket.socket, "_real_close", ("_ss",)),)


def most_connections(max_viewers: int) -> int:
    """Return how many connections there may be: descriptors must be left for all else."""
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if descriptors == resource.RLIM_INFINITY:
        return max_viewers + SPARE
    return min(max_viewers + SPARE, max(descriptors - DESCRIPTORS_RESERVED, descriptors // 2))


class Connections:
    """Counts the connections; thread-safe.

    Args:
        most: how many there may be.
        most_of_address: how many there may be from one address.
        is_free: whether an address is not limited by itself.

    Attributes:
        n: how many there are.
    """

    def __init__(
        self,
        most: int,
        most_of_address: int,
        is_free: Callable[[str], bool],
        refusals: Refusals,
    ) -> None:
        self.n = 0
        self._most = most
        self._most_of_address = most_of_address
        self._is_free = is_free
        self._refusals = refusals
        self._of_address: Counter[str] = Counter()
        self._lock = threading.Lock()

    def enter(self, address: str) -> str:
        """Count one more; return what to `leave` as.

        Raises:
            Refused: it is one too many.
        """
        client = client_of(address)
        with self._lock:
            if self.n >= self._most:
                refused = _refused("connections", f"{self._most} connections are open")
            elif self._of_address[client] >= self._most_of_address and not self._is_free(address):
                refused = _refused(
                    "connections_of_address", f"{self._most_of_address} connections are yours"
                )
            else:
                self.n += 1
                self._of_address[client] += 1
                return client
        self._refusals.note(refused.kind, str(refused), address)
        raise refused

    def leave(self, client: str) -> None:
        """Count one less."""
        with self._lock:
            self.n -= 1
            self._of_address[client] -= 1
            if self._of_address[client] <= 0:
                del self._of_address[client]


class CountedSocket(socket.socket):
    """A connection that is counted until its descriptor is closed."""

    __slots__ = ("_client", "_connections", "_is_reset")

    _client: str
    _connections: Connections | None
    _is_reset: bool

    def count(self, connections: Connections, client: str) -> None:
        """Leave `connections` as `client` at the end."""
        self._connections = connections
        self._client = client
        self._is_reset = False

    def reset_at_end(self, is_reset: bool) -> None:
        """Have the other end told that the connection was lost, not that it has ended; or not."""
        self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET if is_reset else NO_LINGER)
        self._is_reset = is_reset

    def shutdown(self, how: int) -> None:
        """Say that nothing more will come, unless the connection is to be lost."""
        if not self._is_reset:
            super().shutdown(how)

    def _real_close(self, *args: Any) -> None:
        connections, self._connections = self._connections, None
        if connections is not None:
            connections.leave(self._client)
        super()._real_close(*args)  # type: ignore[misc]

    def __del__(self) -> None:
        self.close()


class Doorway(socket.socket):
    """A socket that listens, and takes connections as far as `connections` lets them in."""

    __slots__ = ("_connections", "_n_in_a_row")

    _connections: Connections
    _n_in_a_row: int

    @classmethod
    def of(cls, sock: socket.socket, connections: Connections) -> "Doorway":
        """Return `sock`, which is not to be used any more, as a doorway that waits for nobody."""
        doorway = cls(sock.family, sock.type, sock.proto, fileno=sock.detach())
        doorway.setblocking(False)
        doorway._connections = connections
        doorway._n_in_a_row = 0
        return doorway

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a connection.

        Raises:
            BlockingIOError: there is none now, or others are to have their turn first.
        """
        while self._n_in_a_row < IN_A_ROW:
            self._n_in_a_row += 1
            try:
                sock, address = super().accept()
            except OSError:
                self._n_in_a_row = 0
                raise
            try:
                client = self._connections.enter(plain(address[0]) or str(address[0]))
            except Refused as refused:
                turn_away(sock, refused)
                continue
            counted = CountedSocket(sock.family, sock.type, sock.proto, fileno=sock.detach())
            counted.count(self._connections, client)
            return counted, address
        self._n_in_a_row = 0
        raise BlockingIOError(errno.EAGAIN, "others are to have their turn")


def turn_away(sock: socket.socket, refused: Refused) -> None:
    """Answer what has been asked, or is about to be, and close; waits for nothing."""
    with sock, contextlib.suppress(OSError):
        sock.setblocking(False)
        sock.send(http_answers.as_bytes(refused))
        sock.shutdown(socket.SHUT_WR)
        # What has come and is not read would have the answer thrown away at the other end.
        sock.recv(READ_BYTES)


def _refused(kind: str, what: str) -> Refused:
    return Refused(503, kind, f"{what}; expected fewer, try again", [http_answers.RETRY_AFTER])
