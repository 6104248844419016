"""Viewers that fail in every way; the others notice nothing, and nothing of them stays."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
import requests
from hard_viewer import LIMIT_S, TICK_S, HardViewer, connect, handshake, masked
from processes import environment
from recorder import until
from strict_parser import PING, PONG

PROGRAMS = Path(__file__).parent / "programs"
EVICT_AFTER_S = 2
# What a bystander may have to wait for the next tick of a source with a hundred a second.
HICCUP_S = 0.5
GROWTH_MAX_MB = 30.0


@pytest.fixture
def start(serve):
    def start(*options, path="direct"):
        return serve(
            "--chart=wide=python:counting:wide",
            "--chart=calm=python:counting:calm",
            "--async-mode=eventlet",
            f"--fan-out={path}",
            f"--evict-after-s={EVICT_AFTER_S}",
            "--frame-interval-s=0.01",
            *options,
            env={"PYTHONPATH": f"{environment()['PYTHONPATH']}:{PROGRAMS}"},
        )

    return start


class Bystander(threading.Thread):
    """A viewer that reads all the time and must not notice anything."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.viewer = HardViewer(url, {"chart": "wide"})
        self.viewer.read_until(lambda: self.viewer.positions.offsets.get("wide", 0) > 10, "ticks")
        self.fault = None
        self.longest_s = 0.0
        self._over = threading.Event()
        self.start()

    def run(self):
        try:
            moved_s = time.monotonic()
            while not self._over.is_set():
                if self.viewer.read(timeout_s=TICK_S):
                    self.longest_s = max(self.longest_s, time.monotonic() - moved_s)
                    moved_s = time.monotonic()
                assert time.monotonic() - moved_s < LIMIT_S / 2, "no tick any more"
        except Exception as fault:  # told by the thread that made this one
            self.fault = fault

    def end(self):
        """Stop, and fail if anything was noticed: a tick that was missed, or a wait."""
        self._over.set()
        self.join()
        offset = self.viewer.positions.offsets["wide"]
        self.viewer.close()
        assert self.fault is None, self.fault
        offsets = sorted(place[2] for place in self.viewer.positions.series)
        assert offsets == list(range(1, offset + 1))
        assert self.viewer.positions.reduced == 0
        assert self.viewer.positions.snapshots == 1
        assert self.longest_s < HICCUP_S
        return offset


class Watch:
    """A server with a bystander, and what must be as before when the faulty ones are gone."""

    def __init__(self, server):
        self.server = server
        self.process = psutil.Process(server.process.pid)
        self.bystander = Bystander(server.url)
        self.viewers_before = self.viewers()
        self.fds_before = self.process.num_fds()
        self.mb_before = self.megabytes()

    def viewers(self):
        charts = requests.get(f"{self.server.url}/api/charts", timeout=LIMIT_S).json()["charts"]
        return {chart["name"]: chart["viewers"] for chart in charts}

    def megabytes(self):
        return self.process.memory_info().rss / 1e6

    def until_clean(self, limit_s=LIMIT_S):
        """Wait until nobody but the bystander is there."""
        until(lambda: self.viewers() == self.viewers_before, "only the bystander", limit_s)
        until(lambda: self.process.num_fds() <= self.fds_before, "no descriptor left", limit_s)
        assert self.megabytes() - self.mb_before < GROWTH_MAX_MB

    def end(self):
        self.bystander.end()
        until(lambda: set(self.viewers().values()) == {0}, "no viewers")
        self.server.stop()
        told = self.server.process.told()
        assert "Traceback" not in told, told


@pytest.fixture
def watch(start):
    made = Watch(start())
    yield made
    made.end()


def session_of():
    """Return a session whose connections do not outlive their request."""
    session = requests.Session()
    session.headers["Connection"] = "close"
    return session


def hard_viewers(watch, n, receive_bytes=4_096):
    return [
        HardViewer(watch.server.url, {"chart": "wide"}, receive_bytes=receive_bytes)
        for _ in range(n)
    ]


def test_viewers_that_stop_reading_are_closed_and_leave_nothing(watch):
    stuck = hard_viewers(watch, 20)

    watch.until_clean()

    for viewer in stuck:
        viewer.close()


