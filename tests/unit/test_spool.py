"""Ticks that are read once and needed again, by the row."""

import os
from pathlib import Path

import numpy as np
import pytest

from chartserver.errors import Busy
from chartserver.ticks import Ticks
from chartserver.web.spool import Spool

BLOCKS = [
    Ticks("9f2c41aa", 3, np.arange(3.0), np.array([[1.0, np.nan, -0.0], [4.0, 5.0, 6.0]])),
    Ticks("9f2c41aa", 4, np.array([3.0]), np.array([[7.0], [8.0]])),
]


def filled(**options):
    spool = Spool(**options)
    for block in BLOCKS:
        spool.add(block)
    return spool


def test_each_row_of_each_block_comes_back():
    spool = filled()

    assert spool.lengths == [3, 1]
    for i, block in enumerate(BLOCKS):
        assert spool.row(i, 0).tolist() == block.time_ms.tolist()
        for row in range(2):
            assert np.array_equal(spool.row(i, 1 + row), block.values[row], equal_nan=True)


def test_what_would_be_too_large_is_not_begun():
    filled(bytes_max=96)

    with pytest.raises(Busy, match="expected points"):
        filled(bytes_max=95)


def test_a_disk_that_takes_some_at_a_time_is_written_to_again(monkeypatch):
    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, place: write(fd, data[:5], place))

    spool = filled()

    assert spool.row(0, 2).tolist() == [4.0, 5.0, 6.0]


def test_a_full_disk_is_told():
    # Whatever is written to it is refused, as by a disk without room.
    spool = Spool()
    spool._file.close()
    spool._file = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115 (the spool's to close)

    with pytest.raises(Busy, match="No space left"):
        spool.add(BLOCKS[0])
