"""The original's raw WebSocket: each message is one tick, `[{"time": s, "y": v}, …]`.

Every viewer is a position in the history and reads on from it when its socket has taken the last
message, so one that is slow holds up nobody and nothing is queued for it.
"""

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from chartserver import frames
from chartserver.broadcast.readers import Reader, Readers
from chartserver.chart import Chart
from chartserver.errors import PositionLost
from chartserver.stack.connection import Line, cut, socket_of
from chartserver.stack.engine import SERVICE_RESTART, WebSocket, WsgiApp
from chartserver.ticks import Ticks

# So many messages are made and sent before others have their turn.
PIECE_TICKS = 200
KIND = "publish"
# In which a viewer that was told to leave must have left.
CLOSE_S = 1.0


class PublishViewer:
    """One viewer: its WebSocket, as one that reads on.

    Attributes:
        is_gone: it has left.
    """

    __slots__ = ("is_gone", "reader", "websocket")

    def __init__(self, websocket: WebSocket, reader: Reader) -> None:
        self.websocket = websocket
        self.reader = reader
        self.is_gone = False
        reader.line = Line(socket_of(websocket))

    def read(self) -> None:
        """Read what the viewer sends, and ignore it, as the original does; until it leaves."""
        with contextlib.suppress(OSError, ValueError):
            while self.websocket.wait() is not None:
                pass
        self.is_gone = True

    def send(self, message: str, now_s: float) -> None:
        """Send a message; blocks the calling task while the socket is full."""
        self.reader.stuck_since_s = now_s
        self.websocket.send(message)
        self.reader.stuck_since_s = None


class PublishViewers:
    """Serves viewers of this kind, who are counted and judged as `readers`."""

    def __init__(
        self,
        readers: Readers,
        *,
        sleep: Callable[[float], None],
        spawn: Callable[[Callable[[], None]], object],
        interval_s: float,
    ) -> None:
        self._readers = readers
        self._sleep = sleep
        self._spawn = spawn
        self._interval_s = interval_s

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

        def run(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            reader = self._readers.enter(KIND, address)

            def talk(websocket: WebSocket) -> None:
                try:
                    self.serve(websocket, chart, reader, is_over)
                finally:
                    self._readers.leave(reader)

            def refuse(*answer: Any) -> Any:
                self._readers.leave(reader)
                return start_response(*answer)

            try:
                # The talk may go on after the return, but only of a handshake that was good.
                return websocket_app(talk)(environ, refuse)
            except BaseException:
                self._readers.leave(reader)
                raise

        return run

    def serve(
        self, websocket: WebSocket, chart: Chart, reader: Reader, is_over: Callable[[], bool]
    ) -> None:
        """Have the ticks of `chart` sent from now on, until the viewer leaves or it `is_over`."""
        viewer = PublishViewer(websocket, reader)
        self._spawn(lambda: self._send_all(viewer, chart, is_over))
        try:
            viewer.read()
        finally:
            if reader.stuck_since_s is not None:
                cut(websocket)

    def _send_all(self, viewer: PublishViewer, chart: Chart, is_over: Callable[[], bool]) -> None:
        """Send until there is nobody to send to; the task that reads ends with the WebSocket."""

        def is_wanted() -> bool:
            return not (viewer.is_gone or self._readers.is_stopping or is_over())

        with contextlib.suppress(OSError):
            for message in self._new_messages(chart, is_wanted):
                viewer.send(message, self._readers.clock())
            viewer.websocket.close(*([SERVICE_RESTART] if self._readers.is_stopping else []))
            self._sleep(CLOSE_S)
            if not viewer.is_gone:
                cut(viewer.websocket)

    def _new_messages(self, chart: Chart, is_wanted: Callable[[], bool]) -> Iterator[str]:
        """Yield what comes, as long as it is wanted; others have their turn in between."""
        position, last_ms = chart.history.position, chart.history.last_time_ms or -math.inf
        while is_wanted():
            try:
                ticks = chart.history.since(position)
            except PositionLost:
                # What it has seen is not sent again where the history has begun anew.
                ticks = chart.history.between(np.nextafter(last_ms, np.inf), np.inf)
            if len(ticks):
                last_ms = float(ticks.time_ms[-1])
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
