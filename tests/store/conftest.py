"""Stores to test: what is promised of all is tested on each kind."""

import contextlib
import itertools
import sqlite3
import threading

import numpy as np
import psycopg
import pytest
from postgresql_server import PostgresServer
from redis_server import RedisServer

from chartserver.batch import Batch
from chartserver.shared.store import open_shared
from chartserver.store.levels import Retention
from chartserver.store.opening import open_store
from chartserver.ticks import Series

KINDS = ("sqlite", "postgresql")
KEPT_WITHIN_S = 60
HISTORY_TICKS = 100_000


class Kept:
    """A store at one place that can be opened again and again, and what tests put into it."""

    def __init__(self, url):
        self.url = url
        self.store = None
        self.retention = Retention()
        self.open()

    def open(self):
        """Open the store, closed before if it was open; return it."""
        self.close()
        if self.url.startswith("redis"):
            self.store = open_shared(self.url, lambda chart: HISTORY_TICKS)
        else:
            self.store = open_store(self.url, lambda chart: self.retention)
        return self.store

    def close(self):
        """Close the store, with all that was submitted kept."""
        if self.store is not None:
            assert self.store.close(KEPT_WITHIN_S)
            self.store = None

    def submit(self, batch):
        """Submit a batch; return what is set once it is kept."""
        done = threading.Event()
        self.store.submit(batch, done.set)
        return done

    def keep(self, batch):
        """Have a batch kept, and return its ticks."""
        assert self.submit(batch).wait(KEPT_WITHIN_S), self.store.fault
        return batch.ticks

    def put(self, times_ms, *rows, chart="fx", names="abcdefgh", **others):
        """Have ticks kept, a row of values for each series."""
        series = [Series(name) for name in names[: len(rows)]]
        values = np.array(rows, float).reshape(len(rows), len(times_ms))
        return self.keep(Batch(chart, np.array(times_ms, float), values, series=series, **others))

    def ticks(self, chart="fx", from_ms=-np.inf, to_ms=np.inf):
        """Return all ticks between as times and rows, checked to be without a gap."""
        pieces = list(self.store.pieces(chart, from_ms, to_ms))
        for before, after in itertools.pairwise(pieces):
            assert after.offset - len(after) == before.offset
        assert all(0 < len(piece) <= 10_000 for piece in pieces)
        if not pieces:
            return np.empty(0), np.empty((0, 0))
        return (
            np.concatenate([piece.time_ms for piece in pieces]),
            np.concatenate([piece.values for piece in pieces], axis=1),
        )


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server, started when the first test wants it."""
    server = PostgresServer()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def redis_server():
    """A Redis server, started when the first test wants it."""
    server = RedisServer()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def numbers():
    """Numbers for names that are used once."""
    return itertools.count()


@pytest.fixture(params=KINDS)
def store_url(request, tmp_path, numbers):
    """The URL of a store of each kind in which nothing is."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/kept.db"
    if request.param == "redis":
        server = request.getfixturevalue("redis_server")
        with server.client() as client:
            client.flushall()
        return server.url
    return request.getfixturevalue("postgres").make(f"kept_{next(numbers)}")


@pytest.fixture
def kept(store_url):
    """A store of each kind in which nothing is."""
    kept = Kept(store_url)
    yield kept
    kept.close()


@pytest.fixture
def run_sql(store_url):
    """Run a statement in the database of a store, past the store: `run_sql("DELETE …")`."""

    def run(statement):
        if store_url.startswith("sqlite"):
            connect, where = sqlite3.connect, store_url.removeprefix("sqlite:///")
        else:
            connect, where = psycopg.connect, store_url
        with contextlib.closing(connect(where)) as database:
            database.execute(statement)
            database.commit()

    return run
