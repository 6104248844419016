"""What databases promise beside: one server writes, and it says what is wrong."""

import threading

import pytest

from chartserver.errors import ConfigError, StoreFault
from chartserver.notes import Note
from chartserver.store import postgresql, sqlite
from chartserver.store.opening import open_store


def test_a_note_that_cannot_be_kept_is_a_fault_and_the_next_is_kept(kept, run_sql):
    kept.put([1], [3])
    run_sql("DROP TABLE chartserver_notes")

    with pytest.raises(StoreFault):
        kept.store.keep_note("fx", Note(1, 1.0, "a", "", 1), 1)

    kept.store.keep_note("fx", Note(1, 1.0, "a", "", 1), 1)


def test_a_second_server_is_refused(kept, monkeypatch):
    monkeypatch.setattr(sqlite, "LOCK_WAIT_S", 0.2)
    monkeypatch.setattr(postgresql, "LOCK_WAIT_S", 0.2)

    with pytest.raises(ConfigError, match="another server writes to it"):
        open_store(kept.url)


def test_a_store_of_a_newer_version_is_refused(kept, run_sql):
    kept.close()
    run_sql("UPDATE chartserver_schema SET version = 2")

    with pytest.raises(ConfigError, match="is of version 2; this program knows version 1"):
        open_store(kept.url)


def test_a_server_that_starts_while_another_stops_waits_for_it(kept):
    kept.put([1_000], [1])
    ending = threading.Timer(0.3, kept.close)
    ending.start()

    second = open_store(kept.url)

    assert second.restore("fx", 1).offset == 1
    assert second.close(60)
    ending.join()
