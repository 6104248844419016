"""Readers of a store share a few connections."""

import pytest

from chartserver.errors import PositionLost, StoreFault
from chartserver.store.reader_pool import READERS_MAX, ReaderPool


class FakeConnection:
    """A connection that notes what is done with it, and whose server may be gone."""

    def __init__(self):
        self.done = []
        self.is_gone = False

    def begin(self):
        if self.is_gone:
            raise StoreFault("gone")
        self.done.append("begin")

    def commit(self):
        self.done.append("commit")

    def rollback(self):
        self.done.append("rollback")

    def close(self):
        self.done.append("close")


@pytest.fixture
def made():
    """The connections that were made."""
    return []


@pytest.fixture
def pool(made):
    """A pool in which nobody waits for long."""

    def connect():
        made.append(FakeConnection())
        return made[-1]

    return ReaderPool(connect, wait_s=0.01)


def test_a_connection_is_used_again(pool, made):
    for _ in range(3):
        with pool.reading():
            pass

    assert len(made) == 1
    assert made[0].done == ["begin", "commit"] * 3


def test_who_finds_none_free_for_long_is_told(pool):
    readers = [pool.reading() for _ in range(READERS_MAX)]
    for reader in readers:
        reader.__enter__()

    with pytest.raises(StoreFault, match="4 others have been reading"), pool.reading():
        pass

    for reader in readers:
        reader.__exit__(None, None, None)
    with pool.reading():
        pass


def test_a_connection_whose_server_is_gone_is_made_anew(pool, made):
    with pool.reading():
        pass
    made[0].is_gone = True

    with pool.reading() as connection:
        assert connection is made[1]

    assert made[0].done[-1] == "close"


def test_what_is_not_the_fault_of_the_store_costs_no_connection(pool, made):
    with pytest.raises(PositionLost), pool.reading():
        raise PositionLost("too old")

    with pool.reading():
        pass

    assert len(made) == 1
    assert made[0].done == ["begin", "rollback", "begin", "commit"]


def test_a_connection_that_fails_is_not_used_again(pool, made):
    with pytest.raises(StoreFault), pool.reading():
        raise StoreFault("disk fails")

    assert made[0].done == ["begin", "close"]


def test_what_is_lent_when_the_pool_closes_is_closed_as_it_comes_back(pool, made):
    with pool.reading():
        pool.close()

    assert made[0].done == ["begin", "commit", "close"]
