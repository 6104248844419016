"""A client for Python: iterates over the ticks of a chart, each once, over any outage.

Owns the address, the inbox of events, and what is asked of the server; the rules are the
viewer's, the connection is the link's.
"""

import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

from chartserver.clients.address import split_url
from chartserver.clients.data_frame import data_frame
from chartserver.clients.link import Link
from chartserver.clients.viewer import Counts, SeenTick, Viewer
from chartserver.errors import ChartServerError, ConfigError, Silent
from chartserver.frames import POINTS_MAX, POINTS_MIN
from chartserver.ticks import Position, Series

INBOX_EVENTS = 1_000
FIRST_SNAPSHOT_LIMIT_S = 10.0
ASK_AGAIN_S = 8.0
WAKE_S = 0.5


class Client:
    """A viewer of one chart of a running server.

        with Client("http://127.0.0.1:8000/fx") as client:
            for tick in client:
                print(tick.offset, tick.values["EURUSD"])

    Yields each tick once and in order, also those that came while the link was down; a server that
    began afresh is told by the `epoch` of the ticks. When ticks are taken more slowly than they
    come, the server waits; it is for the server then to reduce them (`offset` is None).

    For one thread; only `close` may be called from any: it ends the iteration.

    Args:
        url: `http://host:8000`, `http://host:8000/fx`, `host:8000`, or the same with https; or a
            signed link, `http://host:8000/fx?link=…`.
        chart: the name, unless it is in the URL; the server's first chart when it is in neither.
        token: sent along, for servers that want one; in place of the link that is in the URL.
        since: where an earlier client was, its `position` or that of a tick, or the text of it:
            what came after is yielded first.
        points: at most so many ticks of history, reduced; None for all.
        history: yield the ticks of the server's history first.
        timeout_s: iterating raises `Silent` when no tick comes for so long; None: it waits.
    """

    def __init__(
        self,
        url: str,
        chart: str | None = None,
        *,
        token: str | None = None,
        since: Position | str | None = None,
        points: int | None = None,
        history: bool = False,
        timeout_s: float | None = None,
    ) -> None:
        self.url, in_url, link = split_url(url)
        if chart and in_url and chart != in_url:
            raise ConfigError(
                f"got chart {chart!r} and URL {url!r}; expected one chart,"
                f" such as {self.url}/{chart}"
            )
        self.link_reason = ""
        since = Position.parse(since) if isinstance(since, str) else since
        self._viewer = Viewer(chart=chart or in_url, since=since)
        self._token = token or link
        self._points = points
        self._has_history = history
        self._timeout_s = timeout_s
        self._state = "connecting"
        self._closed = threading.Event()
        self._inbox: queue.Queue[tuple[str, Any]] = queue.Queue(INBOX_EVENTS)
        self._waiting: deque[SeenTick] = deque()
        self._asked = ""
        self._asked_until_s = 0.0
        self._link = Link(self.url, auth=self._auth, put=self._put)

    @property
    def link(self) -> str:
        """How the connection is: connecting, up, down or closed; `link_reason` says why."""
        return "closed" if self._closed.is_set() else self._state

    @property
    def description(self) -> dict[str, Any]:
        """The chart's description, with `status`, `reason` and `viewers` as of now."""
        return self._viewer.description

    @property
    def series(self) -> Sequence[Series]:
        """The series of the chart, in their order; none before the first snapshot."""
        return [_series(one) for one in self.description.get("series", ())]

    @property
    def position(self) -> Position | None:
        """Where in the history this client is; None before the first snapshot."""
        return self._viewer.position

    @property
    def counts(self) -> Counts:
        """Snapshots, backfills, restarts, and ticks refilled and missed, so far."""
        return self._viewer.counts

    def connect(self) -> "Client":
        """Connect and wait for the first snapshot, and for what came after `since`.

        Raises:
            ChartServerError: the server cannot be reached, has refused (such as a chart that it
                does not know), or is no chartserver; or `close` was called.
        """
        self._link.connect()
        self._state = "up"
        deadline_s = time.monotonic() + FIRST_SNAPSHOT_LIMIT_S
        while self.position is None or self._asked:
            if self._closed.is_set():
                raise ChartServerError(f"the client of {self.url} is closed; expected a new one")
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                self.close()
                raise ChartServerError(
                    f"{self.url} sent no snapshot in {FIRST_SNAPSHOT_LIMIT_S:g} s;"
                    " expected a running chartserver, such as http://127.0.0.1:8000"
                )
            try:
                self._waiting.extend(self.poll(min(left_s, WAKE_S)))
            except ChartServerError:
                self.close()
                raise
        return self

    def poll(self, timeout_s: float) -> list[SeenTick]:
        """Return ticks that are new, oldest first; none when nothing comes in `timeout_s`.

        May return none before that time when something else has changed, such as the status.

        Raises:
            ChartServerError: the server sent what makes no sense.
        """
        if self._waiting:
            ticks = list(self._waiting)
            self._waiting.clear()
            return ticks
        if self._asked and time.monotonic() > self._asked_until_s:
            self._ask(self._asked)
        try:
            event, payload = self._inbox.get(timeout=max(0.0, timeout_s))
        except queue.Empty:
            return []
        return self._handle(event, payload)

    def to_pandas(self) -> Any:
        """Return the ticks that have come and were not yielded, as a pandas DataFrame.

        The index has the times, in UTC; each series is a column, NaN for missing. With `history`
        the first call has the history, and each later one what is new. `attrs` tells the chart,
        the position after the last tick (for `since`), and whether the ticks are reduced.

        Raises:
            ChartServerError: pandas is not installed.
        """
        ticks = list(self._waiting)
        self._waiting.clear()
        for _ in range(self._inbox.qsize()):
            ticks += self.poll(0.0)
        return data_frame(ticks, [one.name for one in self.series], self.position)

    def close(self) -> None:
        """Disconnect; the iteration ends."""
        self._closed.set()
        self._link.close()
        with contextlib.suppress(queue.Full):
            self._inbox.put_nowait(("closed", None))  # wakes who waits for more

    def __enter__(self) -> "Client":
        return self if self.link != "connecting" else self.connect()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[SeenTick]:
        if self.link == "connecting":
            self.connect()
        came_s = time.monotonic()
        while self.link != "closed":
            # Kept here and not in a list of the generator: what it does not get to is not lost.
            self._waiting.extend(self.poll(self._wait_s(came_s)))
            while self._waiting and self.link != "closed":
                yield self._waiting.popleft()
                came_s = time.monotonic()
            if self._timeout_s is not None and time.monotonic() - came_s >= self._timeout_s:
                raise Silent(self._silence())

    def _wait_s(self, came_s: float) -> float:
        """Return for how long to wait for a tick when the last came at `came_s`."""
        if self._timeout_s is None:
            return WAKE_S
        return min(WAKE_S, max(0.0, came_s + self._timeout_s - time.monotonic()))

    def _silence(self) -> str:
        why = self.link_reason if self.link == "down" else self.description.get("reason")
        return (
            f"{self.url}/{self._viewer.chart} sent no tick for {self._timeout_s:g} s"
            f"{f' ({why})' if why else ''}; expected one, or a longer timeout_s"
        )

    def _handle(self, event: str, payload: Any) -> list[SeenTick]:
        if event in ("up", "down"):
            self._state, self.link_reason = event, payload or ""
            # What was asked of the connection before is answered by what a new one sends.
            self._asked = ""
            return []
        if event == "refused":
            self._asked_until_s = time.monotonic() + ASK_AGAIN_S
            self.link_reason = str(payload)
            return []
        taken = self._viewer.take(event, payload)
        if event in ("snapshot", "backfill"):
            self._asked = ""
        if taken.ask and taken.ask != self._asked:
            self._ask(taken.ask)
        return list(taken.ticks) if self._has_history or not taken.is_history else []

    def _ask(self, what: str) -> None:
        self._asked = what
        self._asked_until_s = time.monotonic() + ASK_AGAIN_S
        request = self._request()
        if what == "snapshot":
            request.pop("since", None)
        self._link.send("subscribe", request, self._answered)

    def _answered(self, answer: Any = None) -> None:
        if isinstance(answer, dict) and "error" in answer:
            self._put("refused", answer["error"])

    def _auth(self) -> dict[str, Any]:
        return self._request() | ({"token": self._token} if self._token else {})

    def _request(self) -> dict[str, Any]:
        """Return chart, position and points as connect and subscribe want them.

        A history that nobody wants to see is reduced to next to nothing; what came during an
        outage is wanted whole.
        """
        is_first = self._viewer.position is None
        all_or_few = POINTS_MIN if is_first and not self._has_history else POINTS_MAX
        request: dict[str, Any] = {"points": self._points or all_or_few}
        if self._viewer.chart is not None:
            request["chart"] = self._viewer.chart
        if self._viewer.position is not None:
            request["since"] = self._viewer.position._asdict()
        return request

    def _put(self, event: str, payload: Any) -> None:
        """Put an event into the inbox; wait while it is full, for as long as the client is open."""
        while not self._closed.is_set():
            try:
                self._inbox.put((event, payload), timeout=WAKE_S)
                return
            except queue.Full:
                continue


def _series(described: Mapping[str, Any]) -> Series:
    known = {
        key: described[key] for key in ("label", "unit", "color", "digits") if key in described
    }
    return Series(str(described["name"]), **known)


def connect(url: str, chart: str | None = None, **options: Any) -> Client:
    """Connect to the chart at `url` and return its client; `options` are those of `Client`.

    Raises:
        ChartServerError: see `Client.connect`.
    """
    return Client(url, chart, **options).connect()
