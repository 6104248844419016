"""Receipts: waited for by many, in every async mode, and decided once."""

import subprocess
import sys
import threading

import pytest

from chartserver.errors import BadTick
from chartserver.receipt import Receipt
from chartserver.ticks import Position

EPOCH = "9f2c41aa"


def test_all_who_wait_are_told():
    receipt = Receipt(3)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(receipt.wait(60))) for _ in range(8)]
    for thread in threads:
        thread.start()

    receipt.complete(EPOCH, 7)
    for thread in threads:
        thread.join()

    assert answers == [True] * 8
    assert receipt.position == Position(EPOCH, 7)


def test_who_waits_too_long_is_told_no_and_leaves_nothing_behind():
    receipt = Receipt(3)

    assert not receipt.wait(0.001)

    assert receipt._outcome._waiting == []
    assert (receipt.position, receipt.fault) == (None, "")


def test_who_comes_afterwards_does_not_wait():
    receipt = Receipt(3, make_alarm=lambda: pytest.fail("it waits"))

    receipt.complete(EPOCH, 7)

    assert receipt.wait(60)


def test_what_is_decided_while_the_alarm_is_made_is_not_waited_for():
    class Late:
        """An alarm that nobody sets."""

        def wait(self, timeout_s):
            pytest.fail("it waits")

    def make_alarm():
        receipt.complete(EPOCH, 7)
        return Late()

    receipt = Receipt(3, make_alarm=make_alarm)

    assert receipt.wait(60)


def test_who_repeats_is_told_the_same():
    receipt = Receipt(3, 2)
    repeated = receipt.repeated()

    receipt.complete(EPOCH, 7)

    assert repeated.wait(0)
    assert (repeated.position, repeated.n, repeated.n_moved) == (Position(EPOCH, 7), 3, 2)
    assert (receipt.is_repeat, repeated.is_repeat) == (False, True)


def test_a_fault_ends_the_wait():
    receipt = Receipt(3)
    receipt.fail("the server has stopped")

    assert not receipt.wait(60)
    assert receipt.fault == "the server has stopped"


def test_without_a_descriptor_nobody_waits():
    def no_pipe():
        raise OSError(24, "Too many open files")

    assert not Receipt(3, make_alarm=no_pipe).wait(60)


def test_a_push_that_turns_out_not_to_fit_is_refused_to_all_who_wait():
    receipt = Receipt(1)
    waits = [threading.Thread(target=receipt.wait, args=(60,)) for _ in range(2)]
    for thread in waits:
        thread.start()

    receipt.refuse(BadTick("time is 1 ms; expected a later one"))
    for thread in waits:
        thread.join(60)

    assert not any(thread.is_alive() for thread in waits)
    assert not receipt.repeated().wait(0)
    assert "time is 1 ms" in str(receipt.refusal)
    assert receipt.fault == ""


# A task of the loop and a thread wait for the same; the loop goes on, and tells both.
A_TASK_AND_A_THREAD = """
import sys, threading, warnings
warnings.simplefilter("ignore")
mode = sys.argv[1]
if mode == "eventlet":
    from eventlet import sleep, spawn
else:
    from gevent import sleep, spawn
from chartserver.alarm import ALARMS
from chartserver.receipt import Receipt

receipt, answers = Receipt(1, make_alarm=ALARMS[mode]), []
spawn(lambda: answers.append(receipt.wait(60)))
thread = threading.Thread(target=lambda: answers.append(receipt.wait(60)))
thread.start()
while len(receipt._outcome._waiting) < 2:
    sleep(0)
receipt.complete("9f2c41aa", 7)
while len(answers) < 2:
    sleep(0)
thread.join()
assert answers == [True, True], answers
"""


@pytest.mark.parametrize("mode", ["eventlet", "gevent"])
def test_tasks_and_threads_wait_for_the_same_while_the_loop_goes_on(mode):
    subprocess.run([sys.executable, "-c", A_TASK_AND_A_THREAD, mode], check=True, timeout=60)
