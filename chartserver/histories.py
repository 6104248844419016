"""Where the histories of a server's charts are: in its memory alone, or in a store of its own.

`shared.histories` keeps the same promises for histories that several processes share.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from chartserver.chart import Chart
from chartserver.clock import StampClock
from chartserver.inlet import Agree
from chartserver.keeper import Keeper
from chartserver.shared.keeper import SharedKeeper
from chartserver.store.levels import Retention
from chartserver.store.opening import open_store
from chartserver.store.store import Restored, Store
from chartserver.ticks import Series, Ticks


class Histories(Protocol):
    """What charts are made of, and how their ticks get in.

    Attributes:
        store: where they are kept beyond this process; None for nowhere.
        is_shared: whether other processes have the same charts.
        shared: moves ticks by way of a log, where they have; None where not.
    """

    @property
    def store(self) -> Store | None: ...

    @property
    def is_shared(self) -> bool: ...

    @property
    def shared(self) -> SharedKeeper | None: ...

    def take(self, chart: Chart, /) -> Ticks | None:
        """Move what has come of a chart into its history; for the ticker."""

    def on_put(self, name: str, wake: Callable[[], object]) -> Callable[[], object]:
        """Return what is to be called when something has come of a chart, by any thread.

        `wake` wakes the ticker, which takes it.
        """

    def now_ms(self) -> float:
        """Return the time that is put on ticks which bring none."""

    def read(self, name: str, capacity: int) -> Restored | None:
        """Return a chart as it was kept; None for one that was not. Raises StoreFault; blocks."""

    def enter(
        self, name: str, capacity: int, series: Sequence[Series], title: str, is_pushed: bool
    ) -> Restored | None:
        """Return what a chart begins with that is made now; as `read`.

        Where several processes have it, it is there for all from now on.
        """

    def agree_for(self, name: str) -> Agree | None:
        """Return what adds series to those that all processes have of a chart; None for no need."""

    def follow(self, chart: Chart, restored: Restored | None) -> None:
        """Have a chart, which has begun with that, told of what others add; may block."""

    def start(self, on_made: Callable[[str], None]) -> None:
        """Begin to hear of what others add; `on_made` is told of charts that they have made."""


class OwnHistories:
    """Histories of this process alone, with the store of `url`, or none for `memory:`.

    `on_kept` is called with the name of a chart, by any thread, when something was kept.

    Raises:
        ConfigError: the store cannot be opened.
    """

    is_shared = False
    shared = None

    def __init__(
        self, url: str, retention: Callable[[str], Retention], on_kept: Callable[[str], None]
    ) -> None:
        self.store = open_store(url, retention)
        self.take: Callable[[Chart], Ticks | None] = (
            Keeper(self.store, on_kept).take if self.store else Chart.take
        )
        self.now_ms = StampClock().now_ms

    def on_put(self, _name: str, wake: Callable[[], object]) -> Callable[[], object]:
        """Return `wake`."""
        return wake

    def read(self, name: str, capacity: int) -> Restored | None:
        """Return a chart as it was kept; None for one that was not."""
        return self.store.restore(name, capacity) if self.store else None

    def enter(
        self, name: str, capacity: int, _series: Sequence[Series], _title: str, _is_pushed: bool
    ) -> Restored | None:
        """Return what a chart begins with that is made now."""
        return self.read(name, capacity)

    def agree_for(self, _name: str) -> Agree | None:
        """Return None: nobody else has the chart."""
        return None

    def follow(self, chart: Chart, restored: Restored | None) -> None:
        """Do nothing: nobody else adds to it."""

    def start(self, on_made: Callable[[str], None]) -> None:
        """Do nothing: nobody else makes charts."""
