"""Work in native threads: the loop goes on meanwhile, and not too much of it waits.

The same in every async mode, each in a process of its own: a library's loop is one for a thread.
"""

import subprocess
import sys
import threading

import pytest

from chartserver.alarm import ThreadAlarm
from chartserver.errors import Busy
from chartserver.stack.offload import Offload

LIMIT_S = 60.0


def make(**bounds):
    return Offload(ThreadAlarm, **{"n_threads": 1, "wait_s": LIMIT_S, "waiting_max": 1, **bounds})


@pytest.fixture
def held():
    """Return an Offload of one thread that is at work until `release` is set, and `release`."""
    offload, release, began = make(wait_s=0.0), threading.Event(), threading.Event()
    thread = threading.Thread(target=offload, args=[lambda: (began.set(), release.wait(LIMIT_S))])
    thread.start()
    assert began.wait(LIMIT_S)
    yield offload, release
    release.set()
    thread.join()


def test_what_a_function_returns_is_returned_and_it_runs_elsewhere():
    assert make()(threading.current_thread) is not threading.current_thread()


def test_what_a_function_raises_is_raised():
    with pytest.raises(ZeroDivisionError):
        make()(lambda: 1 / 0)


def test_who_finds_no_thread_in_time_is_told_and_nothing_was_done(held):
    offload, release = held
    done = []

    with pytest.raises(Busy, match="try again"):
        offload(lambda: done.append(1))

    release.set()
    assert offload.refused == 1
    assert done == []


def test_no_more_may_wait_than_are_allowed(held):
    offload, _ = held
    offload._wait_s = 60.0
    offload._most = 1

    with pytest.raises(Busy):
        offload(int)


def test_a_thread_that_was_refused_to_some_serves_others_after(held):
    offload, release = held
    with pytest.raises(Busy):
        offload(int)

    release.set()
    offload._wait_s = LIMIT_S

    assert offload(lambda: 7) == 7


def test_no_descriptor_is_no_thread():
    def no_pipe():
        raise OSError(24, "Too many open files")

    offload = Offload(no_pipe)

    for _ in range(3):
        with pytest.raises(Busy):
            offload(int)
    assert offload._n == 0


# Two tasks of a loop: while one is in the thread the other goes on, and ends it.
TWO_TASKS = """
import threading, sys, warnings
warnings.simplefilter("ignore")
mode = sys.argv[1]
if mode == "eventlet":
    from eventlet import sleep, spawn, Timeout
else:
    from gevent import sleep, spawn, Timeout
from chartserver.alarm import ALARMS
from chartserver.stack.offload import Offload

offload, go_on, turns = Offload(ALARMS[mode]), threading.Event(), []

def other():
    for _ in range(10):
        sleep(0)
        turns.append(threading.current_thread())
    go_on.set()

spawn(other)
thread = offload(lambda: go_on.wait(60.0) and threading.current_thread())
assert thread is not threading.current_thread(), thread
assert len(turns) == 10

# A task that is ended while it waits leaves nothing behind.
blocked = threading.Event()
with Timeout(0.01, False):
    offload(lambda: blocked.wait(10.0))
    raise SystemExit("it was not ended")
blocked.set()
assert sum(offload(lambda i=i: i) for i in range(100)) == 4950
assert offload._n == 0, offload._n
"""


@pytest.mark.parametrize("mode", ["eventlet", "gevent"])
def test_the_loop_goes_on_while_a_thread_works(mode):
    subprocess.run([sys.executable, "-c", TWO_TASKS, mode], check=True, timeout=LIMIT_S)


def test_work_that_does_not_end_keeps_no_process():
    program = (
        "import threading, time\n"
        "from chartserver.alarm import ThreadAlarm\n"
        "from chartserver.stack.offload import Offload\n"
        "began = threading.Event()\n"
        "work = lambda: (began.set(), time.sleep(600))\n"
        "threading.Thread(target=Offload(ThreadAlarm), args=[work], daemon=True).start()\n"
        "began.wait(60)\n"
    )

    assert (
        subprocess.run([sys.executable, "-c", program], timeout=LIMIT_S, check=True).returncode == 0
    )


def test_a_thread_that_is_idle_is_taken_before_another_is_started():
    offload = make(n_threads=4)

    threads = set()
    for _ in range(20):
        threads.add(offload(threading.get_ident))
        # It is so a moment after it has answered.
        assert offload._threads._idle.acquire(timeout=LIMIT_S)
        offload._threads._idle.release()

    assert len(threads) == 1
