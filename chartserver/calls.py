"""Charts that call the ticker between two beats: somebody waits for what becomes of their ticks."""

from collections import deque

from chartserver.alarm import Alarm


class Calls:
    """Called by any thread, answered by the ticker."""

    def __init__(self, alarm: Alarm) -> None:
        self._alarm = alarm
        self._names: deque[str] = deque()

    def call(self, chart_name: str) -> None:
        """Ask for a look at the chart soon."""
        self._names.append(chart_name)
        self._alarm.set()

    def wait(self, timeout_s: float) -> None:
        """Wait for a call, at most `timeout_s`."""
        self._alarm.wait(timeout_s)

    def take(self) -> set[str]:
        """Return the names of the charts that have called, each once."""
        return {self._names.popleft() for _ in range(len(self._names))}
