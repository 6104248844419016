"""The original's raw WebSocket: each message is one tick, `[{"time": s, "y": v}, …]`.

Every viewer is a position in the history and reads on from it when its socket has taken the last
message, so one that is slow holds up nobody and nothing is queued for it.
"""

import threading
from collections.abc import Callable
from typing import Any

from chartserver import frames
from chartserver.chart import Chart
from chartserver.errors import PositionLost
from chartserver.stack.engine import WebSocket
from chartserver.ticks import Ticks


def publish(
    websocket: WebSocket,
    chart: Chart,
    *,
    sleep: Callable[[float], None],
    spawn: Callable[[Callable[[], None]], object],
    interval_s: float,
    is_stopping: Callable[[], bool],
) -> None:
    """Send the ticks of `chart` from now on until the viewer leaves or the server stops.

    What the viewer sends is read and ignored, as the original does.
    """
    gone = threading.Event()

    def read() -> None:
        try:
            while websocket.wait() is not None:
                pass
        except (OSError, ValueError):
            pass
        gone.set()

    spawn(read)
    position = chart.history.position
    try:
        while not gone.is_set() and not is_stopping():
            try:
                ticks = chart.history.since(position)
            except PositionLost:
                ticks = chart.history.all()
            for message in messages(ticks):
                websocket.send(message)
            position = ticks.position
            sleep(interval_s)
    except OSError:
        return
    finally:
        websocket.close()


def messages(ticks: Ticks) -> list[str]:
    """Return the ticks in the format of the original, one message a tick."""
    return [
        frames.dumps([{"time": int(time_ms // 1000), "y": y} for y in ticks.values[:, i].tolist()])
        for i, time_ms in enumerate(ticks.time_ms.tolist())
    ]


def refusal() -> dict[str, Any]:
    """Return what a request without a WebSocket handshake is told."""
    return {"error": "got a plain request; expected a WebSocket, such as ws://host/publish"}
