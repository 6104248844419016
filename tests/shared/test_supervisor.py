"""The supervisor of workers: it keeps them alive, and leaves none behind, however it ends."""

import os
import signal
import sys
from contextlib import suppress

import psutil
import pytest
from processes import PROGRAMS, Process
from recorder import until

PROGRAM = PROGRAMS / "supervised.py"


class Supervisor:
    """A supervisor of small workers that runs."""

    def __init__(self, n, behavior, folder):
        self._folder = folder
        self.process = Process([sys.executable, PROGRAM, str(n), behavior, str(folder)])

    def started(self):
        """Return the process ids of all workers that have ever been started, by number."""
        names = [path.name.split(".") for path in self._folder.iterdir()]
        return sorted((int(number), int(pid)) for number, pid in names)

    def running(self):
        """Return the process ids of workers that run."""
        return [pid for _, pid in self.started() if runs(pid)]


@pytest.fixture
def supervise(tmp_path):
    """Start a supervisor, `supervise(2, "well")`; it and its workers are gone at the end."""
    made = []

    def start(n, behavior):
        made.append(Supervisor(n, behavior, tmp_path))
        return made[-1]

    yield start
    for supervisor in made:
        for pid in [*supervisor.running(), supervisor.process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        supervisor.process.kill()


def runs(pid):
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def test_a_worker_that_dies_is_started_again_and_a_signal_ends_all_in_good_order(supervise):
    supervisor = supervise(2, "well")
    supervisor.process.lines_until("all serve")
    [_, (_, killed)] = supervisor.started()

    os.kill(killed, signal.SIGKILL)
    said = supervisor.process.lines_until("worker 2 is process", "stderr")
    said += supervisor.process.lines_until("worker 2 is process", "stderr")

    assert f"WARNING: worker 2, process {killed}, was ended by SIGKILL" in said[-2]
    assert said[-2].endswith("it is started again in 0.25 s")
    until(lambda: len(supervisor.running()) == 2, "both run again")

    supervisor.process.send_signal(signal.SIGINT)

    assert supervisor.process.wait() == 0
    assert supervisor.running() == []
    assert supervisor.process.stderr_lines[-1].endswith("INFO: stopping; workers: 2")


def test_a_worker_that_dies_again_and_again_is_waited_for_longer_and_longer(supervise):
    supervisor = supervise(2, "failing")

    told = []
    for _ in range(4):
        told += supervisor.process.lines_until("worker 2 is process", "stderr")
    supervisor.process.lines_until("all serve")

    said = [line for line in told if "started again" in line]
    assert [line.rpartition("in ")[2] for line in said] == ["0.25 s", "0.5 s", "1 s"]
    assert all("worker 2" in line and "ended with status 1" in line for line in said)


def test_settings_that_the_first_worker_finds_wrong_are_the_end(supervise):
    supervisor = supervise(3, "faulty")

    assert supervisor.process.wait() == 2
    assert [number for number, _ in supervisor.started()] == [1]
    assert not any("again" in line for line in supervisor.process.stderr_lines)


def test_workers_end_when_their_supervisor_is_killed(supervise):
    supervisor = supervise(2, "well")
    supervisor.process.lines_until("all serve")

    supervisor.process.kill()

    until(lambda: supervisor.running() == [], "the workers end")


def test_a_second_signal_ends_all_at_once(supervise):
    supervisor = supervise(2, "deaf")
    supervisor.process.lines_until("all serve")

    supervisor.process.send_signal(signal.SIGTERM)
    supervisor.process.lines_until("deaf")
    supervisor.process.lines_until("deaf")
    assert supervisor.process.popen.poll() is None
    supervisor.process.send_signal(signal.SIGTERM)

    assert supervisor.process.wait() == -signal.SIGTERM
    assert supervisor.running() == []


def test_a_worker_that_does_not_end_well_is_told_by_the_status(supervise):
    supervisor = supervise(2, "unwell")
    supervisor.process.lines_until("all serve")

    supervisor.process.send_signal(signal.SIGTERM)

    assert supervisor.process.wait() == 1
    assert "ERROR: worker 1 ended with status 1" in "\n".join(supervisor.process.stderr_lines)
