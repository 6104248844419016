"""Work that takes long or blocks, done in a native thread while the loop goes on.

The same in every async mode: a task waits for its alarm, which the thread sets when it is done.
"""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from chartserver.alarm import Alarm
from chartserver.errors import Busy

# More would only take the interpreter from each other, and from the loop.
THREADS = 4
# Pieces of work that may wait for a thread; whoever comes then is told at once.
WAITING_MAX = 64
WAIT_S = 2.0
# A task whose work is under way looks again this often, were its alarm ever lost.
LOOK_S = 5.0

Result = TypeVar("Result")


class Threads:
    """Threads that call functions, started as they are needed.

    Not the library's, which the process waits for at its end, however long they take.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._n = 0
        self._idle = threading.Semaphore(0)
        self._waiting: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = (
            queue.SimpleQueue()
        )

    def submit(self, function: Callable[[], Result]) -> "Future[Result]":
        """Have `function` called as soon as a thread is free."""
        future: Future[Result] = Future()
        self._waiting.put((future, function))
        if not self._idle.acquire(blocking=False):
            self._start()
        return future

    def _start(self) -> None:
        with self._lock:
            if self._n == self._most:
                return
            self._n += 1
            name = f"offload-{self._n}"
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        while True:
            future, function = self._waiting.get()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function())
                except BaseException as error:
                    future.set_exception(error)
            # Else the last result would be held until the next function is called.
            del future, function
            self._idle.release()


class Offload:
    """Calls functions in threads of its own: `result = offload(function)`.

    Args:
        make_alarm: makes what a task of this async mode can wait for.
        n_threads: how many functions run at a time.
        wait_s: for how long one may wait for a thread.
        waiting_max: how many may.

    Attributes:
        refused: how many found no thread in time.
    """

    def __init__(
        self,
        make_alarm: Callable[[], Alarm],
        n_threads: int = THREADS,
        wait_s: float = WAIT_S,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        self.refused = 0
        self._make_alarm = make_alarm
        self._n_threads = n_threads
        self._threads = Threads(n_threads)
        self._most = n_threads + waiting_max
        self._wait_s = wait_s
        self._lock = threading.Lock()
        self._n = 0
        # Each is a pipe: they are used again.
        self._alarms: list[Alarm] = []

    def __call__(self, function: Callable[[], Result]) -> Result:
        """Return what `function` returns, or raise what it raises, once a thread has called it.

        It must use no socket, lock or sleep of the async library: it is not in the loop.

        Raises:
            Busy: all threads are at work, and went on with it for too long. Nothing was done.
        """
        alarm = self._enter()
        try:
            future = self._threads.submit(function)
            # It may come after the result; whoever has the alarm then looks once too often.
            future.add_done_callback(lambda _: alarm.set())
            self._await(future, alarm)
        finally:
            self._leave(alarm)
        return future.result()

    def _await(self, future: "Future[Result]", alarm: Alarm) -> None:
        deadline_s = time.monotonic() + self._wait_s
        try:
            while not future.done():
                left_s = deadline_s - time.monotonic()
                if left_s <= 0 and future.cancel():
                    raise self._busy()
                alarm.wait(left_s if left_s > 0 else LOOK_S)
        except BaseException:
            # Of a task that is ended while it waits; what is under way goes on without it.
            future.cancel()
            raise

    def _enter(self) -> Alarm:
        with self._lock:
            if self._n >= self._most:
                raise self._busy()
            self._n += 1
            if self._alarms:
                return self._alarms.pop()
        try:
            return self._make_alarm()
        except OSError:  # no descriptor is left
            with self._lock:
                self._n -= 1
            raise self._busy() from None

    def _leave(self, alarm: Alarm) -> None:
        with self._lock:
            self._n -= 1
            if len(self._alarms) < self._n_threads:
                self._alarms.append(alarm)

    def _busy(self) -> Busy:
        self.refused += 1
        return Busy("the server has too much to do at once; expected less, try again in a moment")
