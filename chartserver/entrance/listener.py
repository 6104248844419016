"""Listens on a port and serves a WSGI application: one class for each async library.

Each is only imported when it is chosen, so that the others need not be installed.
"""

import errno
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

from chartserver.broadcast.sockets import SEND_BUFFER_BYTES
from chartserver.entrance.connections import METHODS as CONNECTION_METHODS
from chartserver.entrance.connections import Connections, Doorway
from chartserver.entrance.http_requests import HttpService
from chartserver.errors import ConfigError, StackUnfit
from chartserver.stack import session
from chartserver.stack.connection import SOCKET
from chartserver.stack.engine import WsgiApp

# Connections are counted where they are accepted; this one is only above that.
CONNECTIONS_MAX = 1_000_000
# Of these an accept may fail and succeed a moment later.
SHORTAGES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ECONNABORTED)
SHORTAGE_PAUSE_S = 0.5
# A connection on which nothing moves is asked after so long whether it is still there.
KEEPALIVE_S = 60


class Listener(Protocol):
    """Serves in the background from `start` to `stop`."""

    def start(self) -> None:
        """Begin to accept; returns at once."""

    def stop(self) -> None:
        """Accept no more and close what is idle."""


def bind(host: str, port: int, backlog: int, *, is_shared: bool = False) -> socket.socket:
    """Return a socket that listens on `host` and `port`, or raise ConfigError saying why not.

    `backlog` connections may wait to be accepted, as far as the kernel lets them. A port that
    `is_shared` was reserved, and other processes of this user listen on it too: the kernel deals
    the connections out to them.
    """
    with _said(host, port):
        sock = _made(host, port, is_shared)
        try:
            sock.listen(backlog)
        except OSError:
            sock.close()
            raise
    return sock


def reserve(host: str, port: int) -> socket.socket:
    """Return a socket that has the port and takes no connection, for listeners that share it.

    Raises:
        ConfigError: the port cannot be had, or this system cannot share one.
    """
    if not hasattr(socket, "SO_REUSEPORT"):
        raise ConfigError("workers cannot share a port on this system; expected --workers 1")
    with _said(host, port):
        # Not before it is bound: it would then be had though others of this user listen on it.
        sock = _made(host, port, is_shared=False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return sock


def _made(host: str, port: int, is_shared: bool) -> socket.socket:
    """Return a socket of `host` and `port` that does not listen yet."""
    family, kind, proto, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    sock = socket.socket(family, kind, proto)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        # Taken over by each accepted socket: a small frame must not wait for an ACK.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # What is not taken shall be noticed here, not wait in the kernel by megabytes.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        # Finds out who has gone without a word, were nothing ever sent to it.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_KEEPIDLE"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_S)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_S // 4)
        sock.bind(address)
    except OSError:
        sock.close()
        raise
    return sock


@contextmanager
def _said(host: str, port: int) -> Iterator[None]:
    """Raise ConfigError where a port cannot be had, saying why."""
    try:
        yield
    except (OSError, UnicodeError) as error:  # the latter of a name that cannot be one
        why = getattr(error, "strerror", None) or error
        wanted = "a free port of this machine, such as --port 8001 (0: any that is free)"
        if isinstance(error, socket.gaierror | UnicodeError):
            wanted = "an address or a name of this machine, such as --host 127.0.0.1"
        raise ConfigError(
            f"cannot listen on {host} port {port}: {why}; expected {wanted}"
        ) from None


class EventletListener:
    """Serves with eventlet's WSGI server, in greenlets of the calling thread."""

    def __init__(
        self, sock: socket.socket, app: WsgiApp, service: HttpService, connections: Connections
    ) -> None:
        import eventlet.wsgi
        from eventlet.greenio import GreenSocket

        from chartserver.stack import http_eventlet

        _check(http_eventlet.METHODS)

        class PatientSocket(GreenSocket):  # type: ignore[misc]
            def accept(self) -> Any:
                """Accept, later when there are no descriptors now: eventlet's server would end."""
                while True:
                    try:
                        return super().accept()
                    except OSError as error:
                        if error.errno not in SHORTAGES:
                            raise
                        what = f"cannot accept a connection: {error.strerror}"
                        service.refusals.note("not_accepted", what)
                    eventlet.sleep(SHORTAGE_PAUSE_S)

        self._protocol = partial(http_eventlet.EventletRequests, service=service)
        self._eventlet = eventlet
        self._sock = PatientSocket(Doorway.of(sock, connections))
        self._app = app
        self._task: Any = None

    def start(self) -> None:
        """Begin to accept; returns at once."""
        self._task = self._eventlet.spawn(
            self._eventlet.wsgi.server,
            self._sock,
            self._app,
            max_size=CONNECTIONS_MAX,
            protocol=self._protocol,
            log_output=False,
            debug=False,
        )

    def stop(self) -> None:
        """Accept no more and close what is idle."""
        self._eventlet.spawn(self._task.kill)
        self._sock.close()


class ThreadingListener:
    """Serves with Werkzeug's server, a thread for each connection."""

    def __init__(
        self, sock: socket.socket, app: WsgiApp, service: HttpService, connections: Connections
    ) -> None:
        from werkzeug.serving import make_server

        from chartserver.stack import http_threading

        _check(http_threading.METHODS)
        host, port = sock.getsockname()[:2]
        # It takes a copy of the descriptor, and then a doorway instead.
        self._server = make_server(host, port, app, threaded=True, fd=sock.fileno())
        self._server.socket.close()
        self._server.socket = Doorway.of(sock, connections)
        self._server.RequestHandlerClass = partial(
            http_threading.ThreadingRequests, service=service
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self) -> None:
        """Begin to accept; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Accept no more and close what is idle."""
        self._server.shutdown()
        self._thread.join()


class GeventListener:
    """Serves with gevent's WSGI server, in greenlets of the calling thread.

    Connections are not counted here, and have no deadlines but gevent's own.
    """

    def __init__(
        self, sock: socket.socket, app: WsgiApp, service: HttpService, connections: Connections
    ) -> None:
        from gevent import socket as green_socket
        from gevent.pywsgi import WSGIHandler, WSGIServer

        class OpenHandler(WSGIHandler):  # type: ignore[misc]
            def get_environ(self) -> Any:
                """Return the WSGI environment, with the socket."""
                return {**super().get_environ(), SOCKET: self.socket}

        green = green_socket.socket(fileno=sock.detach())
        self._server = WSGIServer(green, app, log=None, error_log=None, handler_class=OpenHandler)

    def start(self) -> None:
        """Begin to accept; returns at once."""
        self._server.start()

    def stop(self) -> None:
        """Accept no more and close what is idle."""
        self._server.stop(timeout=1)


def _check(wanted: Sequence[tuple[type, str, tuple[str, ...]]]) -> None:
    """Raise ConfigError unless all that is leant on is there: without it a server is not safe."""
    try:
        session.check_methods((*wanted, *CONNECTION_METHODS))
    except StackUnfit as error:
        raise ConfigError(f"{error}; install the versions that requirements.txt names") from None


LISTENERS: dict[str, Callable[[socket.socket, WsgiApp, HttpService, Connections], Listener]] = {
    "eventlet": EventletListener,
    "threading": ThreadingListener,
    "gevent": GeventListener,
}


def url_of(address: tuple[Any, ...]) -> str:
    """Return the URL of what listens at an address, as sockets have it."""
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    return f"http://{host}:{address[1]}"
