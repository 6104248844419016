"""Engine.IO sessions that write through outlets: no queue, no writer task, no ping task each.

Everything here leans on names of python-engineio and eventlet that are not public. `install`
looks whether they are as expected, and says what is not, so that the ordinary path can serve.
"""

import inspect
import logging
import time
from collections.abc import Sequence
from typing import Any

import engineio.packet
import engineio.server
import engineio.socket
from engineio.exceptions import EngineIOError, QueueEmpty, SocketIsClosedError

from chartserver.errors import StackUnfit
from chartserver.outlet import Outlet
from chartserver.stack.heartbeat import Heartbeat
from chartserver.wire import Message

# A poll is answered with at most so many packets: engineio's own limit for a payload is 16.
POLL_PACKETS = 16
ENVIRON_KEPT = (
    *("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "SERVER_PROTOCOL"),
    *("SERVER_NAME", "SERVER_PORT", "REMOTE_ADDR", "HTTP_HOST", "wsgi.url_scheme", "flask.app"),
)

# What is leant on: class, method, parameters.
METHODS = (
    (engineio.socket.Socket, "_websocket_handler", ("ws",)),
    (engineio.socket.Socket, "poll", ()),
    (engineio.socket.Socket, "schedule_ping", ()),
    (engineio.socket.Socket, "check_ping_timeout", ()),
    (engineio.socket.Socket, "receive", ("pkt",)),
    (engineio.socket.Socket, "close", ("wait", "abort", "reason")),
)

log = logging.getLogger(__name__)


class DirectSession(engineio.socket.Socket):  # type: ignore[misc]
    """A session whose `queue` is an Outlet."""

    websocket: Any = None
    waker: Any = None
    pinged_s: float | None = None
    is_stuck = False
    behind_s = 0.0
    last_ping: Any
    connected: Any
    upgraded: Any

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
        """Have the one task of all sessions send the next ping."""
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
        """Change over from polling, as the protocol of Engine.IO has it; False when it does not.

        Of several WebSockets that try at once the first wins. One that says nothing is given up.
        """
        self.upgrading = True  # polls are answered with a NOOP from here on
        websocket.socket.settimeout(self.server.ping_interval + self.server.ping_timeout)
        try:
            probe = engineio.packet.Packet(encoded_packet=websocket.wait() or "6")
            if probe.packet_type != engineio.packet.PING or probe.data != "probe":
                return False
            pong = engineio.packet.Packet(engineio.packet.PONG, data="probe")
            websocket.send(pong.encode())
            self.queue.put(engineio.packet.Packet(engineio.packet.NOOP))  # ends the poll that waits
            answer = engineio.packet.Packet(encoded_packet=websocket.wait() or "6")
            if answer.packet_type != engineio.packet.UPGRADE or self.upgraded or self.closed:
                return False
            self.upgraded = True
            self.wake()
            return True
        except (OSError, ValueError, EngineIOError) as error:
            log.debug("%s: upgrade failed: %s", self.sid, error)
            return False
        finally:
            self.upgrading = False

    def receive(self, pkt: Any) -> None:
        """Handle a packet of the client; none after the end, which would bring it back to life."""
        if self.closed:
            raise SocketIsClosedError()
        super().receive(pkt)

    def _receive_all(self, websocket: Any) -> None:
        while not self.closed:
            try:
                data = websocket.wait()
                if data is None:
                    return
                self.receive(engineio.packet.Packet(encoded_packet=data))
            except SocketIsClosedError:
                return
            except (OSError, ValueError, EngineIOError) as error:
                log.debug("%s: session ended: %s", self.sid, error)
                return
            except Exception:
                log.warning("%s: session ended by what it sent", self.sid, exc_info=True)
                return

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


class Sessions(dict[str, Any]):
    """The table of sessions of an Engine.IO server: makes each a DirectSession as it comes in."""

    def __setitem__(self, sid: str, session: Any) -> None:
        session.__class__ = DirectSession
        session.queue = Outlet(session.wake, session.get_stuck)
        super().__setitem__(sid, session)


def install(socketio: Any, evict_after_s: float) -> Heartbeat:
    """Make `socketio`'s sessions direct ones; for eventlet, before the first connects.

    Raises:
        StackUnfit: a name that is leant on is not as expected. Nothing has been changed.
    """
    server = socketio.server.eio
    _check_server(server)
    _check_methods(METHODS)
    from chartserver.stack.websocket_eventlet import METHODS as WEBSOCKET_METHODS
    from chartserver.stack.websocket_eventlet import DirectWebSocketWSGI

    _check_methods(WEBSOCKET_METHODS)
    heartbeat = Heartbeat(server, evict_after_s)
    server.heartbeat = heartbeat
    server.sockets = Sessions()
    server.start_service_task = False
    server._async = {**server._async, "websocket": DirectWebSocketWSGI}
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


def _check_methods(wanted: Sequence[tuple[type, str, tuple[str, ...]]]) -> None:
    """Raise StackUnfit unless each class has that method with these parameters."""
    for owner, name, parameters in wanted:
        method = getattr(owner, name, None)
        found = tuple(inspect.signature(method).parameters)[1:] if method else "no such method"
        if found != parameters:
            place = f"{owner.__module__}.{owner.__qualname__}.{name}"
            raise StackUnfit(f"{place} has {found}; expected {parameters}")


def _packet(item: Any) -> Any:
    """Return what an outlet holds as a packet of Engine.IO; a message is bytes `4…`."""
    payload = item.payload if isinstance(item, Message) else item
    if isinstance(payload, bytes):
        return engineio.packet.Packet(engineio.packet.MESSAGE, data=payload[1:].decode())
    return payload
