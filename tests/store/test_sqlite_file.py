"""What the docs say of the file of a store in SQLite."""

import contextlib
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from recorder import until

from chartserver.errors import PositionLost
from chartserver.store import writer
from chartserver.store.levels import Retention
from chartserver.store.opening import open_store

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def file(store_url):
    """The file of the store."""
    return Path(store_url.removeprefix("sqlite:///"))


def test_a_backup_that_is_made_while_it_is_written_is_whole(kept, file):
    kept.put(np.arange(5_000.0), np.arange(5_000))
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute(f"VACUUM INTO '{file.with_name('backup.db')}'")
    epoch = kept.put([9_000], [9]).epoch

    backup = open_store(f"sqlite:///{file.with_name('backup.db')}")

    restored = backup.restore("fx", 10_000)
    assert (restored.epoch, restored.offset) == (epoch, 5_000)
    assert np.array_equal(restored.ticks.values[0], np.arange(5_000))
    assert backup.close(60)


def test_a_store_that_was_closed_is_one_file_and_its_lock(kept, file):
    kept.put([1_000], [1])

    kept.close()

    assert sorted(path.name for path in file.parent.iterdir()) == ["kept.db", "kept.db-lock"]


def first_ms(kept):
    try:
        return kept.ticks()[0][0]
    except PositionLost:  # they are dropped at this moment
        return 0.0


def test_a_file_whose_ticks_are_dropped_does_not_grow(kept, file, monkeypatch):
    monkeypatch.setattr(writer, "PRUNE_INTERVAL_S", 0.01)
    kept.retention = Retention(ticks_days=1, minutes_days=1, hours_days=1, days_days=1)
    kept.open()
    sizes = []
    for day in range(12):
        times_ms = 1.7e12 + 86_400_000 * day + 10_000 * np.arange(8_640.0)
        kept.put(times_ms, times_ms, -times_ms)
        until(lambda at=times_ms[0]: first_ms(kept) > at - 1.3 * 86_400_000, "nothing is dropped")
        with contextlib.closing(sqlite3.connect(file)) as other:
            sizes += other.execute("PRAGMA page_count").fetchone()

    # Were nothing dropped: 2.4 times as large. How much waits to be depends on the machine.
    assert sizes[-1] <= 1.8 * sizes[4] < 1.8 * 5 * sizes[0]


def test_each_commit_is_flushed_to_the_disk(kept):
    connection = kept.store._writer._connection

    assert connection.rows("PRAGMA journal_mode") == [("wal",)]
    assert connection.rows("PRAGMA synchronous") == [(2,)]
