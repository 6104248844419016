"""A receipt: what who pushed ticks is given, and can wait with until they are kept."""

import contextlib
from collections.abc import Callable

from chartserver.alarm import Alarm, ThreadAlarm
from chartserver.errors import ChartServerError
from chartserver.ticks import Position


class Outcome:
    """What becomes of a push, told to all who wait for it."""

    __slots__ = ("_make_alarm", "_waiting", "fault", "position", "refusal")

    def __init__(self, make_alarm: Callable[[], Alarm]) -> None:
        self.position: Position | None = None
        self.fault = ""
        self.refusal: ChartServerError | None = None
        self._make_alarm = make_alarm
        self._waiting: list[Alarm] = []

    @property
    def is_decided(self) -> bool:
        """Whether there is something to tell; after a fault it may still become a position."""
        return self.position is not None or self.fault != "" or self.refusal is not None

    def decide(
        self,
        position: Position | None,
        fault: str = "",
        refusal: ChartServerError | None = None,
    ) -> None:
        """Tell all who wait."""
        self.position, self.fault, self.refusal = position, fault, refusal
        while self._waiting:
            self._waiting.pop().set()

    def wait(self, timeout_s: float) -> None:
        """Wait until it is decided, at most `timeout_s`."""
        if self.is_decided:
            return
        try:
            alarm = self._make_alarm()
        except OSError:
            # No descriptor is left: who cannot wait asks again later.
            return
        self._waiting.append(alarm)
        try:
            # Who decided just before has not seen the alarm.
            if not self.is_decided:
                alarm.wait(timeout_s)
        finally:
            with contextlib.suppress(ValueError):
                self._waiting.remove(alarm)


class Receipt:
    """Says that the ticks of a push are taken, and later that they are kept.

    Attributes:
        n: ticks taken.
        n_moved: ticks of them that stood after a later one, and were put into order.
        is_repeat: whether this push had come before: nothing was taken twice.
    """

    __slots__ = ("_outcome", "is_repeat", "n", "n_moved")

    def __init__(
        self,
        n: int,
        n_moved: int = 0,
        *,
        make_alarm: Callable[[], Alarm] = ThreadAlarm,
        outcome: Outcome | None = None,
        is_repeat: bool = False,
    ) -> None:
        self.n = n
        self.n_moved = n_moved
        self.is_repeat = is_repeat
        self._outcome = outcome or Outcome(make_alarm)

    @property
    def position(self) -> Position | None:
        """The position of a viewer that has seen these ticks; None until they are kept."""
        return self._outcome.position

    @property
    def fault(self) -> str:
        """Why these ticks are not kept and may never be, "" when nothing is wrong."""
        return self._outcome.fault

    @property
    def refusal(self) -> ChartServerError | None:
        """What is wrong with the push itself, found only after it was taken; None when nothing is.

        Where several processes share a history, one cannot know all that is in it already.
        """
        return self._outcome.refusal

    def wait(self, timeout_s: float) -> bool:
        """Wait in the task or thread of the caller; whether the ticks are in the history and kept.

        False after `timeout_s`, or sooner with a `fault` or a `refusal`.
        """
        self._outcome.wait(timeout_s)
        return self.position is not None

    def complete(self, epoch: str, offset: int) -> None:
        """Say that the ticks are kept; for the ticker alone."""
        self._outcome.decide(Position(epoch, offset))

    def fail(self, fault: str) -> None:
        """Say that the ticks are not kept now; for the ticker alone."""
        self._outcome.decide(None, fault)

    def refuse(self, refusal: ChartServerError) -> None:
        """Say that the ticks do not fit after all, and never will be kept; for the ticker alone."""
        self._outcome.decide(None, refusal=refusal)

    def repeated(self) -> "Receipt":
        """Return the receipt for who pushes the same again."""
        return Receipt(self.n, self.n_moved, outcome=self._outcome, is_repeat=True)
