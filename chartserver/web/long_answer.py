"""An answer that is long on its way: made as it is read, within bounds, or else cut off.

Cut off, it cannot be taken for complete: the last chunk is missing, and the connection is reset.
"""

import errno
import time
from collections.abc import Callable, Iterator

from chartserver.errors import Busy, ChartServerError, PositionLost, StoreFault

# From the first piece to the last.
LONGEST_S = 600.0
# Of all that was read, once it has been on its way for so long.
LEAST_BYTES_PER_S = 32_768
MEASURED_AFTER_S = 30.0


class Cut(ConnectionAbortedError):
    """The answer is not whole; a connection that is lost is what servers log nothing about."""


class _Over(ChartServerError):
    """An answer's time is over."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class LongAnswer:
    """The body of a WSGI answer.

    Args:
        pieces: of the body.
        expires_s: when its reader may see it no longer, in Unix time.
        give_way: lets others have the loop; called before each piece.
        mark: called with True before the first piece, and with False after the last: in between the
            connection is to end by a reset.
        on_cut: called with the kind and the reason, when it is cut off.
        on_close: called once, at the end, whether anything was read or not.
    """

    def __init__(
        self,
        pieces: Iterator[bytes],
        *,
        expires_s: float,
        give_way: Callable[[], object],
        mark: Callable[[bool], object],
        on_cut: Callable[[str, str], object],
        on_close: Callable[[], object],
        clock: Callable[[], float] = time.monotonic,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self._pieces = pieces
        self._expires_s = expires_s
        self._give_way = give_way
        self._mark = mark
        self._on_cut = on_cut
        self._on_close = on_close
        self._clock = clock
        self._wall_s = wall_s
        self._began_s = clock()
        self._n_bytes = 0
        self._is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces.

        Raises:
            Cut: the reader was too slow, or may not read on.
        """
        self._mark(True)
        try:
            for piece in self._pieces:
                self._check()
                self._n_bytes += len(piece)
                yield piece
                self._give_way()
        except _Over as over:
            raise self._cut(over.kind, str(over)) from None
        except PositionLost as lost:
            raise self._cut("answer_outrun", str(lost)) from None
        except Busy as busy:
            raise self._cut("busy", str(busy)) from None
        except StoreFault as fault:
            raise self._cut("store_fault", str(fault)) from None
        self._mark(False)

    def close(self) -> None:
        """End it."""
        if not self._is_closed:
            self._is_closed = True
            self._on_close()

    def _check(self) -> None:
        taken_s = self._clock() - self._began_s
        if self._wall_s() >= self._expires_s:
            raise _Over("link_expired", "a link expired while its chart was read")
        if taken_s > LONGEST_S:
            raise _Over("slow_reader", f"an answer was not read in {LONGEST_S:g} s")
        if taken_s > MEASURED_AFTER_S and self._n_bytes < taken_s * LEAST_BYTES_PER_S:
            text = f"an answer was read with less than {LEAST_BYTES_PER_S} bytes a second"
            raise _Over("slow_reader", text)

    def _cut(self, kind: str, why: str) -> Cut:
        self._on_cut(kind, why)
        # Of an error with this number no server makes a traceback.
        return Cut(errno.EPIPE, why)
