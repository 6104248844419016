"""A Socket.IO connection that comes back: connects, notices a loss, pauses, connects again.

Knows nothing of charts and ticks. What happens is put, in order, where the caller says.
"""

import contextlib
import logging
import random
import threading
from collections.abc import Callable, Mapping
from socket import SHUT_RDWR
from typing import Any

import engineio
import socketio

from chartserver.clients.outage import cause_of, pause_s
from chartserver.errors import AccessDenied, ChartServerError
from chartserver.terminal.text import printable

# Whatever a server asks for.
RETURN_MAX_S = 60.0
ANSWER_LIMIT_S = 10.0
READER_LIMIT_S = 2.0
# What python-engineio lets through when a server speaks something else.
NOT_SOCKET_IO = (ValueError, LookupError, TypeError, OSError)
# Of a refusal that other credentials would change.
ACCESS_CODES = frozenset(["unauthorized", "expired", "forbidden", "too_many_tries"])
EVENTS = ("snapshot", "backfill", "tick", "chart", "status", "viewers")

log = logging.getLogger(__name__)
# python-socketio is to be as quiet as a library can: losing the link is no fault of the caller's.
quiet = logging.getLogger(f"{__name__}.socketio")
quiet.addHandler(logging.NullHandler())

Put = Callable[[str, Any], None]


def return_within_s(notice: Any) -> float | None:
    """Return within how many seconds a status asks its viewers back; None when it does not."""
    if not isinstance(notice, Mapping) or notice.get("status") != "stopping":
        return None
    within_s = notice.get("return_within_s")
    if isinstance(within_s, bool) or not isinstance(within_s, int | float) or not within_s >= 0:
        return None
    return float(min(within_s, RETURN_MAX_S))


class OrderedEngine(engineio.Client):  # type: ignore[misc]
    """Engine.IO's client, whose messages are handled in the order in which they came.

    It starts a thread for each message, and threads overtake one another. Handled by the thread
    that reads they keep their order, and whoever is slow to take them holds the reader up.
    """

    def start_background_task(self, target: Any, *args: Any, **kwargs: Any) -> Any:
        """Run the handler of a message at once; start a thread for anything else."""
        # Handling a DISCONNECT (packet type 1) joins the reading thread, so it cannot run there.
        if target != self.handlers.get("message") or str(args[0])[:1] == "1":
            return super().start_background_task(target, *args, **kwargs)
        try:
            return target(*args)
        except Exception:
            # The reader must go on; if it was a tick, the offsets will tell.
            log.exception("a message of the server makes no sense; it is passed over")


class OrderedClient(socketio.Client):  # type: ignore[misc]
    """Socket.IO's client on `OrderedEngine`."""

    def _engineio_client_class(self) -> type[engineio.Client]:
        return OrderedEngine


