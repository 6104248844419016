"""What goes wrong with a store is told in a line, loses nothing, and heals by itself."""

import contextlib
import os
import resource
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from recorder import until

from chartserver.batch import Batch
from chartserver.errors import ConfigError, StoreFault
from chartserver.store import postgresql, sqlite, writer
from chartserver.store.opening import open_store
from chartserver.ticks import Series

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Have locks given up and writing tried again sooner."""
    monkeypatch.setattr(sqlite, "BUSY_S", 0.05)
    monkeypatch.setattr(sqlite, "LOCK_WAIT_S", 0.1)
    monkeypatch.setattr(postgresql, "LOCK_WAIT_S", 0.1)
    monkeypatch.setattr(writer, "RETRY_MOST_S", 0.2)


@pytest.fixture
def file(kept, store_url):
    """The file of a store that is kept in one."""
    return Path(store_url.removeprefix("sqlite:///"))


in_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
in_postgresql = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)


def batch(n, first=1):
    """Return a batch of ticks whose values are their numbers."""
    numbers = np.arange(first, first + n, dtype=float)
    return Batch("fx", numbers * 1_000, numbers[np.newaxis], series=[Series("number")])


def check_heals(kept, is_at_fault, heal, n=10_000):
    """Submit ticks while a fault is on, and check that it is told, and that all are kept once."""
    late = batch(n, first=101)
    done = kept.submit(late)
    until(lambda: is_at_fault in kept.store.fault, lambda: repr(kept.store.fault))
    assert not done.is_set()
    assert "\n" not in kept.store.fault
    failures = kept.store.failures

    heal()

    assert done.wait(60), kept.store.fault
    assert kept.store.fault == ""
    assert failures > 0
    assert late.ticks.offset == 100 + n
    assert np.array_equal(kept.ticks()[1][0], np.arange(1.0, 101 + n))


@in_sqlite
def test_a_file_that_another_program_locks_is_written_when_it_lets_go(kept, file):
    kept.keep(batch(100))
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")

        check_heals(kept, "is locked by another program", other.rollback)


@in_sqlite
def test_a_full_disk_is_told_and_heals_when_there_is_room(kept, file):
    kept.keep(batch(100))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # No file of this process may grow beyond: what a full disk is to a database.
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + 60_000, hard))
    try:
        check_heals(
            kept,
            "the disk is full",
            lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard)),
            n=50_000,
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@in_sqlite
def test_a_file_that_is_moved_away_is_missed_and_written_when_it_is_back(kept, file):
    kept.keep(batch(100))
    away = file.with_name("away.db")
    file.rename(away)

    check_heals(kept, "was moved or removed", lambda: away.rename(file))


@in_postgresql
def test_a_server_that_is_started_again_is_connected_to_again(kept, postgres):
    kept.keep(batch(100))
    assert len(kept.ticks()[0]) == 100
    postgres.stop()

    check_heals(kept, "PostgreSQL says:", postgres.start)


@in_postgresql
def test_connections_that_are_ended_are_made_anew(kept, run_sql):
    kept.keep(batch(100))
    assert len(kept.ticks()[0]) == 100

    run_sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'chartserver' AND datname = current_database()"
    )

    assert len(kept.ticks()[0]) == 100
    assert kept.keep(batch(50, first=101)).offset == 150


@pytest.mark.parametrize("is_written", [True, False])
def test_a_commit_whose_answer_is_lost_is_not_made_twice(kept, monkeypatch, is_written):
    kept.keep(batch(100))
    classes = {"sqlite": sqlite.SqliteConnection, "postgresql": postgresql.PostgresConnection}
    made = classes[kept.url.partition(":")[0]]
    commit, lost = made.commit, []

    def lose_answer(connection):
        if lost or threading.current_thread().name != "store":
            return commit(connection)
        lost.append(connection)
        if is_written:
            commit(connection)
        raise StoreFault("the answer was lost")

    monkeypatch.setattr(made, "commit", lose_answer)

    assert kept.keep(batch(5_000, first=101)).offset == 5_100
    assert kept.keep(batch(1, first=5_101)).offset == 5_101

    assert lost
    assert np.array_equal(kept.ticks()[1][0], np.arange(1.0, 5_102))


def test_what_another_program_has_written_is_not_written_over(kept, run_sql):
    kept.keep(batch(100))
    written = kept.store._writer
    written._disconnect()
    run_sql("UPDATE chartserver_pages SET last = last + 7 WHERE level = 0")

    done = kept.submit(batch(1, first=101))

    until(lambda: "another program has written" in kept.store.fault, lambda: kept.store.fault)
    assert not done.is_set()
    run_sql("UPDATE chartserver_pages SET last = last - 7 WHERE level = 0")
    assert done.wait(60)


@in_sqlite
def test_a_store_that_cannot_be_written_does_not_hold_up_the_end(kept, file):
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        kept.submit(batch(1))
        until(lambda: kept.store.fault, "no fault is told")

        assert not kept.store.close(0.2)
    kept.store = None


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("{tmp}/missing/kept.db", "cannot make 'kept.db-lock' beside it (No such file"),
        ("/proc/kept.db", "cannot make 'kept.db-lock' beside it (No such file"),
        ("{tmp}", "cannot be opened"),
        ("{tmp}/text.db", "is no SQLite database"),
        ("{tmp}/cut.db", "is damaged; restore a backup"),
    ],
)
def test_a_file_that_cannot_be_a_store_is_refused_in_one_line(tmp_path, path, why):
    (tmp_path / "text.db").write_text("time,value\n" * 1_000)
    with contextlib.closing(sqlite3.connect(tmp_path / "cut.db")) as database:
        database.executescript("CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(100000));")
    os.truncate(tmp_path / "cut.db", 8_192)
    url = f"sqlite:///{path.format(tmp=tmp_path)}"

    with pytest.raises(ConfigError) as refused:
        open_store(url)

    assert f"store {url!r} {why}" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path):
    with pytest.raises(ConfigError) as refused:
        open_store(f"postgresql://me:s3cret@/db?host={tmp_path}&password=s3cret")

    assert "store 'postgresql://me:***@/db?host=" in str(refused.value)
    assert "PostgreSQL says: connection" in str(refused.value)
    assert "s3cret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_read_only_file_ends_serve_with_status_2_and_a_line(tmp_path):
    assert open_store(f"sqlite:///{tmp_path}/kept.db").close(60)
    for path in tmp_path.iterdir():
        path.chmod(0o444)
    tmp_path.chmod(0o555)
    # Root may write to read-only files, unless it lets go of that right.
    as_others = ("setpriv", "--bounding-set=-dac_override") if os.geteuid() == 0 else ()

    ended = subprocess.run(
        [
            *(*as_others, sys.executable, "-m", "chartserver", "serve", "--port", "0"),
            *("--chart", "walk", "--store", f"sqlite:///{tmp_path}/kept.db"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 2, ended.stderr
    assert "cannot make 'kept.db-lock' beside it (Permission denied)" in ended.stderr
    assert "Traceback" not in ended.stderr


@in_sqlite
def test_a_read_that_takes_too_long_is_ended(kept, monkeypatch):
    kept.keep(batch(50_000))
    monkeypatch.setattr(sqlite, "READ_TIMEOUT_S", -1.0)
    monkeypatch.setattr(sqlite, "STEPS_BETWEEN_LOOKS", 1)

    with pytest.raises(StoreFault, match="was not read within"):
        kept.store.reduced("fx", -np.inf, np.inf, 100)

    monkeypatch.undo()
    assert len(kept.store.reduced("fx", -np.inf, np.inf, 100)) > 10


def test_without_the_library_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setattr(postgresql, "psycopg", None)

    with pytest.raises(ConfigError, match=r"pip install 'chartserver\[postgresql\]'"):
        open_store("postgresql://me@host/db")
