"""Signals and the limit of the end; each in a process of its own, which it ends."""

import signal
import subprocess
import sys

import pytest

LIMIT_S = 60.0
PROGRAM = """
import re, sys, time
from chartserver.operation import logs, process
logs.start_logging()
process.END_LIMIT_S = {limit_s}
process.LAST_LIMIT_S = {limit_s}
asked = []
with process.stop_signals(lambda: asked.append(True)):
    print("begun", flush=True)
    while not asked:
        time.sleep(0.01)
    print("asked", flush=True)
    {then}
print("ended", flush=True)
"""

# It is another thread that the signal comes to: nothing that the main one waits in is interrupted.
SIGNAL_ELSEWHERE = """
import signal, threading, time
from chartserver.commands.ticker_command import wait_to_be_stopped
def end():
    time.sleep(0.5)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
threading.Thread(target=end).start()
wait_to_be_stopped()
"""


@pytest.fixture
def begin():
    """Start the program with what it does once it was asked to end, and what is given it."""
    started = []

    def start(then, limit_s=0.3):
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", PROGRAM.format(then=then, limit_s=limit_s)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        assert started[-1].stdout.readline() == "begun\n"
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_what_ends_in_time_is_left_alone(begin):
    process = begin("pass", LIMIT_S)

    process.terminate()

    assert process.communicate(timeout=LIMIT_S) == ("asked\nended\n", "")
    assert process.returncode == 0


def test_what_hangs_after_sigterm_is_ended_with_a_word(begin):
    process = begin("time.sleep(60)")

    process.terminate()
    _, said = process.communicate(timeout=LIMIT_S)

    assert process.returncode == 1
    assert "CRITICAL: still running 0.3 s after SIGTERM" in said


def test_what_keeps_the_interpreter_to_itself_is_ended_too(begin):
    process = begin('re.match("(a+)+$", "a" * 60 + "b")')

    process.terminate()
    _, said = process.communicate(timeout=LIMIT_S)

    assert process.returncode == 1
    assert "Timeout" in said


def test_an_interruption_ends_the_server_and_not_who_runs_it(begin):
    process = begin("time.sleep(1.0)")

    process.send_signal(signal.SIGINT)

    assert process.communicate(timeout=LIMIT_S)[0] == "asked\nended\n"


def test_a_second_signal_ends_it_at_once(begin):
    process = begin("time.sleep(60)")

    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "asked\n"
    process.terminate()

    assert process.wait(LIMIT_S) == -signal.SIGTERM


def test_a_signal_that_interrupts_no_wait_ends_one_that_has_nothing_to_do():
    ended = subprocess.run(
        [sys.executable, "-c", SIGNAL_ELSEWHERE], capture_output=True, text=True, timeout=LIMIT_S
    )

    assert ended.returncode == 0
    assert "waiting to be stopped" in ended.stderr
