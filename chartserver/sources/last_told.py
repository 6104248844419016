"""Python of a user's that wants to know where its chart has ended: it takes a parameter `last`."""

import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from chartserver.sources.source import Last, Source
from chartserver.ticks import Series, Tick

PARAMETER = "last"


class LastTold:
    """Calls `function` with the last tick of its chart: None while there is none."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.last: Last | None = None
        self._function = function

    def __call__(self) -> Any:
        """Call the function."""
        return self._function(**{PARAMETER: self.last})


class Resumed:
    """`source`, whose function is called by `told`."""

    def __init__(self, source: Source, told: LastTold) -> None:
        self.title = source.title
        self.series: Sequence[Series] = source.series
        self.interval_s: float | None = source.interval_s
        self._source = source
        self._told = told

    def resume(self, last: Last) -> None:
        """Tell the function of `last`."""
        self._told.last = last

    def ticks(self, stop: threading.Event) -> Iterator[Tick]:
        """Yield the ticks of the source."""
        return self._source.ticks(stop)


def takes_last(thing: Callable[..., Any]) -> bool:
    """Return whether something that can be called has a parameter `last`."""
    try:
        parameter = inspect.signature(thing).parameters.get(PARAMETER)
    except (TypeError, ValueError):
        return False  # written in C, and tells nothing of itself
    return parameter is not None and parameter.kind in (
        parameter.POSITIONAL_OR_KEYWORD,
        parameter.KEYWORD_ONLY,
    )
