"""Charts of which Redis holds something that cannot be used: they wait, and no other does.

Plain bookkeeping; asks Redis nothing.
"""

import logging
import time
from collections.abc import Callable, Iterable

from chartserver.errors import StoreFault
from chartserver.shared.link import is_of_what_is_kept

RETRY_S = 1.0

log = logging.getLogger(__name__)


class ChartFaults:
    """What is wrong with charts, and when each is tried again; `what` is done with them."""

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._clock = clock
        self._texts: dict[str, str] = {}
        self._due_s: dict[str, float] = {}

    def of(self, chart: str) -> str:
        """Return what is wrong with a chart; "" when all is well."""
        return self._texts.get(chart, "")

    def __bool__(self) -> bool:
        """Whether anything is wrong with any chart."""
        return bool(self._texts)

    def wait_s(self, charts: Iterable[str]) -> float:
        """Return how long it is until one of these is to be tried."""
        now_s = self._clock()
        return max(0.0, min((self._due_s.get(one, now_s) for one in charts), default=now_s) - now_s)

    def is_due(self, chart: str) -> bool:
        """Whether nothing is wrong with a chart, or it is to be tried again."""
        return not self._texts or self.wait_s([chart]) == 0

    def note(self, chart: str, fault: StoreFault) -> None:
        """Take note of what is wrong with this chart alone; raise what is wrong with all."""
        if not is_of_what_is_kept(fault):
            raise fault
        if chart not in self._texts:
            log.error("chart %s: cannot be %s: Redis %s", chart, self._what, fault)
        self._texts[chart] = str(fault)
        self._due_s[chart] = self._clock() + RETRY_S

    def clear(self, chart: str) -> None:
        """Take note that nothing is wrong with a chart."""
        if self._texts and self._texts.pop(chart, ""):
            self._due_s.pop(chart, None)
            log.warning("chart %s: is %s again", chart, self._what)
