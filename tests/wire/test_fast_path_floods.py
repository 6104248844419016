"""Viewers that do too much, or half of it; the others notice nothing, and nothing stays."""

import contextlib
import json
import threading
import time

import pytest
from hard_viewer import LIMIT_S, TICK_S, HardViewer, connect, handshake, masked
from recorder import until
from strict_parser import PING, PONG
from watching import Watch, session_of


@pytest.mark.parametrize(
    "words",
    [
        masked(b'42["subscribe",{"chart":"wide"}]'),
        masked(b'42["nonsense",1,2,3]'),
        masked(b"3"),
        masked(b"", PONG),
        masked(b"ping", PING),
    ],
    ids=["subscribe", "event", "pong", "websocket pong", "websocket ping"],
)
def test_floods_are_not_noticed_by_others(watch, words):
    flooder = HardViewer(watch.server.url, {"chart": "calm"})
    flooder.sock.settimeout(0.2)
    flood = words * 500

    until_s = time.monotonic() + 2.0
    with contextlib.suppress(OSError):
        while time.monotonic() < until_s:
            flooder.sock.sendall(flood)
    flooder.reset()

    watch.until_clean()


def test_a_flood_of_requests_on_one_connection_is_not_noticed_by_others(watch):
    flooder = connect(watch.server.url)
    flooder.settimeout(0.2)
    flood = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 500

    def read():
        with contextlib.suppress(OSError):
            while flooder.recv(65_536):
                pass

    reader = threading.Thread(target=read)
    reader.start()
    until_s = time.monotonic() + 2.0
    with contextlib.suppress(OSError):
        while time.monotonic() < until_s:
            flooder.sendall(flood)
    flooder.close()
    reader.join()

    watch.until_clean()


def test_hundreds_of_connects_leave_nothing(watch):
    for n in range(300):
        viewer = HardViewer(watch.server.url, {"chart": "calm"})
        if n % 3:
            viewer.read(timeout_s=0.001)
        viewer.reset() if n % 2 else viewer.close()
        time.sleep(0.002)

    watch.until_clean()


def test_viewers_that_poll_and_then_poll_no_more_are_closed(serve_fast):
    # Not before all of them are there.
    watch = Watch(serve_fast("--evict-after-s=5"))
    with session_of() as session:
        for _ in range(5):
            address = f"{watch.server.url}/socket.io/?EIO=4&transport=polling"
            opened = session.get(address, timeout=LIMIT_S)
            address += f"&sid={json.loads(opened.text[1:])['sid']}"
            session.post(address, data='40{"chart":"wide"}', timeout=LIMIT_S)
            assert "snapshot" in session.get(address, timeout=LIMIT_S).text
        assert watch.viewers()["wide"] == 6

    watch.until_clean()
    watch.end()


def test_what_follows_the_end_of_a_session_in_one_post_brings_nobody_back(watch):
    with session_of() as session:
        address = f"{watch.server.url}/socket.io/?EIO=4&transport=polling"
        opened = session.get(address, timeout=LIMIT_S)
        address += f"&sid={json.loads(opened.text[1:])['sid']}"
        session.post(address, data="1\x1e40", timeout=LIMIT_S)

    watch.until_clean()


def test_websockets_that_do_not_finish_their_upgrade_leave_the_poll_as_it_is(serve_fast):
    watch = Watch(serve_fast("--evict-after-s=30"))
    with session_of() as session:
        address = f"{watch.server.url}/socket.io/?EIO=4&transport=polling"
        opened = session.get(address, timeout=LIMIT_S)
        sid = json.loads(opened.text[1:])["sid"]
        address += f"&sid={sid}"
        session.post(address, data='40{"chart":"calm"}', timeout=LIMIT_S)
        for words in (b"x", b"2other", b"\xff", b"2probe", b"4hello"):
            with connect(watch.server.url) as sock:
                handshake(sock, watch.server.url, f"&sid={sid}")
                sock.sendall(masked(words))
                sock.settimeout(TICK_S)
                with contextlib.suppress(TimeoutError):
                    sock.recv(100)

        until(lambda: "tick" in session.get(address, timeout=LIMIT_S).text, "a tick by polling")
        session.post(address, data="1", timeout=LIMIT_S)
    watch.until_clean()
    watch.end()
