"""Viewers that read too little or go without a word; the others notice nothing."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import requests
from hard_viewer import LIMIT_S, HardViewer, masked
from processes import ROOT
from strict_parser import PONG
from watching import Watch, hard_viewers


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


@pytest.mark.parametrize("seconds", [0.2, 2.0])
def test_a_viewer_that_reads_again_in_time_holds_the_same_history(serve_fast, seconds):
    watch = Watch(serve_fast("--evict-after-s=30"))
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
    watch.end()


def test_who_is_too_far_behind_is_brought_up_reduced_and_can_ask_for_what_is_exact(serve_fast):
    watch = Watch(serve_fast("--exact-ticks=20", "--evict-after-s=30"))
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
    client = subprocess.Popen(
        [sys.executable, "-c", program, watch.server.url, str(ROOT / "tests")],
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