class Link:
    """A connection to the server at `url`, kept up by a thread of its own after `connect`.

    Args:
        auth: asked for what to send with each connect, first and later ones.
        put: is given each event of the server and its payload, in order, and besides "up", and
            "down" with the reason in words. May block: the server is then not read.
    """

    def __init__(self, url: str, *, auth: Callable[[], Mapping[str, Any]], put: Put) -> None:
        self._url = url
        self._auth = auth
        self._put = put
        self._lost = threading.Event()
        self._closed = threading.Event()
        self._dropping = threading.Lock()
        self._socket: OrderedClient | None = None
        self._reason = ""
        self._return_within_s: float | None = None

    def connect(self) -> None:
        """Connect for the first time.

        Raises:
            ChartServerError: the server cannot be reached, or has refused; the text says why.
        """
        self._connect()
        threading.Thread(target=self._keep_up, name="chartserver link", daemon=True).start()

    def send(
        self, event: str, payload: Mapping[str, Any], on_answer: Callable[[Any], None]
    ) -> None:
        """Send an event; without a connection nothing is sent, and nothing answers."""
        try:
            if self._socket is not None:
                self._socket.emit(event, payload, callback=on_answer)
        except socketio.exceptions.SocketIOError:
            log.debug("%s is not sent: the link is down", event)

    def close(self) -> None:
        """Disconnect for good. `put` is not called again, but for a call that is under way."""
        self._closed.set()
        self._lost.set()
        self._drop_socket()

    def _connect(self) -> None:
        # A new client each time: nothing of a connection that failed half-way is left in it.
        socket = OrderedClient(
            reconnection=False, handle_sigint=False, logger=quiet, engineio_logger=quiet
        )
        refusals: list[Any] = []
        for event in EVENTS:
            socket.on(event, lambda payload=None, event=event: self._hand_on(event, payload))
        socket.on("connect_error", refusals.append)
        socket.on("disconnect", lambda reason="": self._lose(socket, str(reason)))
        try:
            socket.connect(self._url, auth=self._auth, wait_timeout=ANSWER_LIMIT_S)
        except (socketio.exceptions.SocketIOError, *NOT_SOCKET_IO) as error:
            _drop(socket)
            raise _why(self._url, error, refusals) from None
        self._socket = socket
        if socket.eio.state != "connected":
            # Lost before `connect` returned: the client does not call that a disconnect.
            self._lose(socket, "the server closed the connection at once")

    def _hand_on(self, event: str, payload: Any) -> None:
        if event == "status":
            self._return_within_s = return_within_s(payload)
        if not self._closed.is_set():
            self._put(event, payload)

    def _lose(self, socket: OrderedClient, reason: str) -> None:
        if socket is self._socket:
            self._reason = f"connection lost ({reason})" if reason else "connection lost"
            self._lost.set()

    def _keep_up(self) -> None:
        while True:
            self._lost.wait()
            self._lost.clear()
            self._drop_socket()
            self._hand_on("down", self._reason)
            tries = 0
            wait_s = self._first_pause_s()
            while not self._closed.wait(wait_s):
                try:
                    self._connect()
                    break
                except ChartServerError as error:
                    tries += 1
                    wait_s = pause_s(tries, random.random())
                    self._hand_on("down", str(error))
            if self._closed.is_set():
                self._drop_socket()
                return
            self._hand_on("up", None)

    def _drop_socket(self) -> None:
        # Who closes may be another thread than ours, which drops what is lost.
        with self._dropping:
            if self._socket is not None:
                _drop(self._socket)

    def _first_pause_s(self) -> float:
        """Return the pause after a loss: any within the time that the server has asked for."""
        within_s, self._return_within_s = self._return_within_s, None
        return pause_s(0, random.random()) if within_s is None else random.random() * within_s


def _drop(socket: OrderedClient) -> None:
    """Close what is open of a connection; what has gone already is no fault."""
    try:
        _wake_reader(socket)
        socket.disconnect()
    except (socketio.exceptions.SocketIOError, OSError, RuntimeError):
        log.debug("the connection had gone already")
    # The client leaves a WebSocket open that the server has closed.
    if socket.eio.ws is not None:
        socket.eio.ws.shutdown()
    if socket.eio.http is not None:
        socket.eio.http.close()


def _wake_reader(socket: OrderedClient) -> None:
    """End the thread that reads, for which `disconnect` waits: closing alone does not wake it."""
    websocket = socket.eio.ws
    if websocket is not None and websocket.sock is not None:
        with contextlib.suppress(OSError):  # gone already
            websocket.sock.shutdown(SHUT_RDWR)
        socket.eio.read_loop_task.join(READER_LIMIT_S)


def _why(url: str, error: Exception, refusals: list[Any]) -> ChartServerError:
    """Return why a connection failed, in one line; AccessDenied where it is about credentials."""
    for refusal in refusals:
        if isinstance(refusal, Mapping):
            said = refusal.get("message") or refusal.get("error")
            data = refusal.get("data")
            if said and isinstance(data, Mapping) and data.get("code") in ACCESS_CODES:
                return AccessDenied(str(data["code"]), printable(str(said)))
            if said:
                return ChartServerError(printable(str(said)))
    cause = cause_of(error)
    if cause:
        what = f"cannot be reached ({cause})"
    else:
        what = f"does not answer as a chartserver does ({printable(str(error))[:80]})"
    return ChartServerError(
        f"{url} {what}; expected a running chartserver, such as http://127.0.0.1:8000"
    )
