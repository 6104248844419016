"""Socket.IO's manager of who is connected and in which room."""

import time
from collections.abc import Callable
from typing import Any

import socketio as protocol


class WelcomingManager(protocol.Manager):  # type: ignore[misc]
    """Socket.IO's manager that calls `welcome(sid)` as soon as a viewer was told of its connect.

    What a connect handler emits would reach the client before the CONNECT packet. Upon the end of a
    viewer, or of one that was not let in, `farewell(sid)` is called, maybe twice: Socket.IO has no
    event for the end of one whose session ends while it connects. A viewer has no room to itself:
    with one for each, every leave would look through all of them. The session of a viewer is told
    whether it is inside.
    """

    welcome: Callable[[str], object] = staticmethod(lambda sid: None)
    farewell: Callable[[str], object] = staticmethod(lambda sid: None)

    def basic_enter_room(self, sid: str, namespace: str, room: Any, eio_sid: Any = None) -> None:
        """Enter a room that is shared."""
        if room != sid:
            super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)

    def get_participants(self, namespace: str, room: Any) -> Any:
        """Return (sid, eio_sid) of all in a room, or of the one viewer whose sid it is."""
        eio_sid = self.eio_sid_from_sid(room, namespace) if isinstance(room, str) else None
        return iter([(room, eio_sid)]) if eio_sid else super().get_participants(namespace, room)

    def connect(self, sid: str, namespace: str) -> Any:
        """Register the viewer as connected, then welcome it."""
        result = super().connect(sid, namespace)
        session = self._session(result, namespace)
        if session is not None:
            session.outside_s = None
        self.welcome(sid)
        return result

    def disconnect(self, sid: str, namespace: str, **options: Any) -> Any:
        """Register the viewer as gone, or as not let in; its session may go on."""
        session = self._session(sid, namespace)
        if session is not None and session.outside_s is None:
            session.outside_s = time.monotonic()
        self.farewell(sid)
        return super().disconnect(sid, namespace, **options)

    def _session(self, sid: str, namespace: str) -> Any:
        return self.server.eio.sockets.get(self.eio_sid_from_sid(sid, namespace))
