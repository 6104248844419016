"""Exactly one background task, whoever serves and however many come at the same instant."""

import contextlib
import itertools
import os
import re
import signal
import statistics
import sys
import threading

import pytest
import requests
from processes import PROGRAMS, Process
from raw_viewer import RawViewer
from recorder import CUT_OFF, LIMIT_S, until

ADDRESS = r"http://127\.0\.0\.1:\d+"
VIEWERS = 50


@pytest.fixture
def start():
    """Start Python programs, `start("own_server.py", "werkzeug")`; they are killed at the end."""
    started = []

    def start(*arguments, env=None):
        # The reloader has a child: they are ended as one group.
        command = [sys.executable, *map(str, arguments)]
        started.append(Process(command, env=env, start_new_session=True))
        return started[-1]

    yield start
    for process in started:
        end(process)


def end(process):
    """End a program and what it has started."""
    with contextlib.suppress(ProcessLookupError):  # it was ended before
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def ticks(url, chart):
    """Return the frame of all ticks that the chart keeps."""
    return requests.get(f"{url}/api/charts/{chart}/ticks", timeout=LIMIT_S).json()


def come_at_the_same_instant(url):
    """Let fifty viewers connect at once; return the snapshot of each."""
    snapshots = []
    barrier = threading.Barrier(VIEWERS)

    def come():
        barrier.wait()
        viewer = RawViewer(url)
        snapshots.append(viewer.event("snapshot")[1])
        viewer.close()

    threads = [threading.Thread(target=come) for _ in range(VIEWERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    return snapshots


def is_one_source(frame):
    """Return whether the ticks are those of one source that counts from 1."""
    return frame["y"] == [[float(i) for i in range(1, frame["offset"] + 1)]]


@pytest.mark.parametrize(("kind", "mode"), [("werkzeug", "threading"), ("eventlet", "eventlet")])
def test_fifty_first_viewers_of_a_wsgi_server_of_ones_own_start_one_task(start, kind, mode):
    process = start(PROGRAMS / "own_server.py", kind, mode)
    url = re.search(ADDRESS, process.lines_until(ADDRESS)[-1])[0]

    snapshots = come_at_the_same_instant(url)
    enough = ticks(url, "beat")["offset"] + 10
    until(lambda: ticks(url, "beat")["offset"] >= enough, "ten ticks more")

    assert len(snapshots) == VIEWERS
    assert len({snapshot["epoch"] for snapshot in snapshots}) == 1
    assert is_one_source(ticks(url, "beat"))
    end(process)
    assert process.rest() == ["source started"]


def test_a_wsgi_server_that_cannot_serve_says_which_mode_it_needs(start):
    process = start(PROGRAMS / "own_server.py", "werkzeug", "eventlet")
    url = re.search(ADDRESS, process.lines_until(ADDRESS)[-1])[0]

    response = requests.get(f"{url}/api/charts", timeout=LIMIT_S)

    assert response.status_code == 500
    assert "ChartServer(async_mode='threading')" in response.json()["error"]


def test_the_reloader_of_flask_starts_one_task_and_after_a_reload_one_again(start, tmp_path):
    app = tmp_path / "flask_app.py"
    app.write_text((PROGRAMS / "flask_app.py").read_text())
    process = start(
        *["-m", "flask", "--app", app, "run", "--debug", "--port", "0"],
        env={"PYTHONDONTWRITEBYTECODE": "1"},
    )
    url = re.search(ADDRESS, process.lines_until("Running on", "stderr")[-1])[0]

    first = come_at_the_same_instant(url)[0]["epoch"]
    until(lambda: ticks(url, "beat")["offset"] >= 5, "5 ticks")
    assert is_one_source(ticks(url, "beat"))

    def has_ticks_of_another_epoch():
        try:
            frame = ticks(url, "beat")
        except CUT_OFF:  # it is being reloaded
            return False
        return frame["epoch"] != first and frame["offset"] >= 5

    app.write_text(app.read_text() + "\n# changed\n")
    until(has_ticks_of_another_epoch, "5 ticks after the reload")

    assert is_one_source(ticks(url, "beat"))
    end(process)
    pids = [line.rpartition(" ")[2] for line in process.rest() if "source started" in line]
    assert len(pids) == len(set(pids)) == 2


def test_fifty_viewers_of_our_own_server_see_one_tick_a_beat(serve):
    server = serve(
        *["--chart", "beat=python:unruly:steady?interval_s=0.1"],
    )

    snapshots = come_at_the_same_instant(server.url)
    until(lambda: ticks(server.url, "beat")["offset"] >= 30, "30 ticks")

    frame = ticks(server.url, "beat")
    assert len(snapshots) == VIEWERS
    assert is_one_source(frame)
    # Ten a second and not twenty, whatever the machine does with some of them.
    spacings_ms = [later - sooner for sooner, later in itertools.pairwise(frame["t"])]
    assert statistics.median(spacings_ms) > 70
    until(
        lambda: (
            requests.get(f"{server.url}/api/charts/beat", timeout=LIMIT_S).json()["viewers"] == 0
        ),
        "all viewers to have left",
    )


def test_the_other_charts_go_on_after_a_source_has_died(serve):
    server = serve(
        *["--chart", "dies=python:unruly:raising", "--chart", "beat=python:unruly:steady"],
        *["--interval-s", "0.1"],
    )

    until(lambda: ticks(server.url, "beat")["offset"] >= 25, "25 ticks, past two restarts")

    assert is_one_source(ticks(server.url, "beat"))
    description = requests.get(f"{server.url}/api/charts/dies", timeout=LIMIT_S).json()
    assert (description["status"], description["offset"]) == ("failed", 0)
    assert description["reason"].startswith("OSError: the sensor is gone; next try in ")
