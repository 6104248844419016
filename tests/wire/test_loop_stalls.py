"""The watchdog of a real server: what holds up the loop is told, what holds up all is not."""

import signal
import sys
import time

import pytest
import requests
from processes import PROGRAMS, URL, Process
from recorder import LIMIT_S, until

SLEPT_S = 2.0
STOPPED_S = 4.0


@pytest.fixture
def stalling():
    """Start servers whose pages stand still, `stalling("eventlet")`; return (process, url)."""
    started = []

    def start(mode):
        program = [sys.executable, str(PROGRAMS / "stalling.py")]
        process = Process(program, env={"CHARTSERVER_ASYNC_MODE": mode})
        started.append(process)
        url = URL.search(process.lines_until(URL, "stderr")[-1])[1]
        until(lambda: number(url, "chartserver_loop_lag_seconds_count") > 1, "the first beats")
        return process, url

    yield start
    for process in started:
        process.kill()


def number(url, name):
    """Return a metric that has no labels."""
    lines = requests.get(f"{url}/metrics", timeout=LIMIT_S).text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


@pytest.mark.parametrize("mode", ["eventlet", "gevent"])
@pytest.mark.parametrize("page", ["sleep", "work"])
def test_a_loop_that_stands_still_is_told_with_its_place(stalling, mode, page):
    process, url = stalling(mode)

    began_s = time.monotonic()
    requests.get(f"{url}/api/{page}", timeout=LIMIT_S)
    until(lambda: number(url, "chartserver_loop_stalled_seconds_total") > 0, "the stall's end")

    # The log is written by a thread of its own.
    until(lambda: "the loop goes on" in "\n".join(process.stderr_lines), "the line of the end")

    said = "\n".join(process.stderr_lines)
    assert number(url, "chartserver_loop_stalls_total") >= 1
    stalled_s = number(url, "chartserver_loop_stalled_seconds_total")
    assert 1.2 < stalled_s < time.monotonic() - began_s + 1.0
    assert "the loop stands still" in said
    assert f"{page}_here" in said


def test_with_threads_a_page_that_blocks_holds_up_nobody(stalling):
    process, url = stalling("threading")

    requests.get(f"{url}/api/sleep", timeout=LIMIT_S)
    time.sleep(0.5)

    # That would be told with its place.
    assert "sleep_here" not in "\n".join(process.stderr_lines)
    assert number(url, "chartserver_loop_stalled_seconds_total") < SLEPT_S


@pytest.mark.parametrize("mode", ["eventlet", "gevent", "threading"])
def test_a_process_that_was_stopped_as_a_whole_is_not_reported(stalling, mode):
    process, url = stalling(mode)

    process.send_signal(signal.SIGSTOP)
    time.sleep(STOPPED_S)
    process.send_signal(signal.SIGCONT)
    time.sleep(1.0)

    # A machine that is slow besides may have held up the loop, but not for so long.
    assert number(url, "chartserver_loop_stalled_seconds_total") < STOPPED_S
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 0
