"""What fails around the server: its sources, its log, its clock, its memory, itself."""

import contextlib
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
import requests
from bystander import Bystander
from faketime import FakeTime
from hard_viewer import STRANGER, HardViewer, connect
from mob import attack_at_once
from processes import ROOT, START_LIMIT_S, command, environment, free_port
from recorder import CUT_OFF, LIMIT_S, Recorder, until
from settling import is_healthy
from stranger import Stranger

UNRULY = ("raising", "exiting", "endless", "greedy", "stumbling", "wrong")
HOUR_S = 3_600
STOPPED_S = 10.0
DESCRIPTORS = 120


def describe(server, chart):
    return requests.get(f"{server.url}/api/charts/{chart}", timeout=LIMIT_S).json()


def test_sources_that_fail_in_every_way_are_not_noticed_by_viewers_of_another(serve, watched):
    server = serve(*(f"--chart={name}=python:unruly:{name}?interval_s=0.1" for name in UNRULY))

    with watched(server):
        until(lambda: describe(server, "stumbling")["offset"] >= 9, "three starts")

    for name in UNRULY[:5]:
        assert describe(server, name)["status"] in ("failed", "live"), name
    assert "SystemExit: enough" in describe(server, "exiting")["reason"]


@pytest.mark.parametrize("log", ["full", "unread", "closed"])
def test_a_log_that_cannot_be_written_does_not_matter(log, bystander):
    server = Mute(log)
    try:
        until(lambda: answers(server), "an answer", START_LIMIT_S)

        with bystander(server):
            attack_at_once(server.url, 2.0, STRANGER)
        assert is_healthy(server)

        server.popen.send_signal(signal.SIGTERM)
        assert server.popen.wait(LIMIT_S) == 0
    finally:
        server.popen.kill()
        server.popen.wait()


def test_a_clock_that_jumps_moves_no_chart_and_stops_none(serve, tmp_path):
    fake = FakeTime(tmp_path / "offset")
    server = serve("--chart=walk=walk?interval_s=0.05", env=fake.environment())
    viewer = HardViewer(server.url, {"chart": "walk"})
    watcher = Bystander(server)

    for offset_s in (HOUR_S, 0, -HOUR_S, 0):
        fake.set(offset_s)
        end = describe(server, "walk")["offset"] + 10
        # That times never fall is what the viewer itself sees to.
        viewer.read_until(
            lambda end=end: viewer.positions.offsets.get("walk", 0) >= end, "ten ticks more"
        )
    watcher.end()
    viewer.close()

    times = [tick[0] for tick in viewer.positions.series.values()]
    assert max(times) > (time.time() + HOUR_S / 2) * 1_000, "the clock did not jump"


def test_viewers_come_back_by_themselves_after_a_crash(serve):
    port = free_port()
    arguments = ("--chart=fx=walk?interval_s=0.05", "--port", port)
    server = serve(*arguments)
    viewers = [Recorder(server.url, transports=[name]) for name in ("websocket", "polling")]
    for viewer in viewers:
        viewer.wait_for("tick", 5)
    epoch = viewers[0].of("snapshot")[0]["epoch"]

    server.kill()
    serve(*arguments)

    for viewer in viewers:
        snapshot = viewer.wait_for("snapshot", 2)
        viewer.wait(lambda viewer=viewer: viewer.names()[-1] == "tick", "a tick")
        viewer.close()
        assert snapshot["epoch"] != epoch
        assert snapshot["recovered"] is False


def test_a_server_that_was_stopped_for_ten_seconds_loses_nobody(serve, settled, bystander):
    # It looks at each viewer before any of them could take anything.
    server = serve("--chart=fx=walk?interval_s=0.05", "--evict-after-s=5")
    polling = Recorder(server.url, auth={"chart": "fx"}, transports=["polling"])
    viewers = [Recorder(server.url, auth={"chart": "fx"}) for _ in range(3)] + [polling]
    for viewer in viewers:
        viewer.wait_for("tick")

    with settled(server), bystander(server, wait_max_s=STOPPED_S + 2):
        server.process.send_signal(signal.SIGSTOP)
        time.sleep(STOPPED_S)
        server.process.send_signal(signal.SIGCONT)
        for viewer in viewers:
            n = len(viewer.of("tick"))
            viewer.wait_for("tick", n + 20)

    for viewer in viewers:
        assert viewer.of("disconnect") == [], viewer.client.transport()
        viewer.close()
        offsets = [offset for _, _, offset in viewer.series]
        assert offsets == list(range(offsets[0], offsets[-1] + 1))
        assert len(viewer.of("snapshot")) == 1
    assert "stands still" not in server.process.told()


def test_a_server_with_few_descriptors_says_so_to_those_who_are_too_many(serve, watched):
    few = (DESCRIPTORS, DESCRIPTORS)
    # None of them is cut off for asking for nothing: then another would have its place.
    server = serve(
        "--request-timeout-s=600",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, few),
    )

    with watched(server):
        socks = [connect(server.url, source=STRANGER) for _ in range(2 * DESCRIPTORS)]
        refused = []
        until(lambda: ask_all(socks, refused) >= DESCRIPTORS, "half of them are refused")
        for sock in socks:
            sock.close()
        until(lambda: answers(server), "an answer")

    assert all(b" 503 " in answer and b"Retry-After" in answer for answer in refused)


def test_without_descriptors_those_who_watch_go_on_and_others_come_in_later(serve, watched):
    server = serve("--request-timeout-s=3")
    process = psutil.Process(server.process.pid)

    with watched(server):
        # Within, so that what watches has come in before.
        most = process.num_fds() + 10
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (most, most))
        socks = [connect(server.url, source=STRANGER) for _ in range(100)]
        time.sleep(1.0)
        for sock in socks:
            sock.close()
        until(lambda: answers(server), "an answer")
        Stranger(server.url).connected().close()


def ask_all(socks, answered):
    """Read the answers that have come and were not read; return how many there are in all."""
    answered += filter(None, map(answer_of, socks))
    return len(answered)


def answer_of(sock):
    """Return what a connection was answered with that has asked for nothing; empty for nothing."""
    sock.settimeout(0.01)
    with contextlib.suppress(TimeoutError, ConnectionError):
        return sock.recv(4096)
    return b""


class Mute:
    """A server that cannot say anything: its log is full, read by nobody, or closed."""

    def __init__(self, log):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        serve = command("serve", "--chart=steady=python:counting:steady", "--port", port)
        if log == "closed":
            serve = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", *serve]
        with contextlib.ExitStack() as stack:
            stream = stack.enter_context(Path("/dev/full").open("w"))
            if log == "unread":
                unread, written = os.pipe()
                os.close(unread)
                stream = stack.enter_context(os.fdopen(written, "w"))
            self.popen = subprocess.Popen(
                serve,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                env=environment(),
            )
        self.pid = self.popen.pid

    @property
    def process(self):
        return self


def answers(server):
    with contextlib.suppress(*CUT_OFF):
        return requests.get(server.url + "/healthz", timeout=LIMIT_S).status_code == 200
    return False
