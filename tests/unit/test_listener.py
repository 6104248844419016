"""To listen on a port, or to say in one line why not."""

import socket

import pytest

from chartserver.entrance.listener import bind, reserve
from chartserver.errors import ConfigError


def test_port_0_is_any_that_is_free():
    with bind("127.0.0.1", 0, 5) as first, bind("127.0.0.1", 0, 5) as second:
        assert 0 != first.getsockname()[1] != second.getsockname()[1] != 0


def test_a_small_frame_does_not_wait_for_an_acknowledgement():
    with bind("127.0.0.1", 0, 5) as sock:
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_in_use_is_told_with_a_way_out():
    with bind("127.0.0.1", 0, 5) as sock:
        port = sock.getsockname()[1]

        with pytest.raises(ConfigError) as caught:
            bind("127.0.0.1", port, 5)

    assert str(caught.value).startswith(f"cannot listen on 127.0.0.1 port {port}: Address already")
    assert "such as --port 8001 (0: any that is free)" in str(caught.value)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", "a..b", "x" * 300, "\udcff"])
def test_an_address_that_is_not_ours_is_told_in_one_line(host):
    with pytest.raises(ConfigError, match="cannot listen on") as caught:
        bind(host, 0, 5)

    assert "\n" not in str(caught.value)


def test_a_port_that_is_reserved_is_shared_by_those_who_say_so_and_by_nobody_else():
    with reserve("127.0.0.1", 0) as reserved:
        port = reserved.getsockname()[1]
        shared = [bind("127.0.0.1", port, 5, is_shared=True) for _ in range(2)]
        try:
            with pytest.raises(ConfigError, match="Address already in use"):
                bind("127.0.0.1", port, 5)
            # Not even by another supervisor of the same user.
            with pytest.raises(ConfigError, match="Address already in use"):
                reserve("127.0.0.1", port)
        finally:
            for sock in shared:
                sock.close()


def test_a_port_that_is_reserved_takes_no_connection_before_somebody_listens():
    with reserve("127.0.0.1", 0) as reserved, pytest.raises(ConnectionRefusedError):
        socket.create_connection(reserved.getsockname())
