"""Small things that are written beside batches: each in a transaction of its own, tried once."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, TimeoutError

from chartserver.errors import StoreFault
from chartserver.store.database import Connection, transaction

WAIT_S = 3.0

Work = Callable[[Connection], object]


class Errands:
    """What waits for the thread that writes; any thread may submit."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Work, Future[None]]] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def submit(self, work: Work) -> "Future[None]":
        """Have `work` called with a connection, in a transaction; the future is of its end."""
        future: Future[None] = Future()
        self._waiting.append((work, future))
        return future

    def run(self, connect: Callable[[], Connection]) -> bool:
        """Run all that waits; whether all went well."""
        is_well = True
        while self._waiting:
            work, future = self._waiting.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                with transaction(connect()) as connection:
                    work(connection)
            except Exception as error:
                is_well = False
                future.set_exception(error)
            else:
                future.set_result(None)
        return is_well


def wait(future: "Future[None]", fault: str) -> None:
    """Wait until it is written, or raise StoreFault; what has not begun in time never does."""
    try:
        future.result(WAIT_S)
    except TimeoutError:
        if not future.cancel():
            future.result(WAIT_S)
            return
        raise StoreFault(fault or f"has not written it within {WAIT_S:g} s") from None
