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
# Plain ones, of which there are few to a chart, are not pushed out by those of all sizes.
PLAIN_KEPT_MAX = 1_000
PLAIN_UNDER_WAY_MAX = 1
TAG_HEX_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, and what names its content."""

    content: bytes
    tag: str
    state: Any
    drawn_s: float


class Shelf:
    """Pictures that are kept, those asked for last, and how many more are being drawn."""

    def __init__(self, kept_max: int, under_way_max: int) -> None:
        self.under_way = 0
        self._kept_max = kept_max
        self._under_way_max = under_way_max
        self._kept: OrderedDict[tuple[str, Wish], Picture] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def is_full(self) -> bool:
        """Whether no more may be drawn for now."""
        return self.under_way >= self._under_way_max

    def find(self, key: tuple[str, Wish]) -> Picture | None:
        """Return the picture kept, if there is one."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: tuple[str, Wish], picture: Picture) -> None:
        """Keep a picture in place of the one that was kept, and of the one that is oldest."""
        self._kept[key] = picture
        self._kept.move_to_end(key)
        while len(self._kept) > self._kept_max:
            self._kept.popitem(last=False)


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
        self._plain = Shelf(PLAIN_KEPT_MAX, PLAIN_UNDER_WAY_MAX)
        self._special = Shelf(KEPT_MAX, UNDER_WAY_MAX)

    def picture(self, chart: Chart, wish: Wish) -> Picture:
        """Return the picture of the chart now, drawn unless it is there.

        Raises:
            BadRequest: the chart has no series of a name that is asked for.
            Busy: too many are being drawn.
            NotPainted: it could not be.
        """
        key = (chart.name, wish)
        shelf = self._plain if wish.is_plain else self._special
        # Before it is drawn: what comes meanwhile is in the next one.
        state = (chart.history.position, chart.version, chart.status)
        kept = shelf.find(key)
        if kept is not None and self._is_good(kept, state):
            return kept
        if shelf.is_full:
            if kept is not None:
                # It says of when it is.
                return kept
            raise Busy("too many pictures are asked for at once; try again in a moment")
        shelf.under_way += 1
        try:
            content = self._offload(lambda: self._paint(make_scene(chart, wish)))
        finally:
            shelf.under_way -= 1
        self.drawn += 1
        tag = hashlib.sha256(content).hexdigest()[:TAG_HEX_DIGITS]
        picture = Picture(content, tag, state, self._clock())
        shelf.keep(key, picture)
        return picture

    def _is_good(self, kept: Picture, state: Any) -> bool:
        return bool(kept.state == state) or self._clock() - kept.drawn_s < FRESH_S
