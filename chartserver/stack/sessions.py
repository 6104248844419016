"""Engine.IO sessions that write through outlets: no queue, no writer task, no ping task each.

Everything here leans on names of python-engineio that are not public. `install` looks whether they
are as expected, and says what is not, so that the ordinary path can serve.
"""

import logging
import time
from typing import Any

import engineio.packet
import engineio.socket
from engineio.exceptions import QueueEmpty, SocketIsClosedError

from chartserver.broadcast import wire
from chartserver.broadcast.outlet import Outlet
from chartserver.broadcast.wire import Message
from chartserver.errors import BadMessage, StackUnfit
from chartserver.intake.allowance import Allowance
from chartserver.stack.heartbeat import Heartbeat
from chartserver.stack.session import METHODS as SESSION_METHODS
from chartserver.stack.session import UPGRADE_STEP_S, Session, adopt, check_methods

# A poll is answered with at most so many packets: engineio's own limit for a payload is 16.
POLL_PACKETS = 16
ENVIRON_KEPT = (
    *("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "SERVER_PROTOCOL"),
    *("SERVER_NAME", "SERVER_PORT", "REMOTE_ADDR", "HTTP_HOST", "wsgi.url_scheme", "flask.app"),
)

# What is leant on besides: class, method, parameters.
METHODS = (
    *SESSION_METHODS,
    (engineio.socket.Socket, "_websocket_handler", ("ws",)),
    (engineio.socket.Socket, "poll", ()),
    (engineio.socket.Socket, "schedule_ping", ()),
    (engineio.socket.Socket, "check_ping_timeout", ()),
)

log = logging.getLogger(__name__)


class DirectSession(Session):
    """A session whose `queue` is an Outlet."""

    waker: Any = None
    pinged_s: float | None = None
    is_stuck = False
    behind_s = 0.0
    last_ping: Any

    def begin(self) -> None:
        """Be a session that has just come in."""
        super().begin()
        self.queue = Outlet(self.wake, self.get_stuck)

    def poll(self) -> list[Any]:
        """Wait for what a poll is answered with; [] at the end of the session.

        Raises:
            QueueEmpty: nothing came within the time that a poll may last.
        """
        limit_s = self.server.ping_interval + self.server.ping_timeout
        until_s = time.monotonic() + limit_s
        while True:
            if self.upgraded:
                return [engineio.packet.Packet(engineio.packet.NOOP)]
            taken = self.queue.take(POLL_PACKETS)
            if taken:
                return [_packet(item) for item in taken]
            if self.queue.is_closing or self.closed:
                return []
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                raise QueueEmpty()
            self.waker = self.waker or self.server.create_event()
            self.waker.clear()
            self.waker.wait(left_s)

    def wake(self) -> None:
        """End a poll that waits, if there is one."""
        if self.waker is not None:
            self.waker.set()

    def check_ping_timeout(self) -> bool:
        """Leave it to the heartbeat to judge by the pings; engineio asks with each packet."""
        if self.closed:
            raise SocketIsClosedError()
        return True

    def schedule_ping(self) -> None:
        """Have the one task of all sessions send the next ping, unless that is still to come.

        A PONG that nobody has asked for changes nothing.
        """
        if self.last_ping:
            self.last_ping = self.pinged_s = None
            self.server.heartbeat.schedule_ping(self)

    def _websocket_handler(self, websocket: Any) -> list[bytes]:
        """Talk over a WebSocket until it ends; in the task that took the handshake."""
        if not self.connected:
            self.connected = self.upgraded = True
        elif not self._upgrade(websocket):
            return []
        self.websocket = websocket
        self.waker = None
        try:
            websocket.attach(self.queue)
            self._receive_all(websocket)
        except OSError as error:
            log.debug("%s: gone before it was attached: %s", self.sid, error)
        finally:
            self.queue.detach()
            self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)
            self.server.sockets.pop(self.sid, None)
        return []

    def _upgrade(self, websocket: Any) -> bool:
        websocket.socket.settimeout(UPGRADE_STEP_S)
        has_upgraded = self.upgrade(websocket)
        if has_upgraded:
            self.wake()
        return has_upgraded

    def _receive_all(self, websocket: Any) -> None:
        try:
            while not self.closed:
                message = websocket.wait()
                if message is None:
                    return
                self.take(message)
        except BadMessage as error:
            self.refuse(error)
            # Else one that takes what it has a little later would not be told why.
            websocket.flush()
        except SocketIsClosedError:
            return
        except OSError as error:
            log.debug("%s: session ended: %s", self.sid, error)

    def get_stuck(self) -> None:
        """Note that more waits than may; the heartbeat ends the session."""
        self.is_stuck = True

    def abort(self, reason: str) -> None:
        """End the session at once; what it has not taken is lost to it."""
        self.close(wait=False, abort=True, reason=reason)
        self.queue.detach()
        if self.websocket is not None:
            self.websocket.abort()
        self.wake()

    def end_with(self, close_code: int) -> None:
        """Give that code in the close frame."""
        self.queue.close_frame = wire.close_frame(close_code)

    def cut_off(self, error: BadMessage) -> None:
        """End the session; a WebSocket that can take it is told why."""
        self.queue.close_frame = wire.close_frame(error.close_code, str(error))
        self.close(wait=False, abort=True, reason=self.server.reason.SERVER_DISCONNECT)
        if not self.upgraded:
            self.queue.detach()
        self.wake()

    def turn_away(self, websocket: Any, error: BadMessage) -> None:
        """End a WebSocket that is not the session's, and tell why."""
        websocket.close(error.close_code, str(error))


def install(socketio: Any, evict_after_s: float, allowance: Allowance) -> Heartbeat:
    """Make `socketio`'s sessions direct ones; for eventlet, before the first connects.

    Raises:
        StackUnfit: a name that is leant on is not as expected. Nothing has been changed.
    """
    server = socketio.server.eio
    _check_server(server)
    check_methods(METHODS)
    heartbeat = Heartbeat(server, evict_after_s)
    server.heartbeat = heartbeat
    server.start_service_task = False
    adopt(socketio.server, DirectSession, allowance)
    return heartbeat


def outlet_of(socketio: Any, sid: str) -> Outlet | None:
    """Return the outlet of a Socket.IO session, None when it is gone.

    Of the WSGI environment of the session's first request only what events are served by is kept.
    """
    server = socketio.server
    eio_sid = server.manager.eio_sid_from_sid(sid, "/")
    session = server.eio.sockets.get(eio_sid)
    if session is None:
        return None
    environ = server.environ.get(eio_sid, {})
    server.environ[eio_sid] = {name: environ[name] for name in ENVIRON_KEPT if name in environ}
    outlet: Outlet = session.queue
    return outlet


def _check_server(server: Any) -> None:
    """Raise StackUnfit unless the server of engineio is as this module expects."""
    for name in ("sockets", "_async", "start_service_task", "create_event", "ping_interval"):
        if not hasattr(server, name):
            raise StackUnfit(f"engineio.Server has no {name}")
    if not isinstance(server.sockets, dict) or "websocket" not in server._async:
        raise StackUnfit("engineio.Server.sockets or ._async is not as expected")


def _packet(item: Any) -> Any:
    """Return what an outlet holds as a packet of Engine.IO; a message is bytes `4…`."""
    payload = item.payload if isinstance(item, Message) else item
    if isinstance(payload, bytes):
        return engineio.packet.Packet(engineio.packet.MESSAGE, data=payload[1:].decode())
    return payload
