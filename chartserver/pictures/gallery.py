"""Pictures that were drawn, kept until their chart has moved on, and not drawn too often."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chartserver.chart import Chart
from chartserver.errors import Busy
from chartserver.pictures.scene import make_scene
from chartserver.pictures.wish import Wish

# A picture is at least so old before it is drawn again.
FRESH_S = 1.0
KEPT_MAX = 64
# Of these one is drawn and the others wait; threads must be left for other work.
UNDER_WAY_MAX = 2
TAG_HEX_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, and what names its content."""

    content: bytes
    tag: str
    state: Any
    drawn_s: float


class Gallery:
    """Gives pictures of charts.

    Args:
        paint: returns the picture of a scene; blocks, is called in a thread.
        offload: calls a function in a thread, and returns what it returns.
        clock: monotonic, in seconds.

    Attributes:
        drawn: how many pictures were drawn.
    """

    def __init__(
        self,
        paint: Callable[[dict[str, Any]], bytes],
        offload: Callable[[Callable[[], bytes]], bytes],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.drawn = 0
        self._paint = paint
        self._offload = offload
        self._clock = clock
        self._under_way = 0
        self._kept: OrderedDict[tuple[str, Wish], Picture] = OrderedDict()

    def picture(self, chart: Chart, wish: Wish) -> Picture:
        """Return the picture of the chart now, drawn unless it is there.

        Raises:
            BadRequest: the chart has no series of a name that is asked for.
            Busy: too many are being drawn.
            NotPainted: it could not be.
        """
        key = (chart.name, wish)
        # Before it is drawn: what comes meanwhile is in the next one.
        state = (chart.history.position, chart.version, chart.status)
        kept = self._kept.get(key)
        if kept is not None and self._is_good(kept, state):
            self._kept.move_to_end(key)
            return kept
        if self._under_way >= UNDER_WAY_MAX:
            if kept is not None:
                # It says of when it is.
                return kept
            raise Busy("too many pictures are asked for at once; try again in a moment")
        self._under_way += 1
        try:
            content = self._offload(lambda: self._paint(make_scene(chart, wish)))
        finally:
            self._under_way -= 1
        self.drawn += 1
        tag = hashlib.sha256(content).hexdigest()[:TAG_HEX_DIGITS]
        picture = self._kept[key] = Picture(content, tag, state, self._clock())
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        return picture

    def _is_good(self, kept: Picture, state: Any) -> bool:
        return bool(kept.state == state) or self._clock() - kept.drawn_s < FRESH_S
