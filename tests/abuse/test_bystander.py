"""The bystander itself: it notices what the server does, and not what the machine does."""

import itertools
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
import requests
from bystander import HICCUP_EACH_S, HICCUP_MAX_S, HICCUPS, TIMES, Bystander, fault_of
from processes import PROGRAMS, URL, Process, Server

STALL_S = 1.0
# Longer than a busy machine takes off two turns of a source, which goes on meanwhile.
LONG_STALL_S = 3.0
LIMIT_S = 60.0


def more_than_hiccups():
    """Yield until it was more often than hiccups may be, however long each turn takes."""
    began_s = time.monotonic()
    for n in itertools.count():
        yield
        if n > HICCUPS + 1 + (time.monotonic() - began_s) / HICCUP_EACH_S:
            break


@contextmanager
def stopped(*pids):
    """Have processes stand still."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)


def test_a_server_that_stands_still_again_and_again_is_noticed(serve):
    server = serve()
    watcher = Bystander(server)

    for _ in more_than_hiccups():
        with stopped(server.process.pid):
            time.sleep(STALL_S)
        wait_for_ticks(server)

    with pytest.raises(AssertionError, match="no tick for "):
        watcher.end()


def test_a_server_that_a_request_holds_up_is_noticed():
    program = [sys.executable, str(PROGRAMS / "stalling.py")]
    process = Process(program, env={"CHARTSERVER_ASYNC_MODE": "eventlet"})
    try:
        server = Server(process, URL.search(process.lines_until(URL, "stderr")[-1])[1])
        watcher = Bystander(server)
        for _ in more_than_hiccups():
            requests.get(f"{server.url}/api/sleep?s={LONG_STALL_S}", timeout=LIMIT_S)

        with pytest.raises(AssertionError, match="no tick for "):
            watcher.end()
    finally:
        process.kill()


def test_a_hiccup_is_not_taken_for_a_stall(serve, bystander):
    server = serve()

    with bystander(server), stopped(server.process.pid):
        time.sleep(STALL_S)


@pytest.mark.parametrize(
    ("stalls_s", "watched_s", "fault"),
    [
        ([], 1.0, ""),
        ([0.1], 1.0, ""),
        ([HICCUP_MAX_S, 4.9, 0.25], 19.0, ""),
        ([HICCUP_MAX_S + 0.1], 600.0, "no tick for 5.100 s"),
        ([1.0, 0.5, 0.26], 19.0, "3 times or more no tick for 0.260 s"),
        ([1.0, 0.5, 0.26, 0.25], 21.0, ""),
        ([1.0, 0.5, 0.26, 0.26], 21.0, "4 times or more no tick for 0.260 s"),
    ],
)
def test_hiccups_are_few_and_not_endless(stalls_s, watched_s, fault):
    assert fault_of(stalls_s, watched_s) == fault


def test_a_machine_that_stands_still_is_not_the_server_s_fault(serve, bystander):
    server = serve()

    with bystander(server) as watcher:
        for _ in range(TIMES + 2):
            # As a machine does that is moved: nothing runs, and nobody counts it.
            with stopped(watcher.pid, server.process.pid):
                time.sleep(STALL_S / 2)
            wait_for_ticks(server)


def test_a_busy_machine_is_not_the_server_s_fault(serve, bystander):
    server = serve()
    spin = "import time; until = time.monotonic() + 2\nwhile time.monotonic() < until: pass"

    with bystander(server):
        busy = [
            subprocess.Popen([sys.executable, "-c", spin]) for _ in range(4 * (os.cpu_count() or 1))
        ]
        for process in busy:
            process.wait()


def wait_for_ticks(server):
    """Wait until some ticks more have come, so that what follows is another wait."""
    address = f"{server.url}/api/charts/steady"
    offset = requests.get(address, timeout=LIMIT_S).json()["offset"]
    while requests.get(address, timeout=LIMIT_S).json()["offset"] < offset + 20:
        time.sleep(0.02)
