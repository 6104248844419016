"""Wakes those who read on by themselves when a chart has something new for them.

They read ticks from the history, from where each of them is. What has no position, such as a
status, is kept here as it was told last: who is slow gets the last one only.
"""

import itertools
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from chartserver.broadcast.catch_up import CatchUps
from chartserver.broadcast.drafts import Drafts
from chartserver.broadcast.event_lines import event_lines
from chartserver.broadcast.snapshots import Snapshots
from chartserver.chart import Chart
from chartserver.ticks import Ticks

# To send something to each of them takes a few milliseconds.
GROUP_READERS = 100


class Bell(Protocol):
    """An event of the async library: rung once, for all who wait."""

    def set(self) -> None:
        """Wake all who wait; who waits later does not wait at all."""

    def wait(self, timeout: float | None = None) -> bool | None:
        """Wait; not true when nothing has rung in so many seconds."""


class Group:
    """Readers that are woken together, by one bell.

    Who waits takes the `bell` first, looks then whether there is something, and waits for that
    bell: what comes in between has rung it.

    Attributes:
        n_readers: how many there are; without any nobody is woken.
    """

    def __init__(self, make_bell: Callable[[], Bell]) -> None:
        self.n_readers = 0
        self._make_bell = make_bell
        self.bell = make_bell()

    def ring(self) -> None:
        """Wake all who wait."""
        if self.n_readers:
            rung, self.bell = self.bell, self._make_bell()
            rung.set()


class Tide:
    """What is new of one chart, and the groups of those who want to know.

    `rest` gives others a turn, and those who were woken theirs.

    Attributes:
        told: the number of the last notice, which rises with each.
    """

    def __init__(
        self, make_bell: Callable[[], Bell], rest: Callable[[], object] = lambda: None
    ) -> None:
        self.told = 0
        self._make_bell = make_bell
        self._rest = rest
        self._groups: list[Group] = []
        self._lock = threading.Lock()
        self._notices: dict[str, tuple[int, bytes]] = {}

    @property
    def n_readers(self) -> int:
        """How many readers there are."""
        return sum(group.n_readers for group in self._groups)

    def enter(self) -> Group:
        """Return the group of one more reader, which has to `leave` it."""
        with self._lock:
            for group in self._groups:
                if group.n_readers < GROUP_READERS:
                    break
            else:
                group = Group(self._make_bell)
                self._groups.append(group)
            group.n_readers += 1
            return group

    def leave(self, group: Group) -> None:
        """Count a reader no more."""
        with self._lock:
            group.n_readers -= 1

    def ring(self) -> None:
        """Wake all who wait, a group at a time: all at once would hold up everybody else."""
        for i, group in enumerate(self._groups.copy()):
            if i:
                self._rest()
            group.ring()

    def tell(self, event: str, number: int, content: Any) -> None:
        """Keep a notice in place of the last of its kind, and wake all who wait."""
        if self.n_readers:
            self._notices[event] = number, event_lines(event, content)
        self.told = number
        self.ring()

    def notices_after(self, told: int) -> list[bytes]:
        """Return the notices after that number, in their order."""
        later = sorted(one for one in self._notices.copy().values() if one[0] > told)
        return [notice for _, notice in later]


class Tides:
    """The tides of all charts: a broadcast, for those who are not sent to but come for it.

    Attributes:
        snapshots: answers to who joins or comes back.
        catch_ups: what leads on.
        exact_ticks: so many are sent exactly to who is behind.
    """

    def __init__(
        self,
        make_bell: Callable[[], Bell],
        exact_ticks: int,
        drafts: Drafts | None = None,
        rest: Callable[[], object] = lambda: None,
    ) -> None:
        self.exact_ticks = exact_ticks
        self.snapshots = Snapshots(event_lines, drafts=drafts)
        self.catch_ups = CatchUps(exact_ticks, event_lines)
        self._make_tide = partial(Tide, make_bell, rest)
        self._numbers = itertools.count(1)
        self._tides: dict[str, Tide] = {}

    def of(self, chart: Chart) -> Tide:
        """Return the tide of a chart."""
        tide = self._tides.get(chart.name)
        return tide or self._tides.setdefault(chart.name, self._make_tide())

    def tick(self, chart: Chart, _ticks: Ticks) -> None:
        """Wake all: there are new ticks."""
        self.catch_ups.clear()
        self.of(chart).ring()

    def description(self, chart: Chart) -> None:
        """Tell the description, which has changed."""
        self._tell("chart", chart, {"chart": chart.name, "description": chart.describe()})

    def status(self, chart: Chart) -> None:
        """Tell the status of the source, which has changed."""
        self._tell("status", chart, chart.status.notice(chart.name))

    def viewers(self, chart: Chart) -> None:
        """Tell the number of viewers, or who of them presents: it has changed."""
        self._tell("viewers", chart, chart.attendance())

    def note(self, chart: Chart, change: dict[str, Any]) -> None:
        """Tell a change of the notes; who misses one sees it by the next one's number."""
        self._tell("note", chart, {"chart": chart.name, **change})

    def renew(self, chart: Chart) -> None:
        """Wake all: the history has begun anew, and each finds that it is of another epoch."""
        self.catch_ups.clear()
        self.of(chart).ring()

    def _tell(self, event: str, chart: Chart, content: Any) -> None:
        self.of(chart).tell(event, next(self._numbers), content)


class Both:
    """Two broadcasts as one: first to the one, then to the other."""

    def __init__(self, first: Any, second: Any) -> None:
        self._each = (first, second)

    def tick(self, chart: Chart, ticks: Ticks) -> None:
        """Send new ticks as one frame."""
        for one in self._each:
            one.tick(chart, ticks)

    def description(self, chart: Chart) -> None:
        """Send the description, which has changed."""
        for one in self._each:
            one.description(chart)

    def status(self, chart: Chart) -> None:
        """Send the status of the source, which has changed."""
        for one in self._each:
            one.status(chart)

    def viewers(self, chart: Chart) -> None:
        """Send the number of viewers, or who of them presents: it has changed."""
        for one in self._each:
            one.viewers(chart)

    def note(self, chart: Chart, change: dict[str, Any]) -> None:
        """Send a change of the notes."""
        for one in self._each:
            one.note(chart, change)

    def renew(self, chart: Chart) -> None:
        """Send a snapshot to all: the history has begun anew."""
        for one in self._each:
            one.renew(chart)
