"""The supervisor of workers: processes that serve one port together, each of them a whole server.

It starts them, starts those again that have died, and ends them all; whatever becomes of it, none
is left behind. It serves nobody and knows nothing of charts.
"""

import contextlib
import logging
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from chartserver.operation.process import END_LIMIT_S, LAST_LIMIT_S

# The pause before one that died is started again; doubled each time, unless it has lived for long.
PAUSE_S, PAUSE_MAX_S = 0.25, 30.0
LIVED_LONG_S = 60.0
# Each worker ends itself before that.
STOP_LIMIT_S = END_LIMIT_S + LAST_LIMIT_S + 1.0
# Signals and the ends of workers wake the loop; this is in case that one was missed.
LOOK_S = 5.0
# What a worker ends with that finds its settings wrong, or the port or a library missing.
USAGE_STATUS = 2
FAILED_STATUS = 1
ASKING = (signal.SIGTERM, signal.SIGINT)

log = logging.getLogger(__name__)


class Worker:
    """One worker: a process after the other, each under the same number.

    Attributes:
        is_serving: whether the process that runs now has said so.
        due_s: when to start it again; meaningless while it runs.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.is_serving = False
        self.due_s = 0.0
        self.process: subprocess.Popen[bytes] | None = None
        self.line: socket.socket | None = None
        self._began_s = 0.0
        self._deaths = 0

    @property
    def status(self) -> int | None:
        """How the process has ended; None while there is none, or it runs."""
        return self.process.poll() if self.process else None

    def start(self, make_command: Callable[[str], Sequence[str]], now_s: float) -> None:
        """Start the process; `make_command` is given its lifeline, as an option has it."""
        ours, theirs = socket.socketpair()
        with theirs:
            command = make_command(f"{self.number}:{theirs.fileno()}")
            self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()])
        self.line, self._began_s = ours, now_s
        log.info("worker %d is process %d", self.number, self.process.pid)

    def read(self) -> None:
        """Take what the process has said on its lifeline."""
        said = b""
        with contextlib.suppress(OSError):  # a reset is an end
            said = self.line.recv(64) if self.line else b""
        if said:
            self.is_serving = True
        else:
            self.let_go()

    def let_go(self) -> None:
        """Close the lifeline: the process ends in good order, if it runs."""
        if self.line is not None:
            self.line.close()
        self.line = None

    def bury(self, now_s: float) -> None:
        """Take note of the process's end."""
        assert self.process is not None
        how, pid = how_ended(self.process.wait()), self.process.pid
        self.let_go()
        self.process, self.is_serving = None, False
        self._deaths = 0 if now_s - self._began_s > LIVED_LONG_S else self._deaths + 1
        pause_s = min(PAUSE_MAX_S, PAUSE_S * 2 ** max(0, self._deaths - 1))
        self.due_s = now_s + pause_s
        log.warning(
            "worker %d, process %d, %s; it is started again in %g s",
            *(self.number, pid, how, pause_s),
        )


class Workers:
    """`n` workers, kept alive until this process is asked to end.

    Args:
        make_command: gives the command line of a worker whose lifeline it is given.
        on_serving: called once all of them serve for the first time.
    """

    def __init__(
        self,
        n: int,
        make_command: Callable[[str], Sequence[str]],
        on_serving: Callable[[], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.workers = [Worker(number) for number in range(1, n + 1)]
        self._make_command = make_command
        self._on_serving = on_serving
        self._clock = clock
        self._has_served = self._have_all_served = False
        self._asked: list[int] = []
        self._woken, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def run(self) -> int:
        """Keep them alive until SIGTERM or SIGINT, end them, and return the exit status.

        0 when all have ended well. A second signal ends all at once, this process by the signal. A
        first worker that finds fault with what it was given is the end, with its own status.
        """
        with self._signals():
            while not self._asked:
                if status := self._tend():
                    self._kill()
                    return status
                self._wait(self._next_s() - self._clock())
            return self._stop()

    def _tend(self) -> int:
        """Bury the dead and start who is due; return USAGE_STATUS when that can come to nothing."""
        now_s = self._clock()
        for worker in self._ended():
            if worker.status == USAGE_STATUS and not self._has_served:
                return USAGE_STATUS  # it has said why
            worker.bury(now_s)
        self._has_served = self._has_served or any(one.is_serving for one in self.workers)
        # The first one alone shall say what is wrong with the settings, once.
        for worker in self.workers if self._has_served else self.workers[:1]:
            if worker.process is None and worker.due_s <= now_s and not self._asked:
                worker.start(self._make_command, now_s)
        if not self._have_all_served and all(worker.is_serving for worker in self.workers):
            self._have_all_served = True
            self._on_serving()
        return 0

    def _ended(self) -> Sequence[Worker]:
        return [one for one in self.workers if one.status is not None]

    def _next_s(self) -> float:
        """Return when somebody is to be started next, if nothing happens before."""
        now_s = self._clock()
        waiting = self.workers if self._has_served else self.workers[:1]
        due = [one.due_s for one in waiting if one.process is None]
        return min([now_s + LOOK_S, *due])

    def _wait(self, limit_s: float) -> None:
        """Wait until a signal has come, a worker has said something or ended, or `limit_s`."""
        lines = {one.line.fileno(): one for one in self.workers if one.line is not None}
        ready, _, _ = select.select([self._woken, *lines], [], [], max(0.0, limit_s))
        for one in ready:
            if one in lines:
                lines[one].read()
            else:
                os.read(self._woken, 4096)

    def _stop(self) -> int:
        log.info("stopping; workers: %d", sum(one.process is not None for one in self.workers))
        running = {one.number: one.process for one in self.workers if one.process}
        for worker in self.workers:
            worker.let_go()
        deadline_s = self._clock() + STOP_LIMIT_S
        while any(process.poll() is None for process in running.values()):
            if len(self._asked) > 1:
                self._kill()
                signal.signal(self._asked[1], signal.SIG_DFL)
                signal.raise_signal(self._asked[1])
            if self._clock() > deadline_s:
                log.error("workers still run after %g s; they are killed", STOP_LIMIT_S)
                self._kill()
                break
            self._wait(min(LOOK_S, deadline_s - self._clock()))
        # One that was only starting may have been ended by the signal that all were sent.
        ends = {number: process.wait() for number, process in running.items()}
        ill = {number: status for number, status in ends.items() if -status not in (0, *ASKING)}
        for number, status in ill.items():
            log.error("worker %d %s", number, how_ended(status))
        return FAILED_STATUS if ill else 0

    def _kill(self) -> None:
        for worker in self.workers:
            if worker.process is not None:
                worker.process.kill()
                worker.process.wait()
            worker.let_go()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Note signals in `_asked`, and wake the loop when a worker has ended."""

        def note(number: int, _frame: object) -> None:
            if number != signal.SIGCHLD:
                self._asked.append(number)
            with contextlib.suppress(BlockingIOError):  # it is awake already
                os.write(self._wake, b"!")

        numbers = (*ASKING, signal.SIGCHLD)
        before = [signal.signal(number, note) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)


def how_ended(status: int) -> str:
    """Return how a process has ended, in words."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:  # of real time, which have no names
        return f"was ended by signal {-status}"
