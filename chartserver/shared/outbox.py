"""What waits in a process to be written into the logs: batches in order, and the newest of what is
told. Plain bookkeeping, from any thread; asks Redis nothing.
"""

import queue
import threading
from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from chartserver.batch import Batch
from chartserver.ticks import Floats


@dataclass(slots=True, eq=False)
class Submitted:
    """A batch, its number, and what to call once it is decided.

    Attributes:
        values: of the batch, in the order of the series that all have agreed on.
    """

    batch: Batch
    number: int
    on_done: Callable[[], None]
    values: Floats


class Telling(NamedTuple):
    """What is to be told of a chart."""

    chart: str
    kind: str
    content: Any


class Outbox:
    """Holds what is put into it until it is taken out; one thread waits for it."""

    def __init__(self) -> None:
        self._numbers: Counter[str] = Counter()
        self._batches: deque[Submitted] = deque()
        self._told: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        # Has a token when there is something to do.
        self._woken: queue.SimpleQueue[None] = queue.SimpleQueue()

    def put(self, batch: Batch, on_done: Callable[[], None]) -> None:
        """Have `batch` wait, under the next number of its chart."""
        with self._lock:
            self._numbers[batch.chart] += 1
            number = self._numbers[batch.chart]
            self._batches.append(Submitted(batch, number, on_done, batch.values))
        self.wake()

    def tell(self, chart: str, kind: str, content: Any) -> None:
        """Have something wait to be told, in place of what waits of the same kind."""
        with self._lock:
            self._told[chart, kind] = content
        self.wake()

    def wake(self) -> None:
        """End the wait of who waits."""
        # Whoever takes the token that is there looks after that at what waits.
        if self._woken.empty():
            self._woken.put(None)

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until something is put in, or `wake` is called, since the last wait."""
        with suppress(queue.Empty):
            self._woken.get(timeout=timeout_s)

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._batches or self._told)

    def has_batches(self, chart: str | None = None) -> bool:
        """Whether any batch waits; of `chart`, if it is said."""
        with self._lock:
            return any(chart in (None, one.batch.chart) for one in self._batches)

    def charts(self) -> Collection[str]:
        """Return the charts of which something waits."""
        with self._lock:
            return {one.batch.chart for one in self._batches} | {chart for chart, _ in self._told}

    def first(self) -> Collection[Submitted]:
        """Return the first batch of each chart, in the order in which they came."""
        first: dict[str, Submitted] = {}
        with self._lock:
            for one in self._batches:
                first.setdefault(one.batch.chart, one)
        return first.values()

    def tellings(self) -> Sequence[Telling]:
        """Return what is to be told."""
        with self._lock:
            return [Telling(*of, content) for of, content in self._told.items()]

    def take_out(self, one: Submitted) -> None:
        """Have a batch wait no more."""
        with self._lock:
            self._batches.remove(one)

    def was_told(self, telling: Telling) -> None:
        """Have it wait no more, unless something newer is in its place."""
        of = telling.chart, telling.kind
        with self._lock:
            if self._told.get(of) is telling.content:
                del self._told[of]
