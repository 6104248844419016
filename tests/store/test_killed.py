"""A process that is killed while it keeps ticks loses none that it has acknowledged."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from chartserver.store.opening import open_store

PROGRAMS = Path(__file__).parents[1] / "programs"
sys.path.append(str(PROGRAMS))
from keeping import end  # noqa: E402

KILLS = int(os.environ.get("CHARTSERVER_TEST_KILLS", "100"))
LONGEST_LIFE_S = 0.12


@pytest.fixture
def program(tmp_path):
    """The program that begins processes to be killed, and where its store is."""
    url = f"sqlite:///{tmp_path}/kept.db"
    with subprocess.Popen(
        [sys.executable, PROGRAMS / "keeping.py", url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(PROGRAMS.parents[1])},
    ) as process:
        yield process, url
        process.stdin.close()
        process.wait(60)


def killed(process, push, life_s):
    """Have a process push from `push` on, killed after so long; return what it acknowledged."""
    process.stdin.write(f"{push}\n")
    process.stdin.flush()
    first = process.stdout.readline().split()
    kept = []
    # What it says may come before who has begun it says its pid.
    while first[0] != "pid":
        kept.append(first)
        first = process.stdout.readline().split()
    time.sleep(life_s)
    os.kill(int(first[1]), signal.SIGKILL)
    kept += [line.split() for line in iter(process.stdout.readline, "gone\n")]
    return [(int(number), epoch, int(offset)) for _, number, epoch, offset in kept]


def test_no_acknowledged_tick_is_lost_or_doubled_by_kills(program):
    process, url = program
    lives = random.Random(4)
    epochs, last = set(), 0

    for _ in range(KILLS):
        for number, epoch, offset in killed(process, last + 1, lives.uniform(0, LONGEST_LIFE_S)):
            assert (number, offset) == (last + 1, end(number))
            epochs.add(epoch)
            last = number

    assert last > KILLS, "hardly anything was kept: the processes were killed too early"
    check_whole(url, epochs, last)


def check_whole(url, epochs, last):
    """Check that the history is each tick once, in order, and all that was acknowledged."""
    store = open_store(url)
    pieces = list(store.pieces("fx", -np.inf, np.inf))
    numbers = np.concatenate([piece.values for piece in pieces], axis=1)
    assert {piece.epoch for piece in pieces} == epochs
    assert len(epochs) == 1
    assert np.array_equal(numbers[0], np.arange(1.0, numbers.shape[1] + 1))
    assert np.array_equal(numbers[1], -numbers[0])
    assert pieces[-1].offset == numbers.shape[1] >= end(last)
    picture = store.reduced("fx", -np.inf, np.inf, 20)
    assert (picture.values[0].min(), picture.values[0].max()) == (1, numbers.shape[1])
    assert store.close(60)
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
