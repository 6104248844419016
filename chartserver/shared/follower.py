"""The one thread of a process that reads the logs of all its charts, and hands on what is new.

Cut off, it reads on from where it was. What can no longer be read, or is another history by now, is
handed on whole.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from chartserver.errors import StoreFault
from chartserver.shared import scripts
from chartserver.shared.chart_faults import ChartFaults
from chartserver.shared.coding import DAMAGE, Entry, EntryId, entry
from chartserver.shared.connection import Connection
from chartserver.shared.link import (
    Backoff,
    Client,
    Link,
    faults,
    is_of_what_is_kept,
    together,
)
from chartserver.shared.log import pushed_names, state_of
from chartserver.shared.mending import Mending
from chartserver.shared.news import Came, Made, News
from chartserver.shared.reader import Missed, Reader
from chartserver.shared.redis_clock import RedisClock
from chartserver.shared.renewal import Renewal
from chartserver.shared.tail import Tails
from chartserver.ticks import Position

BLOCK_S, ANSWER_S = 1.0, 2.5
LOOK_S = 1.0
ENTRIES_AT_ONCE = 500
WAKES, WAKE_S = 5, 0.02

log = logging.getLogger(__name__)

OnNews = Callable[[str, News], None]


class Follower:
    """Reads logs, and calls `on_news` in its thread with a chart's name and what is new.

    Attributes:
        faults: why some charts cannot be.
    """

    def __init__(
        self,
        link: Link,
        tails: Tails,
        mending: Mending,
        capacity_of: Callable[[str], int],
        redis_clock: RedisClock,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.faults = ChartFaults("read")
        self._redis_clock = redis_clock
        self._link = link
        self._connection = Connection(link, "read", self._prepare, ANSWER_S)
        self._renewal = Renewal(self._connection, mending, capacity_of, self.faults, self._tell)
        self._tails = tails
        self._clock = clock
        self._on_news: OnNews = lambda chart, news: None
        self._readers: dict[str, Reader] = {}
        self._names: set[str] = set()
        self._lock = threading.Lock()
        # Asked for, and known to the read that is under way.
        self._asked = self._known = 0
        self._changed = threading.Event()
        self._is_closing = threading.Event()
        self._client_id = 0
        self._look_s = float("-inf")
        self._thread = threading.Thread(target=self._run, name="shared-follower", daemon=True)

    @property
    def fault(self) -> str:
        """Why nothing can be read now; "" when all is well."""
        return self._connection.fault

    def start(self, on_news: OnNews) -> None:
        """Begin to read; only once."""
        self._on_news = on_news
        self._thread.start()

    def watch(self, chart: str, position: Position) -> None:
        """Read a chart's log on from `position`; may block for some milliseconds."""
        tail = self._tails.of(chart)
        with self._lock:
            self._readers[chart] = Reader(tail, position, lambda: self._series_of(chart))
            self._names.add(chart)
            self._asked += 1
        self._wake()

    def know(self, chart: str) -> None:
        """Do not tell of a chart as one that another process has made."""
        self._names.add(chart)

    def forget(self, chart: str) -> None:
        """Tell of a chart again, when it is there, unless it is watched."""
        if chart not in self._readers:
            self._names.discard(chart)

    def lead(self, chart: str, before: EntryId, came: Came) -> None:
        """Hand on what this process has appended to a chart, right after the entry `before`.

        Where that was not read yet, all of it is read in its order.
        """
        reader = self._readers.get(chart)
        if reader is not None and not self._pass_by(reader, before, came):
            # Who waits for others behind other logs comes to this one when its rest is over.
            self._changed.set()

    def _pass_by(self, reader: Reader, before: EntryId, came: Came) -> bool:
        # Whoever reads just now may wait for Redis; it finds what came in the log.
        if not reader.lock.acquire(blocking=False):
            reader.lead.pause()
            return False
        try:
            if reader.has_read(came.ticks):
                reader.lead.keep()
            elif reader.pass_by(before, came.ticks):
                reader.lead.keep()
                self._tell(reader.chart, came)
            else:
                reader.lead.lose()
                return False
        finally:
            reader.lock.release()
        return True

    def close(self) -> None:
        """End the thread."""
        self._is_closing.set()
        with self._lock:
            self._asked += 1
        if self._thread.is_alive():
            self._wake()
            self._thread.join(ANSWER_S)

    def _wake(self) -> None:
        """Have the thread end its wait: what is new to it must not wait for that to end."""
        self._changed.set()
        for _ in range(WAKES):
            if self._known >= self._asked or not self._connection.is_open:
                return
            with suppress(StoreFault):
                self._link.call(lambda client: client.client_unblock(self._client_id))
            time.sleep(WAKE_S / WAKES)

    def _run(self) -> None:
        backoff = Backoff()
        while not self._is_closing.is_set():
            try:
                self._read(self._connection.client())
            except Exception as error:
                self._connection.failed(error)
                self._is_closing.wait(backoff.next_s())
            else:
                backoff.reset()
                self._connection.is_well()
        self._connection.close()

    def _read(self, client: Client) -> None:
        if self._clock() - self._look_s >= LOOK_S:
            self._look(client)
        with self._lock:
            rest_s = {name: one.lead.left_s() for name, one in self._readers.items()}
            readers = {
                scripts.key(name, "log"): one
                for name, one in self._readers.items()
                if not rest_s[name] and not self.faults.of(name)
            }
            self._known = self._asked
        block_s = min([BLOCK_S, *filter(None, rest_s.values())])
        if not readers:
            self._changed.wait(block_s)
            self._changed.clear()
            return
        streams = {key: str(one.last) for key, one in readers.items()}
        try:
            found = read_on(client, streams, block_s)
        except StoreFault as fault:
            if not is_of_what_is_kept(fault):
                raise
            # One of them is to blame, and all others are to go on.
            self._look(client)
            return
        for raw_key, raw in found:
            reader = readers[raw_key.decode()]
            try:
                self._take(reader, raw)
            except StoreFault as fault:
                self.faults.note(reader.chart, fault)

    def _take(self, reader: Reader, raw: Sequence[Any]) -> None:
        try:
            with reader.lock:
                ids = [EntryId.read(each[0].decode()) for each in raw]
                new = [one for one in zip(ids, raw, strict=True) if one[0] > reader.last]
                for news in reader.take((one, entry_of(each)) for one, each in new):
                    self._tell(reader.chart, news)
        except Missed as missed:
            self._renewal.renew(reader, str(missed))
        if reader.has_missed_notes:
            reader.has_missed_notes = False
            self._renewal.renew_notes(reader)

    def _look(self, client: Client) -> None:
        """Compare what is known with what Redis has: after a loss it would be silent for ever."""
        with self._lock:
            readers = list(self._readers.values())
        self._renewal.look(readers)
        for name in pushed_names(client):
            if name not in self._names:
                self._names.add(name)
                self._tell(name, Made())
        self._redis_clock.read(client)
        self._look_s = self._clock()

    def _tell(self, chart: str, news: News) -> None:
        try:
            self._on_news(chart, news)
        except Exception:
            # Who was to be told must not end what all other charts wait for.
            log.exception("chart %s: nobody could be told what has come", chart)

    def _series_of(self, chart: str) -> Any:
        state = state_of(self._connection.client(), chart)
        if state is None:
            raise StoreFault("has lost what it kept of a chart; it is given back")
        return state.series

    def _prepare(self, client: Client) -> None:
        with faults():
            self._client_id = client.client_id()
        self._look_s = float("-inf")


def read_on(
    client: Client, streams: Mapping[str, str], block_s: float
) -> Sequence[tuple[bytes, Sequence[tuple[bytes, Mapping[bytes, bytes]]]]]:
    """Wait for what comes after those ids, by the keys; return the entries of each that has some.

    At most `block_s`.

    Not by the client's own method, which takes as long as all the rest.
    """
    count = ("COUNT", ENTRIES_AT_ONCE, "BLOCK", max(1, int(block_s * 1000)))
    (found,) = together(client, [("XREAD", *count, "STREAMS", *streams, *streams.values())])
    if isinstance(found, Exception):
        with faults():
            raise found
    return [
        (
            key,
            [
                (raw_id, dict(zip(fields[::2], fields[1::2], strict=True)))
                for raw_id, fields in entries
            ],
        )
        for key, entries in found or ()
    ]


def entry_of(raw: Sequence[Any]) -> Entry | None:
    """Return an entry; None for one that is of no kind that is known, or damaged."""
    try:
        return entry(*raw)
    except DAMAGE as error:
        log.warning("an entry at %s cannot be read: %s", raw[0].decode(), error)
        return None
