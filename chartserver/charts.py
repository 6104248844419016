"""The charts of one server: made when they are asked for, and as they were kept; and their sources.

Knows nothing of who watches, and nothing of the ticker that feeds them.
"""

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from chartserver.alarm import Alarm
from chartserver.calls import Calls
from chartserver.chart import Chart
from chartserver.chart_plan import ChartPlan
from chartserver.errors import ConfigError, NotKept, StoreFault, UnknownChart
from chartserver.histories import Histories, OwnHistories
from chartserver.history import MemoryHistory
from chartserver.pushes import PushLimits
from chartserver.settings import Settings
from chartserver.shared.opening import open_together
from chartserver.shared.peers import Peers
from chartserver.source_thread import SourceThread
from chartserver.sources.push import Push
from chartserver.store import levels
from chartserver.store.store import Restored
from chartserver.ticks import Series, check_chart_name


class Charts:
    """Makes charts, each name once, and runs what feeds them.

    `make_alarm` makes what tasks can wait for; `offload` calls what blocks, without holding up the
    loop.

    Attributes:
        by_name: all charts there are.
        plans: of those that were planned.
        threads: of the sources.
        peers: the other processes that have the same charts; None where there are none.
        histories: what charts are made of, and how their ticks get in.
        store: where histories are kept; None for in memory alone.
        take: moves what has come of a chart into its history; for the ticker.
        alarm: set when ticks have come.
        calls: charts somebody waits for.

    Raises:
        ConfigError: the store cannot be opened.
    """

    def __init__(
        self,
        settings: Settings,
        make_alarm: Callable[[], Alarm],
        offload: Callable[[Callable[[], Any]], Any],
    ) -> None:
        self.by_name: dict[str, Chart] = {}
        self.plans: dict[str, ChartPlan] = {}
        self.threads: list[SourceThread] = []
        self.alarm = make_alarm()
        self.calls = Calls(make_alarm(), lambda: self.alarm.set())
        self._settings = settings
        self.histories: Histories
        self.peers: Peers | None = None
        if settings.redis_url:
            self.histories, self.peers = open_together(
                settings,
                self.by_name,
                self._capacity_of,
                self.calls.call_ticker,
                self.alarm.set,
            )
        else:
            self.histories = OwnHistories(
                settings.store, self._retention_of, self.calls.call_ticker
            )
        self.store, self.take = self.histories.store, self.histories.take
        self._make_alarm = make_alarm
        self._offload = offload
        self._lock = threading.Lock()
        self._is_started = False

    def chart(
        self,
        name: str,
        *,
        series: Sequence[str | Series] = (),
        title: str = "",
        interval_s: float | None = None,
        panels: str = "auto",
        history: int | None = None,
    ) -> Chart:
        """Return the chart of that name, made when there is none.

        Raises:
            ConfigError: no chart can have that name, or it cannot be read from the store.
        """
        if name in self.by_name:
            return self.by_name[name]
        capacity = history or self._settings.history
        said = [Series(one) if isinstance(one, str) else one for one in series]
        kept = self._entered(name, capacity, said, title)
        made = self._made(
            name, capacity, kept, said, title=title, interval_s=interval_s, panels=panels
        )
        with self._lock:
            chart = self.by_name.setdefault(name, made)
        if chart is made:
            self.histories.follow(chart, kept)
        return chart

    def pushed(self, name: str) -> Chart:
        """Return the chart of that name to push to, made when there is none.

        Raises:
            UnknownChart: there is none, and pushes have made as many charts as they may.
            NotKept: the store cannot be asked what it has kept of it.
            ConfigError: no chart can have that name.
        """
        return self.pushed_all({name: lambda chart: None})[name]

    def pushed_all(self, checks: Mapping[str, Callable[[Chart], object]]) -> dict[str, Chart]:
        """Return the charts of these names to push to; those that are not there are made.

        All or none: each is first given to its check, which raises what its push would meet, and
        one that is not there is not made before all checks have passed. One alone that is there
        is not checked.

        Raises:
            UnknownChart, NotKept, ConfigError: as `pushed` says.
        """
        new = [name for name in checks if name not in self.by_name]
        self._check_may_make([check_chart_name(name) for name in new])
        drafts = {name: self._draft(name) for name in new}
        for name, check in checks.items():
            # One that is alone and there says by itself, and counts, what its push meets.
            if name in drafts or len(checks) > 1:
                check(drafts[name] if name in drafts else self.by_name[name])
        follow = []
        if self.histories.is_shared:
            # All others have them from now on; another process may have been first.
            for name in [name for name in drafts if name not in self.by_name]:
                drafts[name], restored = self._draft_for_all(name)
                follow.append((drafts[name], restored))
        with self._lock:
            # Another request may have made some of them meanwhile.
            drafts = {name: one for name, one in drafts.items() if name not in self.by_name}
            self._check_may_make(list(drafts))
            self.by_name.update(drafts)
            found = {name: self.by_name[name] for name in checks}
        for chart, restored in follow:
            if found[chart.name] is chart:
                # By no thread that others may keep busy: without it the chart would stand still.
                follows = partial(self.histories.follow, chart, restored)
                threading.Thread(target=follows, name="shared-follow", daemon=True).start()
        return found

    def most_pushed(self) -> int:
        """Return how many charts a request could push to: those there are, and yet may be."""
        return len(self.by_name) + max(0, self._settings.new_charts - self._n_made())

    def check_pushed(self, name: str) -> None:
        """Raise what any push to the chart of that name would meet, whatever is pushed.

        Raises:
            NotPushable: it has a source of its own.
            UnknownChart: there is none, and pushes have made as many charts as they may.
            ConfigError: no chart can have that name.
        """
        if name in self.by_name:
            self.by_name[name].check_takes_pushes()
        else:
            self._check_may_make([check_chart_name(name)])

    def open(self, plan: ChartPlan) -> Chart:
        """Make a chart as it is planned, fed by its source.

        Raises:
            ConfigError: there is one of that name, or it cannot be read from the store.
        """
        if plan.name in self.by_name:
            raise ConfigError(f"chart {plan.name!r} is there already; expected a name of its own")
        self.plans[plan.name] = plan
        chart = self.chart(
            plan.name,
            series=plan.series,
            title=plan.title,
            interval_s=plan.interval_s,
            panels=plan.panels,
            history=plan.history,
        )
        chart.is_pushable = isinstance(plan.source, Push)
        try:
            thread = SourceThread(chart, plan.source)
        except NotKept as error:
            raise ConfigError(str(error)) from None
        with self._lock:
            self.threads.append(thread)
            is_started = self._is_started
        if is_started:
            self._run(thread)
        return chart

    def start(self) -> None:
        """Make the charts that pushes once made, as they were kept, and start the sources."""
        for name in self.store.names() if self.store else ():
            self._make_pushed(name)
        self.histories.start(self._make_pushed)
        with self._lock:
            self._is_started = True
            threads = list(self.threads)
        for thread in threads:
            self._run(thread)
        if self.peers:
            self.peers.start()

    def _run(self, thread: SourceThread) -> None:
        if self.peers:
            self.peers.run(thread)
        else:
            thread.start()

    def _make_pushed(self, name: str) -> None:
        """Make a chart that a push has made, here before or at another process."""
        if name not in self.by_name:
            self.chart(name).is_pushed = True

    def _capacity_of(self, name: str) -> int:
        plan = self.plans.get(name)
        return (plan and plan.history) or self._settings.history

    def _retention_of(self, name: str) -> levels.Retention:
        plan = self.plans.get(name)
        said = plan.retention._asdict() if plan else {}
        settled = {"ticks_days": self._settings.retention_days}
        return levels.Retention(
            **settled | {level: days for level, days in said.items() if days is not None}
        )

    def _made(
        self,
        name: str,
        capacity: int,
        kept: Restored | None,
        said: Sequence[Series],
        *,
        title: str = "",
        interval_s: float | None = None,
        panels: str = "auto",
    ) -> Chart:
        n_series = len(kept.series) if kept else 0
        chart = Chart(
            name,
            now_ms=self.histories.now_ms,
            history=MemoryHistory.restored(capacity, n_series, kept.ticks)
            if kept
            else MemoryHistory(capacity),
            title=title,
            series=series_after(kept.series, said, self.histories.is_shared) if kept else said,
            interval_s=interval_s,
            panels=panels,
            on_put=self.histories.on_put(name, self.alarm.set),
            on_push=self.calls.call,
            limits=PushLimits(
                series=self._settings.push_series,
                ticks_per_s=self._settings.push_ticks_per_s,
                reorder_s=self._settings.reorder_s,
                future_s=self._settings.future_s or math.inf,
            ),
            make_alarm=self._make_alarm,
            agree=self.histories.agree_for(name),
        )
        if kept:
            chart.restore_keys(kept.keys)
            chart.notes.restore(kept.notes)
        return chart

    def _entered(
        self, name: str, capacity: int, said: Sequence[Series], title: str
    ) -> Restored | None:
        try:
            return self.histories.enter(check_chart_name(name), capacity, said, title, False)
        except StoreFault as error:
            raise ConfigError(f"chart {name!r} cannot be read: the store {error}") from None

    def _draft(self, name: str) -> Chart:
        """Return a chart as it was kept, which nobody else can find yet."""
        capacity = self._settings.history
        return self._drafted(name, lambda: self.histories.read(name, capacity))[0]

    def _draft_for_all(self, name: str) -> tuple[Chart, Restored | None]:
        """Return a chart as all processes have it from now on, and with what it begins."""
        capacity = self._settings.history
        return self._drafted(name, lambda: self.histories.enter(name, capacity, (), "", True))

    def _drafted(
        self, name: str, read: Callable[[], Restored | None]
    ) -> tuple[Chart, Restored | None]:
        try:
            kept = self._offload(read) if self.store else None
        except StoreFault as error:
            raise NotKept(f"chart {name!r} cannot be made: the store {error}") from None
        chart = self._made(name, self._settings.history, kept, ())
        chart.is_pushed = True
        return chart, kept

    def _n_made(self) -> int:
        return sum(chart.is_pushed for chart in list(self.by_name.values()))

    def _check_may_make(self, names: Sequence[str]) -> None:
        """Raise UnknownChart when there is not room for all charts of these names."""
        if not names:
            return
        most, made = self._settings.new_charts, self._n_made()
        left = max(0, most - made)
        if len(names) > left:
            may = f"pushes have made {made} and may make no more"
            if not most:
                may = "pushes make none"
            elif left:
                may += f" than {most}, of {len(names)} asked for"
            name = names[left]
            raise UnknownChart(
                f"there is no chart {name!r}, and {may}; expected one that is there, or serve it"
                f" as '{name}=push'"
            )


def series_after(
    kept: Sequence[Series], said: Sequence[Series], is_shared: bool = False
) -> Sequence[Series]:
    """Return the series of a chart that was kept, in its order, as they are described now.

    What was said of them before does not count: who described them may do it otherwise today. What
    other processes say of them does.
    """
    by_name = {one.name: one for one in said}
    known = [by_name.pop(one.name, one if is_shared else Series(one.name)) for one in kept]
    return [*known, *by_name.values()]
