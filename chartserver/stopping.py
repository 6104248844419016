"""The end of a server: takes no more, hands on what is there, tells the viewers and closes."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask_socketio import SocketIO

from chartserver.alarm import Alarm
from chartserver.chart import Chart, Status
from chartserver.source_thread import SourceThread
from chartserver.stack import engine
from chartserver.ticker import Ticker

STOP_LIMIT_S = 8.0
POLL_S = 0.02
# A close frame is written just after the last packet was taken from its queue.
CLOSE_FRAME_S = 0.1
# In which a viewer that polls comes back for what it is told.
NEXT_POLL_S = 0.5


@dataclass(frozen=True, kw_only=True)
class Stopping:
    """How a server ends, once nothing new is let in.

    Attributes:
        threads: of the sources; may grow.
        count_publish_viewers: how many watch as the original's viewers do.
    """

    socketio: SocketIO
    charts: Mapping[str, Chart]
    threads: Sequence[SourceThread]
    ticker: Ticker
    alarm: Alarm
    count_publish_viewers: Callable[[], int]

    def close(self) -> None:
        """Hand on what is there, tell the viewers and close their sockets."""
        deadline_s = time.monotonic() + STOP_LIMIT_S
        for thread in self.threads:
            thread.stop()
        self._wait(lambda: not any(t.is_alive for t in self.threads), deadline_s - STOP_LIMIT_S / 2)
        self.ticker.stop()
        self.alarm.set()
        self._wait(lambda: self.ticker.is_stopped, deadline_s)
        for chart in self.charts.values():
            chart.status = Status(
                "stopping", "the server is stopping; the page comes back by itself"
            )
            self.ticker.broadcast.status(chart)
        if engine.count_polling(self.socketio):
            self.socketio.sleep(NEXT_POLL_S)
        engine.close_sessions(self.socketio)
        self._wait(
            lambda: engine.count_unsent(self.socketio) + self.count_publish_viewers() == 0,
            deadline_s,
        )
        self.socketio.sleep(CLOSE_FRAME_S)

    def _wait(self, is_done: Callable[[], bool], deadline_s: float) -> None:
        while not is_done() and time.monotonic() < deadline_s:
            self.socketio.sleep(POLL_S)
