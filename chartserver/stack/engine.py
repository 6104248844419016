"""The names of python-engineio that are not public and that we use all the same, in one place."""

import logging
import warnings
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from flask import Flask
from flask_socketio import SocketIO

from chartserver.errors import ConfigError

# Of a WebSocket, RFC 6455 section 7.4 and IANA's list: the server will be back.
SERVICE_RESTART = 1012
# So many take some milliseconds.
CLOSE_SESSIONS = 64

# What the libraries say of each packet, they say with all that is in it, tokens included; and to
# handlers of their own, unless they are given a logger.
library_log = logging.getLogger("chartserver.stack.libraries")
library_log.setLevel(logging.ERROR)

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class WebSocket(Protocol):
    """A WebSocket as every async driver of engineio gives it."""

    def send(self, message: str) -> None:
        """Send a text; blocks the calling task while the socket is full; OSError when gone."""

    def wait(self) -> str | bytes | None:
        """Wait for a message; None when the peer has closed."""

    def close(self, code: int = 1000) -> None:
        """Send a close frame and close."""


def make_socketio(app: Flask, async_mode: str, **options: Any) -> SocketIO:
    """Return the Socket.IO server of `app`; eventlet's word on its own future is left unsaid.

    Raises:
        ConfigError: the library of `async_mode` is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            socketio = SocketIO(
                app,
                async_mode=async_mode,
                logger=library_log,
                engineio_logger=library_log,
                **options,
            )
    except (ImportError, ValueError) as error:
        raise ConfigError(
            f"async mode is {async_mode!r}, which cannot be used ({error});"
            f" expected its packages, such as by: pip install 'chartserver[{async_mode}]'"
        ) from None
    _add_rule_of_events(app)
    return socketio


def _add_rule_of_events(app: Flask) -> None:
    """Let Flask find a rule for what an event comes by: the request that began the session.

    Else it keeps a NotFound for each event, whose traceback holds on to the request and all that
    belongs to it until the garbage is collected. The requests themselves do not come to Flask.
    """
    for is_websocket in (False, True):
        app.add_url_rule("/socket.io/", endpoint="event", websocket=is_websocket)


def websocket_app(socketio: SocketIO, handler: Callable[[WebSocket], object]) -> WsgiApp:
    """Return a WSGI application that takes a WebSocket handshake and runs `handler` on it."""
    eio = socketio.server.eio

    def run(websocket: WebSocket) -> list[bytes]:
        handler(websocket)
        return []

    app: WsgiApp = eio._async["websocket"](run, eio)
    return app


def make_event(socketio: SocketIO) -> Any:
    """Return an event as threads have it, of the async library: set by one, waited for by many."""
    return socketio.server.eio.create_event()


def unfit(environ: dict[str, Any], async_mode: str) -> str:
    """Return why the WSGI server that made `environ` cannot carry `async_mode`; "" if it can.

    On a server that runs threads eventlet's task would never get its turn, and on eventlet's
    server a thread that waits would hold up everybody: no chart would move. Of gevent nothing can
    be told: some of its servers say that they run threads.
    """
    is_eventlet = "eventlet.input" in environ
    is_threads = bool(environ.get("wsgi.multithread")) and not is_eventlet
    if is_eventlet and async_mode != "eventlet":
        fit = "eventlet"
    elif is_threads and async_mode == "eventlet":
        fit = "threading"
    else:
        return ""
    return f"async mode is {async_mode!r}; this WSGI server needs ChartServer(async_mode={fit!r})"


def close_sessions(socketio: SocketIO, give_way: Callable[[], object] = lambda: None) -> None:
    """Begin to close all sessions: what is queued is sent, then a WebSocket's close frame.

    `give_way` is called now and then; `count_unsent` tells when they are gone. The reason that
    clients see is the transport's close, upon which they connect again; a Socket.IO DISCONNECT
    would keep all of them away, and an Engine.IO CLOSE those in Python.
    """
    eio = socketio.server.eio
    for n, (sid, session) in enumerate(eio.sockets.copy().items(), 1):
        if n % CLOSE_SESSIONS == 0:
            give_way()
        if session.closed:  # its viewer has left, and what was queued for it stays
            eio.sockets.pop(sid, None)
        session.end_with(SERVICE_RESTART)
        session.close(wait=False, abort=True, reason=eio.reason.SERVER_DISCONNECT)


def count_unsent(socketio: SocketIO) -> int:
    """Return how many WebSocket sessions have not sent all that was queued, the close included.

    The table of sessions alone does not tell: with Werkzeug's server they stay in it, their queues
    with the one mark that ends the writer.
    """
    sessions = socketio.server.eio.sockets.copy().values()
    return sum(one.upgraded and not (one.closed and one.queue.qsize() <= 1) for one in sessions)


def count_polling(socketio: SocketIO) -> int:
    """Return how many sessions have no WebSocket: each fetches what it is told by a request."""
    return sum(not one.upgraded for one in socketio.server.eio.sockets.copy().values())


def count_sessions(socketio: SocketIO) -> dict[str, int]:
    """Return how many sessions are open, by transport."""
    is_upgraded = [
        one.upgraded for one in socketio.server.eio.sockets.copy().values() if not one.closed
    ]
    n_websocket = sum(is_upgraded)
    return {"websocket": n_websocket, "polling": len(is_upgraded) - n_websocket}


def addresses(socketio: SocketIO) -> list[str]:
    """Return the address of each session's viewer."""
    environs = socketio.server.environ.copy().values()
    return [environ.get("REMOTE_ADDR", "") for environ in environs]


def has_sessions(socketio: SocketIO, n: int) -> bool:
    """Return whether `n` sessions or more are open.

    With Werkzeug's server those whose viewers have left stay in the table for a while. They are
    looked for only when they decide: the table may be long.
    """
    sessions = socketio.server.eio.sockets
    return len(sessions) >= n and sum(not one.closed for one in sessions.copy().values()) >= n
