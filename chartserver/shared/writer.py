"""The one thread of a process that writes into the logs: each batch once, whatever happens.

A batch of which is not known whether it was written is asked for again under its number, for ever,
until Redis says where it stands or why it is refused.
"""

import logging
import secrets
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chartserver.batch import Batch, Fenced, KeptKey, Late, Repeated
from chartserver.errors import ChartServerError, StoreFault
from chartserver.shared import scripts
from chartserver.shared.chart_faults import ChartFaults
from chartserver.shared.coding import EntryId, json_text, runs
from chartserver.shared.connection import Connection
from chartserver.shared.link import (
    Backoff,
    Client,
    Link,
    faults,
    is_unknown_script,
    together,
)
from chartserver.shared.log import agree, join, restore
from chartserver.shared.mending import GRACE_MS, Mending
from chartserver.shared.news import Came
from chartserver.shared.outbox import Outbox, Submitted
from chartserver.shared.redis_clock import RedisClock
from chartserver.shared.tail import Tail, Tails
from chartserver.ticks import Floats, Position, Ticks

WAIT_MOST_S = 0.1
# Where the answer to an append says behind which entry it is.
KEPT_BEFORE = 2

log = logging.getLogger(__name__)


class Writer:
    """Appends batches, and tells what is told, in the order in which they are submitted.

    `capacity_of` says how many ticks of a chart are kept. `on_kept` is called in its thread with
    the name of the chart, the id of the entry behind which ticks were appended, and with these.

    Attributes:
        name: of this writer, of all processes.
        faults: why some charts cannot be.
        ticks_kept, commits, failures: as those of a store.
    """

    def __init__(
        self,
        link: Link,
        name: str,
        tails: Tails,
        mending: Mending,
        capacity_of: Callable[[str], int],
        on_kept: Callable[[str, EntryId, Came], object] = lambda *_: None,
        grace_ms: int = GRACE_MS,
    ) -> None:
        self.name = name
        self.faults = ChartFaults("written")
        self.ticks_kept = self.commits = self.failures = 0
        self._connection = Connection(link, "written", scripts.load)
        self._tails = tails
        self._mending = mending
        self._capacity_of = capacity_of
        self._on_kept = on_kept
        self._grace_ms = grace_ms
        self._outbox = Outbox()
        self._is_closing = False
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shared-writer", daemon=True)

    @property
    def fault(self) -> str:
        """Why nothing can be written now; "" when all is well."""
        return self._connection.fault

    def start(self, clock: RedisClock) -> None:
        """Connect, ask for the time, and begin to write.

        Raises:
            StoreFault: Redis is not there.
        """
        clock.read(self._connection.client())
        self._thread.start()

    def submit(self, batch: Batch, on_done: Callable[[], None]) -> None:
        """Have `batch` written; from any thread, at once."""
        self._outbox.put(batch, on_done)

    def tell(self, chart: str, kind: str, content: Any) -> None:
        """Have something told; what is told of the same kind before that goes in its place."""
        self._outbox.tell(chart, kind, content)

    def close(self, timeout_s: float) -> bool:
        """Write what waits, and end; whether all was written within `timeout_s`."""
        self._is_closing = True
        self._outbox.wake()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        self._given_up.set()
        return not self._outbox.has_batches()

    def _run(self) -> None:
        backoff = Backoff()
        while not self._given_up.is_set():
            if not self._outbox:
                if self._is_closing:
                    break
                self._outbox.wait()
                continue
            if self.faults and (wait_s := self.faults.wait_s(self._outbox.charts())):
                self._outbox.wait(wait_s)
                continue
            try:
                pause_s = self._write()
            except Exception as error:
                self._failed(error)
                pause_s = backoff.next_s()
            else:
                backoff.reset()
                self._connection.is_well("; nothing is lost")
            if pause_s:
                self._given_up.wait(pause_s)
        self._connection.close()

    def _write(self) -> float:
        """Write one batch of each chart, and what is told; return how long to wait then."""
        client = self._connection.client()
        asked, commands = [], []
        for one in self._outbox.first():
            chart = one.batch.chart
            if not self.faults.is_due(chart):
                continue
            try:
                commands.append(self._append(client, one))
                asked.append(one)
            except StoreFault as fault:
                self.faults.note(chart, fault)
        answers = together(client, commands) if commands else []
        self._tell_all(client)
        return self._decide(client, list(zip(asked, answers, strict=True)))

    def _append(self, client: Client, one: Submitted) -> Sequence[Any]:
        """Return the command that appends a batch."""
        batch, tail = one.batch, self._tails.of(one.batch.chart)
        self._agree(client, tail, one)
        pieces = [part for run in runs(tail.epoch, batch.time_ms, one.values) for part in run]
        times = [repr(float(batch.time_ms[i])) for i in (0, -1)] if len(batch) else ["", ""]
        of = scripts.keys(batch.chart)
        head = (
            tail.epoch, tail.offset, self._connection.run_id, self._grace_ms, self.name, one.number,
            batch.fence, *times, len(batch), self._capacity_of(batch.chart), len(batch.keys),
        )  # fmt: skip
        return (
            *("EVALSHA", scripts.DIGESTS["append"], len(of), *of),
            ",".join(map(str, head)),
            batch.title if batch.title != tail.title else "",
            *(part for key in batch.keys for part in key),
            *pieces,
        )

    def _agree(self, client: Client, tail: Tail, one: Submitted) -> None:
        """Have all know the chart and the series of a batch; bring its values into their order."""
        batch = one.batch
        with tail.lock:
            if not tail.epoch:
                self._join(client, tail, batch)
            names = [series.name for series in tail.series]
            own = [series.name for series in batch.series]
            if not set(own).issubset(names):
                tail.series = agree(client, batch.chart, tail.series, batch.series)
                names = [series.name for series in tail.series]
        one.values = in_one_order(batch.values, own[: len(batch.values)], names)

    def _begin_anew(self, client: Client, tail: Tail, batch: Batch) -> None:
        """Hold the chart as all have it by now: what was held of it may be lost once more."""
        found = restore(client, batch.chart, self._capacity_of(batch.chart))
        if found is None:
            self._join(client, tail, batch)
        else:
            tail.begin(*found)

    def _join(self, client: Client, tail: Tail, batch: Batch) -> None:
        epoch = tail.epoch or batch.epoch or secrets.token_hex(4)
        is_pushed = tail.is_pushed or batch.is_pushed
        title = tail.title or batch.title
        state = join(client, batch.chart, epoch, batch.series, title, is_pushed)
        tail.start(state.epoch, state.offset)
        tail.title, tail.series, tail.is_pushed = state.title, state.series, state.is_pushed

    def _decide(self, client: Client, answers: Sequence[tuple[Submitted, Any]]) -> float:
        """Take what Redis has answered; return how long to wait until the next try."""
        pause_s = 0.0
        self.commits += bool(answers)
        for one, raw in answers:
            try:
                pause_s = max(pause_s, self._take(client, one, raw))
            except StoreFault as fault:
                self.faults.note(one.batch.chart, fault)
        return pause_s

    def _take(self, client: Client, one: Submitted, raw: Any) -> float:
        if isinstance(raw, Exception):
            with faults():
                raise raw
        kind, *said = scripts.answer(raw)
        if kind == "wait":
            return min(WAIT_MOST_S, float(said[0]) / 1000)
        if kind in ("lost", "behind", "other"):
            tail = self._tails.of(one.batch.chart)
            with tail.lock:
                self._mending.mend(client, self._connection.run_id, tail)
                self._begin_anew(client, tail, one.batch)
        else:
            self._decided(one, kind, said)
        return 0.0

    def _decided(self, one: Submitted, kind: str, said: Sequence[str]) -> None:
        batch, tail = one.batch, self._tails.of(one.batch.chart)
        if kind == "kept":
            came = self._held(tail, one, Position(said[0], int(said[1])))
            if came is None:
                return
            self.ticks_kept += len(batch)
            # Of a batch that was in the log already is not known behind what.
            if len(said) > KEPT_BEFORE and len(batch):
                self._on_kept(batch.chart, EntryId.read(said[KEPT_BEFORE]), came)
        elif kind == "late":
            batch.refusal = Late(float(said[0]))
        elif kind == "repeated":
            rows = zip(*(said[i::4] for i in range(4)), strict=True)
            batch.refusal = Repeated(
                [KeptKey(name, int(at), int(n), int(kept)) for name, at, n, kept in rows]
            )
        elif kind == "fenced":
            batch.refusal = Fenced()
        else:
            raise ChartServerError(f"a log answered {kind!r}; expected what this program knows")
        self.faults.clear(batch.chart)
        self._outbox.take_out(one)
        try:
            one.on_done()
        except Exception:
            # Kept it is; who was to be told must not end what all others wait for.
            log.exception("chart %s: nobody could be told what is kept", batch.chart)

    def _held(self, tail: Tail, one: Submitted, end: Position) -> Came | None:
        """Hold what is kept; None when Redis has lost its log meanwhile: it is asked again."""
        batch = one.batch
        before = end.offset - len(batch)
        keys = [KeptKey(key.digest, before + key.end, key.n, key.n_kept) for key in batch.keys]
        with tail.lock:
            if tail.epoch != end.epoch:
                return None
            tail.title = batch.title or tail.title
            ticks = Ticks(*end, batch.time_ms, one.values)
            tail.hold(ticks)
            if keys:
                tail.hold_keys(keys)
            tail.hold_writer(self.name, one.number, end.offset)
        batch.ticks = Ticks(*end, batch.time_ms, batch.values)
        return Came(ticks, tuple(keys))

    def _tell_all(self, client: Client) -> None:
        for telling in self._outbox.tellings():
            chart, kind, content = telling
            if not self.faults.is_due(chart):
                continue
            try:
                of = scripts.keys(chart)
                raw = scripts.run(client, "tell", of, kind, json_text(content))
                if scripts.answer(raw)[0] == "lost":
                    raise StoreFault("has lost what it kept of a chart; it is given back")
            except StoreFault as fault:
                self.faults.note(chart, fault)
                continue
            self._outbox.was_told(telling)
            if not self._outbox.has_batches(chart):
                self.faults.clear(chart)

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        if isinstance(error, StoreFault) and is_unknown_script(error):
            # Somebody has had Redis forget all scripts.
            self._connection.close()
        else:
            self._connection.failed(error)


def in_one_order(values: Floats, own: Sequence[str], names: Sequence[str]) -> Floats:
    """Return rows of values, which are of the series `own`, in the order of `names`."""
    if own == names[: len(own)]:
        return values
    ordered = np.full((len(names), values.shape[1]), np.nan)
    ordered[[names.index(name) for name in own]] = values
    return ordered
