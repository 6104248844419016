"""The one thread of a process that writes into the logs: each batch once, whatever happens.

A batch of which is not known whether it was written is asked for again under its number, for ever,
until Redis says where it stands or why it is refused.
"""

import logging
import secrets
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chartserver.batch import Batch, Fenced, KeptKey, Late, Repeated
from chartserver.errors import ChartServerError, StoreFault
from chartserver.shared import scripts
from chartserver.shared.coding import json_text, runs
from chartserver.shared.link import (
    Backoff,
    Client,
    Link,
    faults,
    is_unknown_script,
    run_of,
    together,
)
from chartserver.shared.log import agree, join
from chartserver.shared.mending import GRACE_MS, Mending
from chartserver.shared.redis_clock import RedisClock
from chartserver.shared.tail import Tail, Tails
from chartserver.ticks import Floats, Position, Series, Ticks

WAIT_MOST_S = 0.1

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Submitted:
    """A batch, its number, and what to call once it is decided."""

    batch: Batch
    number: int
    on_done: Callable[[], None]


class Writer:
    """Appends batches, and tells what is told, in the order in which they are submitted.

    `capacity_of` says how many ticks of a chart are kept.

    Attributes:
        name: of this writer, of all processes.
        fault: why nothing can be written now; "" when all is well.
        ticks_kept, commits, failures: as those of a store.
    """

    def __init__(
        self,
        link: Link,
        name: str,
        tails: Tails,
        mending: Mending,
        capacity_of: Callable[[str], int],
        grace_ms: int = GRACE_MS,
    ) -> None:
        self.name = name
        self.fault = ""
        self.ticks_kept = self.commits = self.failures = 0
        self._link = link
        self._tails = tails
        self._mending = mending
        self._capacity_of = capacity_of
        self._grace_ms = grace_ms
        self._numbers: Counter[str] = Counter()
        self._waiting: deque[Submitted] = deque()
        self._told: dict[tuple[str, str], Any] = {}
        self._woken = threading.Condition()
        self._is_closing = False
        self._given_up = threading.Event()
        self._client: Client | None = None
        self._run_id = ""
        self._thread = threading.Thread(target=self._run, name="shared-writer", daemon=True)

    def start(self, clock: RedisClock) -> None:
        """Connect, ask for the time, and begin to write.

        Raises:
            StoreFault: Redis is not there.
        """
        clock.read(self._connected())
        self._thread.start()

    def submit(self, batch: Batch, on_done: Callable[[], None]) -> None:
        """Have `batch` written; from any thread, at once."""
        with self._woken:
            self._numbers[batch.chart] += 1
            self._waiting.append(Submitted(batch, self._numbers[batch.chart], on_done))
            self._woken.notify()

    def tell(self, chart: str, kind: str, content: Any) -> None:
        """Have something told; what is told of the same kind before that goes in its place."""
        with self._woken:
            self._told[chart, kind] = content
            self._woken.notify()

    def close(self, timeout_s: float) -> bool:
        """Write what waits, and end; whether all was written within `timeout_s`."""
        with self._woken:
            self._is_closing = True
            self._woken.notify()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        self._given_up.set()
        return not self._waiting

    def _run(self) -> None:
        backoff = Backoff()
        while not self._given_up.is_set():
            with self._woken:
                if not self._waiting and not self._told and not self._is_closing:
                    self._woken.wait()
                if self._is_closing and not self._waiting and not self._told:
                    break
            try:
                pause_s = self._write()
            except Exception as error:
                self._failed(error)
                pause_s = backoff.next_s()
            else:
                backoff.reset()
                self._is_well()
            if pause_s:
                self._given_up.wait(pause_s)
        self._disconnect()

    def _write(self) -> float:
        """Write one batch of each chart, and what is told; return how long to wait then."""
        client = self._connected()
        first: dict[str, Submitted] = {}
        for one in list(self._waiting):
            first.setdefault(one.batch.chart, one)
        commands = [self._append(client, one) for one in first.values()]
        answers = together(client, commands) if commands else []
        self._tell_all(client)
        return self._decide(client, list(zip(first.values(), answers, strict=True)))

    def _append(self, client: Client, one: Submitted) -> Sequence[Any]:
        """Return the command that appends a batch."""
        batch, tail = one.batch, self._tails.of(one.batch.chart)
        self._agree(client, tail, batch)
        values = in_one_order(batch, tail.series)
        pieces = [part for run in runs(tail.epoch, batch.time_ms, values) for part in run]
        times = [repr(float(batch.time_ms[i])) for i in (0, -1)] if len(batch) else ["", ""]
        of = scripts.keys(batch.chart)
        return (
            "EVALSHA", scripts.DIGESTS["append"], len(of), *of,
            tail.epoch, tail.offset, self._run_id, self._grace_ms, self.name, one.number,
            batch.fence, *times, len(batch), self._capacity_of(batch.chart),
            batch.title if batch.title != tail.title else "", len(batch.keys),
            *(part for key in batch.keys for part in key),
            *pieces,
        )  # fmt: skip

    def _agree(self, client: Client, tail: Tail, batch: Batch) -> None:
        """Have all know the chart and the series of a batch."""
        with tail.lock:
            if not tail.epoch:
                self._join(client, tail, batch)
            known = {one.name for one in tail.series}
            if any(one.name not in known for one in batch.series):
                tail.series = agree(client, batch.chart, tail.series, batch.series)

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
            if isinstance(raw, Exception):
                with faults():
                    raise raw
            kind, *said = scripts.answer(raw)
            if kind == "wait":
                pause_s = min(WAIT_MOST_S, float(said[0]) / 1000)
            elif kind in ("lost", "behind", "other"):
                tail = self._tails.of(one.batch.chart)
                with tail.lock:
                    self._mending.mend(client, self._run_id, tail)
                    self._join(client, tail, one.batch)
            else:
                self._decided(one, kind, said)
        return pause_s

    def _decided(self, one: Submitted, kind: str, said: Sequence[str]) -> None:
        batch, tail = one.batch, self._tails.of(one.batch.chart)
        if kind == "kept":
            if not self._held(tail, one, Position(said[0], int(said[1]))):
                return
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
        self._waiting.remove(one)
        try:
            one.on_done()
        except Exception:
            # Kept it is; who was to be told must not end what all others wait for.
            log.exception("chart %s: nobody could be told what is kept", batch.chart)

    def _held(self, tail: Tail, one: Submitted, end: Position) -> bool:
        """Hold what is kept; False when Redis has lost its log meanwhile: it is asked again."""
        batch = one.batch
        with tail.lock:
            if tail.epoch != end.epoch:
                return False
            tail.title = batch.title or tail.title
            tail.hold(Ticks(*end, batch.time_ms, in_one_order(batch, tail.series)))
            tail.hold_writer(self.name, one.number, end.offset)
        batch.ticks = Ticks(*end, batch.time_ms, batch.values)
        self.ticks_kept += len(batch)
        return True

    def _tell_all(self, client: Client) -> None:
        for (chart, kind), content in list(self._told.items()):
            scripts.run(client, "tell", scripts.keys(chart), kind, json_text(content))
            with self._woken:
                if self._told.get((chart, kind)) is content:
                    del self._told[chart, kind]

    def _connected(self) -> Client:
        if self._client is None:
            client = self._link.connect()
            try:
                self._run_id = run_of(client)
                scripts.load(client)
            except BaseException:
                client.close()
                raise
            self._client = client
        return self._client

    def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _is_well(self) -> None:
        if self.fault:
            log.warning("Redis %s: is written again; nothing is lost", self._link.name)
            self.fault = ""

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        if isinstance(error, StoreFault) and is_unknown_script(error) and self._client:
            # Somebody has had Redis forget all scripts.
            self._disconnect()
            return
        self._disconnect()
        text = str(error)
        if not isinstance(error, ChartServerError):
            text = f"cannot be written ({type(error).__name__}); the log says more"
            if text != self.fault:
                log.error("Redis %s: %s", self._link.name, text, exc_info=error)
        elif not self.fault:
            log.error("Redis %s: %s; tried again until it can be", self._link.name, text)
        self.fault = text


def in_one_order(batch: Batch, series: Sequence[Series]) -> Floats:
    """Return the values of a batch in the order of `series`, among which are all of its own."""
    names = [one.name for one in series]
    own = [one.name for one in batch.series[: len(batch.values)]]
    if own == names[: len(own)]:
        return batch.values
    values = np.full((len(names), len(batch)), np.nan)
    values[[names.index(name) for name in own]] = batch.values[: len(own)]
    return values
