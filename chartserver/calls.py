"""Charts that call the ticker between two beats: somebody waits for what becomes of their ticks."""

from collections import deque
from collections.abc import Callable

from chartserver.alarm import Alarm


class Calls:
    """Called by any thread, answered by the ticker.

    `wake` begins the next beat, which answers as well, while the ticker waits for one.

    Attributes:
        is_resting: whether the ticker answers calls alone, until the next beat is due.
    """

    def __init__(self, alarm: Alarm, wake: Callable[[], object] = lambda: None) -> None:
        self.is_resting = False
        self._alarm = alarm
        self._wake = wake
        self._names: deque[str] = deque()

    def call(self, chart_name: str) -> None:
        """Ask for a look at the chart soon."""
        self._names.append(chart_name)
        self._alarm.set()

    def call_ticker(self, chart_name: str) -> None:
        """Ask for a look at the chart at once: by the one thing that the ticker now waits for."""
        self._names.append(chart_name)
        if self.is_resting:
            self._alarm.set()
        else:
            self._wake()

    @property
    def is_called(self) -> bool:
        """Whether a chart has called since the last `take`."""
        return bool(self._names)

    def wait(self, timeout_s: float) -> None:
        """Wait for a call, at most `timeout_s`."""
        self._alarm.wait(timeout_s)

    def take(self) -> set[str]:
        """Return the names of the charts that have called, each once."""
        return {self._names.popleft() for _ in range(len(self._names))}
