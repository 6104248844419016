"""Many attacks at once, and many connections; a bystander notices nothing, and nothing stays."""

import contextlib
import resource
import socket
import struct
import time

import psutil
from hard_viewer import LIMIT_S, STRANGER, HardViewer, connect
from mob import attack_at_once
from recorder import until
from stranger import Stranger, netloc

LOCAL = "127.0.0.1"
RESET = struct.pack("ii", 1, 0)
MOB_MAX_BYTES = 100_000_000
# Soon, and yet later than a machine may stall within a handshake.
CUT_OFF = "--request-timeout-s=3"


def test_a_mob_is_not_noticed_takes_little_memory_and_leaves_nothing(serve, watched):
    server = serve(CUT_OFF, "--evict-after-s=1")

    with watched(server):
        limit_memory(server, MOB_MAX_BYTES)
        stuck = [
            HardViewer(server.url, {"chart": "steady"}, receive_bytes=4_096) for _ in range(50)
        ]
        attack_at_once(server.url, 5.0, STRANGER, LOCAL)
        for viewer in stuck:
            viewer.close()


def test_thousands_of_connections_that_are_reset_leave_nothing(serve, watched):
    server = serve(CUT_OFF)

    with watched(server):
        for i in range(3_000):
            sock = connect(server.url, source=(STRANGER, LOCAL)[i % 2])
            if i % 3:
                with contextlib.suppress(ConnectionError):
                    sock.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[: i % 27 + 1])
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            sock.close()


def test_a_thousand_half_handshakes_are_cut_off(serve, watched):
    server = serve(CUT_OFF)

    with watched(server):
        socks = [connect(server.url, source=LOCAL) for _ in range(1_000)]
        for sock in socks:
            sock.send(f"GET /socket.io/ HTTP/1.1\r\nHost: {netloc(server.url)}\r\n".encode())
        for sock in socks:
            assert is_ended(sock, LIMIT_S)
            sock.close()


def test_one_address_cannot_have_all_connections(serve, watched):
    # None of them is cut off for asking for nothing.
    server = serve("--connections-per-address=50", "--request-timeout-s=600")

    with watched(server):
        socks = [connect(server.url, source=STRANGER) for _ in range(200)]
        kept = socks
        until_s = time.monotonic() + LIMIT_S
        while len(kept) > 50 and time.monotonic() < until_s:
            kept = [sock for sock in kept if not is_ended(sock, 0.01)]
        own = Stranger(server.url, source=LOCAL).connected()
        for sock in socks:
            sock.close()
        own.close()
        until(lambda: can_connect(server.url), "a place for the address again")

    assert 0 < len(kept) <= 50


def limit_memory(server, more_bytes):
    """Let a server have so much more than it has now; what it is not given it must do without."""
    process = psutil.Process(server.process.pid)
    most = process.memory_info().vms + more_bytes
    resource.prlimit(process.pid, resource.RLIMIT_AS, (most, most))


def can_connect(url):
    """Return whether a stranger gets in."""
    try:
        Stranger(url, source=STRANGER).close()
        return True
    except ConnectionError:
        return False


def is_ended(sock, limit_s):
    """Return whether the server has closed a connection; what it says before is passed over."""
    sock.settimeout(limit_s)
    try:
        while sock.recv(65_536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True