def test_viewers_that_send_pongs_but_never_read_are_closed_all_the_same(watch):
    stuck = hard_viewers(watch, 5)
    is_over = threading.Event()

    def keep_sending():
        while not is_over.wait(0.1):
            for viewer in stuck:
                with contextlib.suppress(OSError):
                    viewer.say("3")
                    viewer.sock.sendall(masked(b"", PONG))

    sender = threading.Thread(target=keep_sending)
    sender.start()
    try:
        watch.until_clean()
    finally:
        is_over.set()
        sender.join()
        for viewer in stuck:
            viewer.close()


def test_a_viewer_that_reads_a_byte_now_and_then_is_closed(watch):
    (viewer,) = hard_viewers(watch, 1)

    until_s = time.monotonic() + LIMIT_S
    while time.monotonic() < until_s:
        try:
            if not viewer.sock.recv(1):
                break
        except OSError:
            break
        if watch.viewers() == watch.viewers_before:
            break
        time.sleep(0.25)

    watch.until_clean()
    viewer.close()


@pytest.mark.parametrize("seconds", [0.5, 1.5])
def test_a_viewer_that_reads_again_in_time_holds_the_same_history(watch, seconds):
    viewer = HardViewer(watch.server.url, {"chart": "wide"}, receive_bytes=4_096)
    viewer.read_until(lambda: "tick" in viewer.events, "a tick")

    time.sleep(seconds)
    frame = requests.get(f"{watch.server.url}/api/charts/wide/ticks", timeout=LIMIT_S).json()
    viewer.read_until(
        lambda: viewer.positions.offsets["wide"] >= frame["offset"], f"offset {frame['offset']}"
    )

    offsets = sorted(place[2] for place in viewer.positions.series)
    assert offsets == list(range(1, viewer.positions.offsets["wide"] + 1))
    assert viewer.positions.reduced == 0
    viewer.close()


def test_who_is_too_far_behind_is_brought_up_reduced_and_can_ask_for_what_is_exact(start):
    watch = Watch(start("--exact-ticks=20"))
    viewer = HardViewer(watch.server.url, {"chart": "wide"}, receive_bytes=4_096)
    viewer.read_until(lambda: "tick" in viewer.events, "a tick")

    time.sleep(1.5)
    viewer.read_until(lambda: viewer.positions.reduced > 0, "a reduced backfill")
    end = viewer.positions.offsets["wide"]
    viewer.read_until(lambda: viewer.positions.offsets["wide"] >= end + 20, "more ticks")

    first_known = min(place[2] for place in viewer.positions.series)
    since = f"{viewer.positions.epochs['wide']}:{first_known - 1}"
    frame = requests.get(
        f"{watch.server.url}/api/charts/wide/ticks?since={since}", timeout=LIMIT_S
    ).json()
    assert frame["offset"] >= end
    assert frame["y"][0] == list(range(first_known, frame["offset"] + 1))
    viewer.close()
    watch.until_clean()
    watch.end()


def test_resets_and_half_closed_connections_leave_nothing(watch):
    for viewer in hard_viewers(watch, 10):
        viewer.reset()
    half = hard_viewers(watch, 10, receive_bytes=65_536)
    for viewer in half:
        viewer.sock.shutdown(1)

    watch.until_clean()

    for viewer in half:
        viewer.close()


