"""TCP connections: how many there may be, and what one too many is told."""

import json
import resource
import socket

import pytest

from chartserver.entrance.connections import (
    DESCRIPTORS_RESERVED,
    IN_A_ROW,
    METHODS,
    SPARE,
    Connections,
    Doorway,
    most_connections,
)
from chartserver.entrance.listener import bind
from chartserver.entrance.proxies import Proxies
from chartserver.errors import Refused
from chartserver.refusals import Refusals
from chartserver.stack.session import check_methods


@pytest.fixture
def refusals():
    return Refusals()


@pytest.fixture
def door(refusals):
    """Return a function that makes a doorway, which lets in so many, and so many from one."""
    made = []

    def make(most=100, most_of_address=100):
        sock = bind("127.0.0.1", 0, 50)
        connections = Connections(most, most_of_address, Proxies([]).is_free, refusals)
        doorway = Doorway.of(sock, connections)
        made.append(doorway)
        return doorway, connections

    yield make
    for doorway in made:
        doorway.close()


def connect(doorway, source="127.0.0.2"):
    return socket.create_connection(doorway.getsockname(), 5.0, (source, 0))


def accept_all(doorway):
    """Return the connections that are let in."""
    accepted = []
    for _ in range(100):
        try:
            accepted.append(doorway.accept()[0])
        except BlockingIOError as error:
            if "turn" not in str(error):
                return accepted
    return accepted


def close(*socks):
    for sock in socks:
        sock.close()


def test_connections_are_let_in_and_counted_until_they_are_closed(door):
    doorway, connections = door()
    with connect(doorway), connect(doorway):
        accepted = accept_all(doorway)
        assert connections.n == 2

        accepted[0].close()
        assert connections.n == 1

        file = accepted[1].makefile("rb")
        accepted[1].close()
        assert connections.n == 1
        file.close()

    assert connections.n == 0
    assert not connections._of_address


def test_one_that_is_forgotten_is_not_counted_for_ever(door):
    doorway, connections = door()
    with connect(doorway):
        accept_all(doorway)

    assert connections.n == 0


@pytest.mark.parametrize(
    ("limits", "source", "kind"),
    [
        ({"most": 1}, "127.0.0.1", "connections"),
        ({"most_of_address": 1}, "127.0.0.2", "connections_of_address"),
    ],
)
def test_one_too_many_is_told_so_in_an_answer(door, refusals, limits, source, kind):
    doorway, connections = door(**limits)
    with connect(doorway, source), connect(doorway, source) as second:
        second.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        accepted = accept_all(doorway)
        answer = b"".join(iter(lambda: second.recv(65_536), b""))
        close(*accepted)

    head, _, body = answer.decode().partition("\r\n\r\n")
    assert len(accepted) == 1
    assert head.startswith("HTTP/1.1 503 Service Unavailable\r\n")
    assert "\r\nRetry-After: " in head
    assert "\r\nX-Content-Type-Options: nosniff" in head
    assert "expected fewer" in json.loads(body)["error"]
    assert refusals.counts == {kind: 1}
    assert connections.n == 0


def test_others_are_let_in_beside_an_address_that_has_too_many(door):
    doorway, _ = door(most_of_address=1)
    clients = [connect(doorway, source) for source in ("127.0.0.2", "127.0.0.2", "127.0.0.3")]

    accepted = accept_all(doorway)

    assert len(accepted) == 2
    close(*accepted, *clients)


def test_this_machine_has_no_limit_of_its_own(door):
    doorway, _ = door(most_of_address=1)
    clients = [connect(doorway, "127.0.0.1") for _ in range(5)]

    accepted = accept_all(doorway)

    assert len(accepted) == 5
    close(*accepted, *clients)


def test_many_who_come_at_once_do_not_keep_the_loop(door):
    doorway, _ = door(most_of_address=3)
    clients = [connect(doorway) for _ in range(IN_A_ROW + 1)]

    accepted = [doorway.accept()[0] for _ in range(3)]
    with pytest.raises(BlockingIOError, match="turn"):
        doorway.accept()
    close(*accepted)

    accepted = accept_all(doorway)
    close(*accepted, *clients)


def test_who_leaves_makes_room(refusals):
    connections = Connections(10, 1, Proxies([]).is_free, refusals)
    client = connections.enter("2001:db8::1")
    with pytest.raises(Refused):
        connections.enter("2001:db8::2")

    connections.leave(client)

    assert connections.enter("2001:db8::2") == client


@pytest.mark.parametrize("marks", [(True,), (True, False)])
def test_a_connection_ends_by_a_reset_only_while_it_is_marked(door, marks):
    doorway, _ = door()
    client = connect(doorway)
    client.settimeout(60.0)
    (ours,) = accept_all(doorway)
    ours.sendall(b"half")
    for mark in marks:
        ours.reset_at_end(mark)

    ours.shutdown(socket.SHUT_RDWR)
    ours.close()

    with client:
        if marks[-1]:
            with pytest.raises(ConnectionResetError):
                b"".join(iter(lambda: client.recv(100), b""))
        else:
            assert b"".join(iter(lambda: client.recv(100), b"")) == b"half"


def test_descriptors_are_left_for_all_else():
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)

    assert most_connections(10) <= 10 + SPARE
    assert most_connections(1_000_000) == max(soft - DESCRIPTORS_RESERVED, soft // 2)


def test_what_is_leant_on_is_there():
    check_methods(METHODS)
