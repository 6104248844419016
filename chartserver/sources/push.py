"""A source that yields nothing: its chart shows what is pushed, and that alone."""

import threading
from collections.abc import Iterator, Sequence

from chartserver.sources.options import Options
from chartserver.sources.source import Source
from chartserver.ticks import Series, Tick


class Push:
    """Keeps a chart open for ticks from outside."""

    title = ""
    interval_s: float | None = None

    def __init__(self, series: Sequence[Series] = ()) -> None:
        self.series = series

    def ticks(self, stop: threading.Event) -> Iterator[Tick]:
        """Wait for `stop`, and yield nothing."""
        stop.wait()
        yield from ()


def open_push(target: str, options: Options) -> Source:
    """Open `push[?series=A,B]`."""
    series = options.series()
    options.no_target(target)
    options.finish()
    return Push(series)
