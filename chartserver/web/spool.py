"""Ticks that are read once and needed again, by the row, in a file that nobody else sees."""

import os
import tempfile
from typing import IO

import numpy as np

from chartserver.errors import Busy
from chartserver.ticks import Floats, Ticks

NUMBER_BYTES = 8
BYTES_MAX = 256_000_000


class Spool:
    """Blocks of ticks; the file goes with it. Not to be used by two threads at a time.

    Attributes:
        lengths: of the blocks, in ticks.
    """

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self.lengths: list[int] = []
        self._bytes_max = bytes_max
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed at the end)
        self._places: list[int] = []
        self._end = 0

    def __del__(self) -> None:
        self._file.close()

    def add(self, ticks: Ticks) -> None:
        """Put in a block.

        Raises:
            Busy: it would be too large, or there is no room.
        """
        rows = [ticks.time_ms, *ticks.values]
        n_bytes = NUMBER_BYTES * len(ticks) * len(rows)
        if self._end + n_bytes > self._bytes_max:
            raise Busy(
                f"the answer takes more than {self._bytes_max} bytes as JSON;"
                " expected points, a shorter time, or format=csv"
            )
        try:
            for i, row in enumerate(rows):
                self._write(row, self._end + i * NUMBER_BYTES * len(ticks))
        except OSError as error:
            raise Busy(f"there is no room for the answer: {error.strerror}") from None
        self.lengths.append(len(ticks))
        self._places.append(self._end)
        self._end += n_bytes

    def row(self, block: int, i: int) -> Floats:
        """Return a row of a block: 0 is the times, 1 the first series."""
        n_bytes = self.lengths[block] * NUMBER_BYTES
        place = self._places[block] + i * n_bytes
        return np.frombuffer(os.pread(self._file.fileno(), n_bytes, place))

    def _write(self, row: Floats, place: int) -> None:
        left = memoryview(row.tobytes())
        while left:
            # A disk that is nearly full takes some.
            n = os.pwrite(self._file.fileno(), left, place)
            left, place = left[n:], place + n
