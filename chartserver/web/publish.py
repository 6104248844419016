"""The original's raw WebSocket: each message is one tick, `[{"time": s, "y": v}, …]`.

Every viewer is a position in the history and reads on from it when its socket has taken the last
message, so one that is slow holds up nobody and nothing is queued for it.
"""

import contextlib
import logging
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from chartserver import frames
from chartserver.broadcast.sockets import SEND_BUFFER_BYTES
from chartserver.chart import Chart
from chartserver.errors import PositionLost
from chartserver.refusals import Refusals
from chartserver.stack.connection import cut, socket_of
from chartserver.stack.engine import SERVICE_RESTART, WebSocket, WsgiApp
from chartserver.ticks import Ticks

# So many messages are made and sent before others have their turn.
PIECE_TICKS = 200
SWEEP_S = 0.5
# A stop waits no longer for a message to be taken.
STOP_PATIENCE_S = 1.0
# In which a viewer that was told to leave must have left.
CLOSE_S = 1.0

log = logging.getLogger(__name__)


class PublishViewer:
    """One viewer: its socket, and since when that has not taken the message it was given.

    Attributes:
        is_gone: it has left.
    """

    __slots__ = ("address", "is_gone", "stuck_since_s", "websocket")

    def __init__(self, websocket: WebSocket, address: str) -> None:
        self.websocket = websocket
        self.address = address
        self.is_gone = False
        self.stuck_since_s: float | None = None

    def read(self) -> None:
        """Read what the viewer sends, and ignore it, as the original does; until it leaves."""
        with contextlib.suppress(OSError, ValueError):
            while self.websocket.wait() is not None:
                pass
        self.is_gone = True

    def send(self, message: str, now_s: float) -> None:
        """Send a message; blocks the calling task while the socket is full."""
        self.stuck_since_s = now_s
        self.websocket.send(message)
        self.stuck_since_s = None


class PublishViewers:
    """All viewers of this kind; those that take nothing for too long are cut off.

    Args:
        evict_after_s: for how long a viewer may take nothing.
        is_stopping: whether the server stops.
        clock: monotonic, in seconds.
    """

    def __init__(
        self,
        *,
        sleep: Callable[[float], None],
        spawn: Callable[[Callable[[], None]], object],
        interval_s: float,
        evict_after_s: float,
        is_stopping: Callable[[], bool],
        refusals: Refusals,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sleep = sleep
        self._spawn = spawn
        self._interval_s = interval_s
        self._evict_after_s = evict_after_s
        self._is_stopping = is_stopping
        self._refusals = refusals
        self._clock = clock
        self._places: dict[object, str] = {}
        self._viewers: dict[int, PublishViewer] = {}

    def __len__(self) -> int:
        return len(self._places)

    def addresses(self) -> list[str]:
        """Return the address of each viewer."""
        return list(self._places.copy().values())

    def app(
        self,
        websocket_app: Callable[[Callable[[WebSocket], object]], WsgiApp],
        chart: Chart,
        address: str,
        is_over: Callable[[], bool],
    ) -> WsgiApp:
        """Return a WSGI application that takes the handshake of one viewer, and serves it.

        The viewer counts from before its handshake is answered: else more come in than may.
        """
        place = object()

        def leave() -> None:
            self._places.pop(place, None)

        def talk(websocket: WebSocket) -> None:
            try:
                self.serve(websocket, chart, address, is_over)
            finally:
                leave()

        def run(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            def refuse(*answer: Any) -> Any:
                leave()
                return start_response(*answer)

            self._places[place] = address
            try:
                # The talk may go on after the return, but only of a handshake that was good.
                return websocket_app(talk)(environ, refuse)
            except BaseException:
                leave()
                raise

        return run

    def serve(
        self, websocket: WebSocket, chart: Chart, address: str, is_over: Callable[[], bool]
    ) -> None:
        """Have the ticks of `chart` sent from now on, until the viewer leaves or it `is_over`."""
        viewer = PublishViewer(websocket, address)
        self._viewers[id(viewer)] = viewer
        # Else the kernel takes megabytes for one that does not read, and hides that it does not.
        with contextlib.suppress(OSError, AttributeError):
            socket_of(websocket).setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        self._spawn(lambda: self._send_all(viewer, chart, is_over))
        try:
            viewer.read()
        finally:
            del self._viewers[id(viewer)]
            if viewer.stuck_since_s is not None:
                cut(websocket)

    def run(self) -> None:
        """Look at the viewers now and then, for ever."""
        while True:
            self._sleep(SWEEP_S)
            self.sweep()

    def sweep(self) -> None:
        """Cut off who takes nothing for too long."""
        now_s = self._clock()
        is_stopping = self._is_stopping()
        patience_s = (
            min(STOP_PATIENCE_S, self._evict_after_s) if is_stopping else self._evict_after_s
        )
        for viewer in self._viewers.copy().values():
            since_s = viewer.stuck_since_s
            if since_s is not None and now_s - since_s > patience_s:
                self._refusals.note("slow_viewer", "takes no message of /publish", viewer.address)
                cut(viewer.websocket)

    def _send_all(self, viewer: PublishViewer, chart: Chart, is_over: Callable[[], bool]) -> None:
        """Send until there is nobody to send to; the task that reads ends with the WebSocket."""

        def is_wanted() -> bool:
            return not (viewer.is_gone or self._is_stopping() or is_over())

        with contextlib.suppress(OSError):
            for message in self._new_messages(chart, is_wanted):
                viewer.send(message, self._clock())
            viewer.websocket.close(*([SERVICE_RESTART] if self._is_stopping() else []))
            self._sleep(CLOSE_S)
            if not viewer.is_gone:
                cut(viewer.websocket)

    def _new_messages(self, chart: Chart, is_wanted: Callable[[], bool]) -> Iterator[str]:
        """Yield what comes, as long as it is wanted; others have their turn in between."""
        position = chart.history.position
        while is_wanted():
            try:
                ticks = chart.history.since(position)
            except PositionLost:
                ticks = chart.history.all()
            for piece in messages(ticks):
                yield from piece
                if not is_wanted():
                    return
                self._sleep(0)
            position = ticks.position
            self._sleep(self._interval_s)


def messages(ticks: Ticks) -> Iterator[list[str]]:
    """Yield the ticks in the format of the original, a message each, `PIECE_TICKS` at a time."""
    for first in range(0, len(ticks), PIECE_TICKS):
        piece = slice(first, first + PIECE_TICKS)
        rows = zip(ticks.time_ms[piece].tolist(), ticks.values.T[piece].tolist(), strict=True)
        yield [
            frames.dumps([{"time": int(time_ms // 1000), "y": y} for y in row])
            for time_ms, row in rows
        ]
