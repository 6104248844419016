"""What a process has with the others beside histories: who runs which source, who is there.

Has threads of its own for all that waits for Redis; what others say is handed on by them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chartserver.chart import Chart
from chartserver.shared.holder import Holder
from chartserver.shared.lease import Ask
from chartserver.shared.leases import Leases
from chartserver.shared.notices import BLOCK_MS, Notices
from chartserver.shared.presence import Presence, Process
from chartserver.shared.tallies import Tallies
from chartserver.source_thread import SourceThread

WEB, TICKER = "web", "ticker"
GIVEN_BACK, SHOWN = "given_back", "shown"
# A lease that cannot be renewed in a third of its time must be tried again before its end.
ANSWERS = 3
ANSWER_S = 3.0


class Peers:
    """This process among others that serve the same charts.

    `connect` returns a connection to their Redis, on which so many seconds are waited for an
    answer. `on_shown` is called, in a thread, with what somebody at another process presents, and
    `on_there` with the ids of all other processes, each second.

    Attributes:
        role: of this process, `web` or `ticker`; to be set before `start`.
        present: returns who presents here, and how many follow whom, as `Process` has it.
    """

    on_shown: Callable[[Mapping[str, Any], str], object] = staticmethod(lambda *_: None)
    on_there: Callable[[Sequence[Process]], object] = staticmethod(lambda _: None)
    present: Callable[[], tuple[Sequence[Mapping[str, Any]], Mapping[str, int]]] = staticmethod(
        lambda: ((), {})
    )

    def __init__(
        self,
        connect: Callable[[float], Ask],
        charts: Mapping[str, Chart],
        lease_s: float,
        *,
        on_counted: Callable[[], object] = lambda: None,
    ) -> None:
        self.role = WEB
        self._tallies: list[Tallies] = []
        self._charts = charts
        self._on_counted = on_counted
        self._runs: list[str] = []
        self._is_ending = False
        # Those that have said that they run nothing any more, until they are gone.
        self._leaving: set[str] = set()
        self._holder = Holder(self._leaves_to_others)
        answer_s = min(lease_s / ANSWERS, ANSWER_S)
        self._ask = connect(answer_s)
        self.presence = Presence(self._ask, self._describe, self._on_heard, ttl_s=lease_s)
        self.notices = Notices(
            connect(ANSWER_S),
            connect(ANSWER_S + BLOCK_MS / 1000),
            self.presence.id,
            self._on_notice,
        )
        self.leases = Leases(
            connect(answer_s), self._holder, lease_s, tell_given_back=self._tell_given_back
        )

    def run(self, thread: SourceThread) -> None:
        """Run a source whenever it is this process' turn."""
        if thread.chart.is_pushable:
            thread.start()  # it gives no ticks
            return
        self._runs.append(thread.chart.name)
        self._holder.add(thread)
        self.leases.want(thread.chart.name)

    def tally(self, kind: str, window_s: float) -> Tallies:
        """Return counts of what strangers do, of all processes together; before `start`."""
        self._tallies.append(Tallies(kind, window_s))
        return self._tallies[-1]

    def start(self) -> None:
        """Start the threads."""
        for one in (self.presence, self.notices, self.leases):
            one.start()

    def show(self, content: Mapping[str, Any]) -> None:
        """Tell the other processes what somebody presents here."""
        self.notices.tell(SHOWN, content, content.get("id"))

    def end(self) -> None:
        """Give all leases back, and say that this process is no more; returns at once."""
        self._is_ending = True
        self.leases.end()
        self.presence.end()

    @property
    def is_over(self) -> bool:
        """Whether what `end` has begun is done, or cannot be."""
        is_over = self.leases.is_over and self.presence.is_over
        if is_over:
            self.notices.end()
        return is_over

    def _leaves_to_others(self, name: str) -> bool:
        """Return whether a ticker is there for a chart, where this process is none."""
        if self.role == TICKER:
            return False
        return not self.presence.is_known or any(
            one.role == TICKER and name in one.runs and one.id not in self._leaving
            for one in self.presence.others
        )

    def _describe(self, own_id: str) -> Process:
        presenters, followers = self.present()
        return Process(
            own_id,
            self.role,
            () if self._is_ending else tuple(self._runs),
            {name: one.viewers for name, one in dict(self._charts).items() if one.viewers},
            presenters,
            followers,
        )

    def _on_heard(self, others: Sequence[Process]) -> None:
        self._leaving &= {one.id for one in others}
        for name, chart in dict(self._charts).items():
            chart.viewers_elsewhere = sum(one.viewers.get(name, 0) for one in others)
        self._on_counted()
        self.leases.look_again()
        self.on_there(others)
        for tallies in self._tallies:
            tallies.exchange(self._ask)

    def _on_notice(self, kind: str, content: Mapping[str, Any], process: str) -> None:
        if kind == GIVEN_BACK:
            if content.get("is_ending"):
                self._leaving.add(process)
            self.leases.hear(str(content.get("chart")))
        elif kind == SHOWN:
            self.on_shown(content, process)

    def _tell_given_back(self, name: str) -> None:
        told = {"chart": name, "is_ending": self._is_ending}
        self.notices.tell(GIVEN_BACK, told, name)