def test_a_client_that_is_frozen_without_a_word_is_closed(watch):
    program = (
        "import sys, time; sys.path[:0] = sys.argv[2:]\n"
        "from hard_viewer import HardViewer\n"
        "viewer = HardViewer(sys.argv[1], {'chart': 'wide'}, receive_bytes=4096)\n"
        "viewer.read_until(lambda: 'tick' in viewer.events, 'a tick')\n"
        "print('reads', flush=True)\n"
        "while True: viewer.read()\n"
    )
    here = Path(__file__).parent
    client = subprocess.Popen(
        [sys.executable, "-c", program, watch.server.url, str(here), str(here.parent)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert client.stdout.readline() == "reads\n"
        os.kill(client.pid, signal.SIGSTOP)

        watch.until_clean()
    finally:
        client.kill()
        client.wait()
        client.stdout.close()


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

    until_s = time.monotonic() + 1.5
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
    until_s = time.monotonic() + 1.5
    with contextlib.suppress(OSError):
        while time.monotonic() < until_s:
            flooder.sendall(flood)
    flooder.close()
    reader.join()

    watch.until_clean()


def test_a_hundred_connects_a_second_leave_nothing(watch):
    until_s, n = time.monotonic() + 3.0, 0
    while time.monotonic() < until_s:
        viewer = HardViewer(watch.server.url, {"chart": "calm"})
        if n % 3:
            viewer.read(timeout_s=0.001)
        viewer.reset() if n % 2 else viewer.close()
        n += 1
        time.sleep(0.002)

    assert n > 150
    watch.until_clean()


def test_viewers_that_poll_and_then_poll_no_more_are_closed(watch):
    with session_of() as session:
        for _ in range(5):
            address = f"{watch.server.url}/socket.io/?EIO=4&transport=polling"
            opened = session.get(address, timeout=LIMIT_S)
            address += f"&sid={json.loads(opened.text[1:])['sid']}"
            session.post(address, data='40{"chart":"wide"}', timeout=LIMIT_S)
            assert "snapshot" in session.get(address, timeout=LIMIT_S).text
        assert watch.viewers()["wide"] == 6

    watch.until_clean()


def test_what_follows_the_end_of_a_session_in_one_post_brings_nobody_back(watch):
    with session_of() as session:
        address = f"{watch.server.url}/socket.io/?EIO=4&transport=polling"
        opened = session.get(address, timeout=LIMIT_S)
        address += f"&sid={json.loads(opened.text[1:])['sid']}"
        session.post(address, data="1\x1e40", timeout=LIMIT_S)

    watch.until_clean()


def test_websockets_that_do_not_finish_their_upgrade_leave_the_poll_as_it_is(watch):
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


def test_a_full_server_refuses_in_words_and_lets_in_again(start):
    server = start("--max-viewers=3")
    viewers = [HardViewer(server.url, {"chart": "calm"}) for _ in range(3)]

    for transport in ("polling", "websocket"):
        headers = {"Connection": "Upgrade", "Upgrade": "websocket"}
        answer = requests.get(
            f"{server.url}/socket.io/?EIO=4&transport={transport}",
            headers=headers if transport == "websocket" else {},
            timeout=LIMIT_S,
        )
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "3 viewers" in answer.json()["error"]
    assert requests.get(f"{server.url}/api/charts/calm", timeout=LIMIT_S).status_code == 200
    viewers.pop().reset()
    until(lambda: lets_in(server), "a viewer let in again")
    for viewer in viewers:
        viewer.close()


def lets_in(server):
    with requests.Session() as session:
        address = f"{server.url}/socket.io/?EIO=4&transport=polling"
        return session.get(address, timeout=LIMIT_S).status_code == 200


def test_compression_is_declined(start):
    server = start()

    with connect(server.url) as sock:
        head, _ = handshake(
            sock, server.url, headers="Sec-WebSocket-Extensions: permessage-deflate\r\n"
        )

    assert head.startswith("HTTP/1.1 101")
    assert "extensions" not in head.lower()


def test_small_frames_do_not_wait_for_one_another(start):
    server = start()
    viewer = HardViewer(server.url, {"chart": "calm"})
    viewer.read_until(lambda: "tick" in viewer.events, "a tick")

    took_s = []
    for _ in range(20):
        began_s = time.monotonic()
        viewer.answer(viewer.ask("subscribe", {"chart": "nope"}))
        took_s.append(time.monotonic() - began_s)

    # With Nagle's algorithm the answer behind an unacknowledged frame waits for 40 ms.
    assert sorted(took_s)[len(took_s) // 2] < 0.03
    viewer.close()


def test_a_server_out_of_descriptors_takes_viewers_again_later(start):
    server = start()
    process = psutil.Process(server.process.pid)
    process.rlimit(psutil.RLIMIT_NOFILE, (process.num_fds() + 10, 4_096))

    socks = [connect(server.url) for _ in range(30)]
    time.sleep(0.5)
    for sock in socks:
        sock.close()

    viewer = HardViewer(server.url, {"chart": "calm"})
    viewer.read_until(lambda: "tick" in viewer.events, "a tick")
    viewer.close()
