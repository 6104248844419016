"""The one writer of a store: a thread that takes all batches submitted and writes them at once.

What cannot be written is tried again, for ever: a batch is lost only with the process. Knows
nothing of SQL but what it asks of `tables`, and nothing of who submits.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from chartserver.batch import Batch
from chartserver.errors import ChartServerError, StoreFault
from chartserver.store import pruning, resuming, schema, tables
from chartserver.store.database import Connection, Database, transaction
from chartserver.store.errands import Errands, Work, wait
from chartserver.store.keeping import Keeping, Step
from chartserver.store.levels import Retention

RETRY_S, RETRY_MOST_S = 0.1, 5.0
PRUNE_INTERVAL_S = 10.0
# Between two steps of pruning: what waits to be written goes first.
PRUNE_PAUSE_S = 0.05

log = logging.getLogger(__name__)


class Submitted(NamedTuple):
    """A batch, and what to call once it is kept."""

    batch: Batch
    on_done: Callable[[], None]


class Writer:
    """Writes batches into a database, in the order in which they are submitted.

    Attributes:
        fault: why nothing can be written now; "" when all is well.
        ticks_kept: since the start.
        commits: transactions that were written, since the start.
        failures: those that could not be, since the start.
    """

    def __init__(
        self,
        database: Database,
        retention: Callable[[str], Retention],
        *,
        clock: Callable[[], float] = time.monotonic,
        now_ms: Callable[[], float] = lambda: time.time() * 1000,
    ) -> None:
        self._database = database
        self._pruning = pruning.Pruning(retention)
        self._clock = clock
        self._now_ms = now_ms
        self.fault = ""
        self.ticks_kept = self.commits = self.failures = 0
        self._states: dict[str, Keeping] = {}
        # What is being written; after a failure, what may have been written all the same.
        self._uncertain: Sequence[Step] | None = None
        self._waiting: deque[Submitted] = deque()
        self._errands = Errands()
        self._woken = threading.Condition()
        self._is_closing = False
        self._is_given_up = threading.Event()
        self._connection: Connection | None = None
        self._connected()
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    def submit(self, batch: Batch, on_done: Callable[[], None]) -> None:
        """Have `batch` written; from any thread, at once."""
        with self._woken:
            self._waiting.append(Submitted(batch, on_done))
            self._woken.notify()

    def run_errand(self, work: Work) -> None:
        """Have `work` written beside batches, and wait; raise StoreFault when it is not."""
        with self._woken:
            future = self._errands.submit(work)
            self._woken.notify()
        wait(future, self.fault)

    @property
    def waiting(self) -> int:
        """How many batches are not yet written."""
        return len(self._waiting)

    def close(self, timeout_s: float) -> bool:
        """Write what waits, and end; whether all was written within `timeout_s`."""
        with self._woken:
            self._is_closing = True
            self._woken.notify()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            self._is_given_up.set()
            self._thread.join(1.0)
        return not self._waiting

    def _run(self) -> None:
        prune_s = self._clock() + PRUNE_INTERVAL_S
        while not self._is_given_up.is_set():
            with self._woken:
                if not self._waiting and not self._errands and not self._is_closing:
                    self._woken.wait(max(0.0, prune_s - self._clock()))
                taken = list(self._waiting)
                is_last = self._is_closing and not taken and not self._errands
            if is_last:
                break
            if taken:
                self._write_until_kept(taken)
            if self._errands and not self._errands.run(self._connected):
                self._disconnect()
            if taken:
                continue
            if self._clock() >= prune_s:
                prune_s = self._clock() + self._prune()
        self._disconnect()
        self._database.close()

    def _write_until_kept(self, taken: Sequence[Submitted]) -> None:
        pause_s, began_s = RETRY_S, self._clock()
        while not self._is_given_up.is_set():
            try:
                kept = self._write([one.batch for one in taken])
            except Exception as error:
                self._failed(error)
                self._is_given_up.wait(pause_s)
                pause_s = min(2 * pause_s, RETRY_MOST_S)
                continue
            if self.fault:
                log.warning(
                    "store %s: is written again, after %.1f s; nothing is lost",
                    self._database.name,
                    self._clock() - began_s,
                )
                self.fault = ""
            self._tell(taken, kept)
            return

    def _tell(self, taken: Sequence[Submitted], kept: Sequence[Step]) -> None:
        for (batch, on_done), step in zip(taken, kept, strict=True):
            batch.ticks = step.ticks
            self.ticks_kept += len(batch)
            self._waiting.popleft()
            try:
                on_done()
            except Exception:
                # Kept it is; who was to be told must not end what all others wait for.
                log.exception("chart %s: nobody could be told what is kept", batch.chart)

    def _write(self, batches: Sequence[Batch]) -> Sequence[Step]:
        """Write batches in one transaction; the state is that before it until it is written."""
        connection = self._connected()
        if self._uncertain is None:
            with transaction(connection):
                self._uncertain = self._plan(connection, batches)
                tables.write(connection, self._uncertain, self._now_ms())
            self.commits += 1
        steps, self._uncertain = self._uncertain, None
        self._states |= {step.after.about.name: step.after for step in steps}
        return steps

    def _plan(self, connection: Connection, batches: Sequence[Batch]) -> Sequence[Step]:
        """Return what keeping each batch takes, one after the other."""
        states = dict(self._states)
        steps = []
        for batch in batches:
            if batch.chart not in states:
                states[batch.chart] = _numbered(resuming.load(connection, batch.chart), states)
            steps.append(states[batch.chart].take(batch))
            states[batch.chart] = steps[-1].after
        return steps

    def _connected(self) -> Connection:
        """Return the connection, made anew at the start and after a failure."""
        if self._connection is None:
            connection = self._database.connect_writer()
            try:
                with transaction(connection):
                    schema.make_tables(connection, self._database.blob_type)
                    if not self._is_written(connection):
                        self._uncertain = None
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _is_written(self, connection: Connection) -> bool:
        """Whether the transaction that failed last was written: its end may have been lost.

        Raises:
            StoreFault: somebody else has written to the store.
        """
        planned = {step.after.about.name: step.after for step in self._uncertain or ()}
        found = {name: tables.end_of(connection, name) for name in self._states | planned}
        before = {name: state.offset for name, state in self._states.items()}
        after = before | {name: state.offset for name, state in planned.items()}
        if any(found[name] not in (before.get(name, 0), after[name]) for name in found):
            raise StoreFault(
                "another program has written to it meanwhile;"
                " expected one server for a store: stop the other, then start this one again"
            )
        return bool(planned) and found == after and after != before

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        text = str(error)
        if not isinstance(error, ChartServerError):
            text = f"cannot be written ({type(error).__name__}); the log says more"
            if text != self.fault:
                log.error("store %s: %s", self._database.name, text, exc_info=error)
        elif not self.fault:
            log.error("store %s: %s; tried again until it can be", self._database.name, text)
        self.fault = text
        self._disconnect()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _prune(self) -> float:
        """Drop some of what is too old; return the seconds until there is more to do."""
        try:
            with transaction(self._connected()) as connection:
                return (
                    PRUNE_PAUSE_S
                    if self._pruning.step(connection, self._now_ms())
                    else PRUNE_INTERVAL_S
                )
        except ChartServerError as error:
            # It is not what viewers wait for; a batch that cannot be written says so.
            self.failures += 1
            log.debug("store %s: pruning failed: %s", self._database.name, error)
            self._disconnect()
            return PRUNE_INTERVAL_S


def _numbered(state: Keeping, states: Mapping[str, Keeping]) -> Keeping:
    """Return the state of a chart that may be new, with a number that no other has."""
    taken = {one.about.chart_id for one in states.values()}
    if not state.is_new or state.about.chart_id not in taken:
        return state
    return replace(state, about=replace(state.about, chart_id=max(taken) + 1))
