"""The connection of one thread: made when it is needed, and what is said of it."""

import logging

import pytest

from chartserver.errors import StoreFault
from chartserver.shared.connection import Connection


class Client:
    def __init__(self):
        self.is_closed = False

    def info(self, section):
        return {"run_id": "a run"}

    def close(self):
        self.is_closed = True


class Link:
    name = "redis://here"

    def __init__(self):
        self.made = []

    def connect(self, answer_s):
        self.made.append(Client())
        return self.made[-1]


@pytest.fixture
def link():
    return Link()


def connection(link, prepare=lambda client: None):
    return Connection(link, "read", prepare)


def test_it_is_made_when_it_is_asked_for_and_kept(link):
    one = connection(link)
    assert not one.is_open

    assert one.client() is one.client() is link.made[0]
    assert one.is_open
    assert one.run_id == "a run"


def test_after_a_failure_another_is_made_and_prepared(link):
    prepared = []
    one = connection(link, prepared.append)
    one.client()

    one.failed(StoreFault("is not reachable"))
    one.client()

    assert [client.is_closed for client in link.made] == [True, False]
    assert prepared == link.made


def test_one_that_cannot_be_prepared_is_closed_and_nobody_has_it(link):
    def prepare(client):
        raise StoreFault("is full")

    one = connection(link, prepare)

    with pytest.raises(StoreFault, match="is full"):
        one.client()

    assert link.made[0].is_closed
    assert not one.is_open


def test_a_fault_is_told_once_and_once_that_it_is_over(link, caplog):
    caplog.set_level(logging.WARNING)
    one = connection(link)

    one.failed(StoreFault("is not reachable"))
    one.failed(StoreFault("is full"))
    fault = one.fault
    one.is_well()
    one.is_well()

    assert fault == "is full"
    assert one.fault == ""
    assert caplog.messages == [
        "Redis redis://here: is not reachable; tried again until it can be",
        "Redis redis://here: is read again",
    ]


def test_what_nobody_expects_is_told_once_with_where_it_comes_from(link, caplog):
    one = connection(link)

    one.failed(ZeroDivisionError())
    one.failed(ZeroDivisionError())

    assert one.fault == "cannot be read (ZeroDivisionError); the log says more"
    assert [bool(record.exc_info) for record in caplog.records] == [True]
