"""What `replay` promises: every row once, in its time or the time of now, and plain errors."""

import io
import logging
import math
import os
import subprocess
import sys
import threading
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

from chartserver.errors import ConfigError
from chartserver.sources.progress import ERASE, Progress
from chartserver.sources.replay import Replay
from chartserver.sources.table import Table
from chartserver.ticks import LATEST_MS

WALL_S = 1_793_000_000.0
ROOT = Path(__file__).parents[3]


def table(*times_s):
    """Return a table with rows at these seconds; the values are 0, 1, 2 …"""
    return Table(["a"], np.array(times_s) * 1000.0, np.array([np.arange(float(len(times_s)))]), [])


def played(replay, time, n=1000):
    """Return (seconds since the beginning, time of the tick in s, value) of the first n ticks."""
    began_s = time.now_s
    return [
        (time.now_s - began_s, tick.time_ms / 1000, tick.values[0])
        for tick in islice(replay.ticks(time.stop), n)
    ]


def make(time, rows, **options):
    return Replay(rows, clock=time, wall_s=lambda: WALL_S + time.now_s - 1_000.0, **options)


def test_rows_come_in_their_own_time(time):
    replay = make(time, table(100, 101, 105))

    assert played(replay, time) == [(0, 100, 0), (1, 101, 1), (5, 105, 2)]


def test_speed_is_seconds_of_data_in_a_second(time):
    replay = make(time, table(100, 160, 400), speed=60)

    assert played(replay, time) == [(0, 100, 0), (1, 160, 1), (5, 400, 2)]


def test_speed_0_waits_for_nothing(time):
    replay = make(time, table(100, 160, 1e9), speed=0)

    assert [value for _, _, value in played(replay, time)] == [0, 1, 2]
    assert time.waits_s == []


def test_a_row_that_is_late_comes_at_once_and_none_is_left_out(time):
    ticks = make(time, table(0, 1, 2, 3, 10)).ticks(time.stop)
    next(ticks)
    time.now_s += 2.5  # the consumer was busy

    assert [next(ticks).values[0] for _ in range(2)] == [1, 2]
    assert time.waits_s == []
    next(ticks)
    assert time.waits_s == [0.5]


def test_a_loop_goes_on_rising_by_span_and_median_spacing(time):
    replay = make(time, table(100, 110, 120), is_loop=True)

    assert played(replay, time, 7) == [
        (0, 100, 0),
        (10, 110, 1),
        (20, 120, 2),
        (30, 130, 0),
        (40, 140, 1),
        (50, 150, 2),
        (60, 160, 0),
    ]


def test_a_loop_of_one_row_or_one_moment_still_rises(time):
    for rows in (table(100), table(100, 100)):
        shown = [shown_s for _, shown_s, _ in played(make(time, rows, is_loop=True), time, 6)]

        assert shown[-1] > shown[0]
        assert all(a <= b for a, b in pairwise(shown))


def test_start_now_puts_on_each_tick_the_time_at_which_it_is_played(time):
    replay = make(time, table(100, 160, 400), speed=60, starts_now=True)

    assert played(replay, time) == [(0, WALL_S, 0), (1, WALL_S + 1, 1), (5, WALL_S + 5, 2)]


def test_start_now_in_a_loop_goes_on(time):
    replay = make(time, table(100, 160), speed=60, starts_now=True, is_loop=True)

    assert [shown_s - WALL_S for _, shown_s, _ in played(replay, time, 4)] == [0, 1, 2, 3]


def test_end_now_moves_the_last_row_to_now_and_keeps_the_spacing(time):
    replay = make(time, table(100, 160, 400), speed=0, ends_now=True)

    assert [shown_s - WALL_S for _, shown_s, _ in played(replay, time)] == [-300, -240, 0]


def test_stop_ends_a_long_wait(time):
    replay = make(time, table(0, 86_400 * 3))
    ticks = replay.ticks(time.stop)
    next(ticks)
    time.stop.set()

    assert list(ticks) == []
    assert len(time.waits_s) == 1


def test_stop_ends_a_replay_that_does_not_wait():
    stop = threading.Event()
    ticks = Replay(table(*range(100)), speed=0).ticks(stop)
    next(ticks)
    stop.set()

    assert list(ticks) == []


@pytest.mark.parametrize(
    ("rows", "options", "expected_s"),
    [
        (table(0, 1, 2), {}, 1.0),
        (table(0, 60, 120), {"speed": 60.0, "starts_now": True}, 1.0),
        (table(0, 1, 2.005), {}, 1.0025),
        (table(0, 60, 120), {"speed": 60.0}, None),  # shown a minute apart, come in a second
        (table(0, 1, 5), {}, None),
        (table(0, 1, 2), {"speed": 0.0}, None),
        (table(0), {}, None),
        (table(0, 0), {}, None),
    ],
)
def test_it_beats_only_where_rows_are_even_and_time_is_shown_as_it_passes(
    rows, options, expected_s
):
    assert Replay(rows, **options).interval_s == (expected_s and pytest.approx(expected_s))


def test_a_loop_ends_where_the_calendar_does(caplog):
    rows = table(0, 86_400 * 365 * 4_000)

    played = list(Replay(rows, is_loop=True, speed=1e12).ticks(threading.Event()))

    assert [tick.time_ms <= LATEST_MS for tick in played] == [True] * len(played)
    assert len(played) == 2
    assert "year 9999" in caplog.text


# The package's own series.


def test_the_ecb_series_is_all_of_it_oldest_first(opened):
    source = opened("replay:ecb?speed=0")
    ticks = list(source.ticks(threading.Event()))

    assert source.title == "Euro reference rates (source: European Central Bank)"
    assert [one.name for one in source.series] == [
        *("USD", "JPY", "GBP", "CHF"),
        *("AUD", "CAD", "CNY", "SEK"),
    ]
    assert len(ticks) == 7126
    assert all(a.time_ms < b.time_ms for a, b in pairwise(ticks))
    assert ticks[0].time_ms == 915_408_000_000  # 1999-01-04
    assert ticks[0].values[:2] == [1.1789, 133.73]
    assert math.isnan(ticks[0].values[6])  # no renminbi in 1999
    assert ticks[-1].time_ms == 1_793_318_400_000  # 2026-10-30
    assert ticks[-1].values == [1.1172, 175.68, 0.8338, 0.9194, 1.5904, 1.5606, 7.4326, 10.978]


def test_the_ecb_series_plays_a_day_a_second_unless_told_otherwise(opened, time):
    source = opened("replay:ecb?series=USD")
    source._clock = time

    assert [after_s for after_s, _, _ in played(source, time, 5)] == [0, 1, 2, 3, 4]
    assert source.interval_s is None  # weekends


def test_the_ecb_series_is_made_by_the_script(tmp_path):
    rates = tmp_path / "hist.csv"
    rates.write_text(
        "Date,USD,JPY,BGN,GBP,CHF,AUD,CAD,CNY,SEK,\n"
        "2026-10-30,1.1172,175.68,N/A,0.8338,0.9194,1.5904,1.5606,7.4326,10.978,\n"
        "1999-01-04,1.1789,133.73,N/A,0.7111,1.6168,1.91,1.8004,N/A,9.4696,\n"
    )

    made = tmp_path / "made.csv"
    subprocess.run(
        [sys.executable, ROOT / "script" / "make-ecb-data", rates, made], check=True, timeout=30
    )

    lines = (ROOT / "chartserver" / "data" / "ecb.csv").read_text().splitlines()
    assert made.read_text().splitlines() == [lines[0], lines[1], lines[-1]]


# Files.


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Writes a file into the working directory and returns its name."""
    monkeypatch.chdir(tmp_path)

    def write(content, name="x.csv"):
        Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    return write


def test_a_file_is_read_when_it_is_opened(file, opened):
    name = file("time,a,b\n1793318400,1,N/A\n1793318401,2,3\n")
    source = opened(f"replay:{name}?speed=0")
    Path(name).unlink()

    ticks = list(source.ticks(threading.Event()))

    assert source.title == "x.csv"
    assert [tick.time_ms for tick in ticks] == [1_793_318_400_000, 1_793_318_401_000]
    assert ticks[1].values == [2.0, 3.0]


def test_a_byte_order_mark_is_no_part_of_the_header(file, opened):
    name = file(b"\xef\xbb\xbftime,a\n1793318400,1\n")

    assert [one.name for one in opened(f"replay:{name}").series] == ["a"]


def test_another_encoding_is_read_when_it_is_told(file, opened):
    name = file("time;Höhe\n1793318400;1,5\n".encode("cp1252"))

    with pytest.raises(
        ConfigError,
        match=r"file 'x.csv' is not in utf-8 \(byte 0xf6\); expected.* such as encoding=cp1252",
    ):
        opened(f"replay:{name}")
    assert [one.name for one in opened(f"replay:{name}?encoding=cp1252").series] == ["Höhe"]


def test_a_pipe_is_read_to_its_end(tmp_path, opened):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=["time,a\n1793318400,1\n"])
    writer.start()

    source = opened(f"replay:{pipe}")
    writer.join(5)

    assert len(list(source.ticks(threading.Event()))) == 1


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("replay", "replay names no file; expected one, such as replay:prices.csv"),
        ("replay:gone.csv", "file 'gone.csv' cannot be read: No such file or directory"),
        ("replay:.", "'.' is a directory; expected a file, such as 'prices.csv'"),
        ("replay:/dev/zero", "'/dev/zero' is no file"),
        ("replay:x.csv?encoding=klingon", "option encoding is 'klingon'; expected a known enc"),
        ("replay:x.csv?encoding=hex", "option encoding is 'hex'"),
        ("replay:x.csv?speed=-1", "option speed of replay is '-1'; expected a number from 0"),
        ("replay:x.csv?loop=maybe", "option loop of replay is 'maybe'; expected 1 or 0"),
        ("replay:x.csv?start=noon", "option start of replay is 'noon'; expected one of now"),
        ("replay:x.csv?start=now&end=now", "start=now and end=now; expected one of them"),
        ("replay:x.csv?start=now&speed=0", "start=now and speed=0; expected a speed above 0"),
        ("replay:x.csv?loop=1&speed=0", "loop=1 and speed=0, which never ends"),
        ("replay:x.csv?loop=1&end=now", "loop=1 and end=now, which leads into the future"),
        ("replay:x.csv?time=when", "no column 'when', which option time names"),
        ("replay:x.csv?series=b", "no column 'b', which option series names"),
        ("replay:ecb?series=DEM", "no column 'DEM'"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(file, opened, spec, expected):
    file("time,a\n1793318400,1\n")

    with pytest.raises(ConfigError) as caught:
        opened(spec)

    (fault,) = caught.value.faults
    assert expected in fault
    assert fault.startswith(f"chart {spec!r}: ")
    assert "\n" not in fault


def test_a_cell_too_large_for_any_csv_is_told(file, opened):
    name = file('time,a\n1793318400,"' + "x" * 200_000 + '"\n')

    with pytest.raises(ConfigError, match="is no CSV file: field larger than field limit"):
        opened(f"replay:{name}")


def test_what_is_left_out_of_a_file_is_said(file, opened, caplog):
    name = file("time,host,a\n1793318400,web,1\n")

    opened(f"replay:{name}")

    assert "replay x.csv: column 'host' holds no number and is left out" in caplog.messages


def test_a_replay_too_slow_to_be_seen_is_said(file, opened, caplog):
    name = file("date,a\n2026-10-29,1\n2026-10-30,2\n")

    opened(f"replay:{name}")

    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "a tick comes every 86400 s; for one a second give speed=86400" in caplog.text


# Progress.


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_of_a_long_replay_is_one_line_rewritten_once_a_second(time):
    screen = Terminal()
    progress = Progress("x.csv", 1_000, screen, time)

    for done in range(60):
        progress.show(done)
        time.now_s += 0.1
    progress.end()

    assert screen.getvalue().split(ERASE) == [
        "",
        "x.csv: 30 of 1,000 rows, 3%",
        "x.csv: 40 of 1,000 rows, 4%",
        "x.csv: 50 of 1,000 rows, 5%",
        "",
    ]


def test_a_short_replay_leaves_the_terminal_alone(time):
    screen = Terminal()
    progress = Progress("x.csv", 10, screen, time)

    progress.show(10)
    progress.end()

    assert screen.getvalue() == ""


def test_nothing_is_shown_where_there_is_no_terminal(time):
    log_file = io.StringIO()
    progress = Progress("x.csv", 10, log_file, time)
    time.now_s += 100

    progress.show(5)
    progress.end()

    assert log_file.getvalue() == ""


def test_rounds_of_a_loop_are_told(time):
    screen = Terminal()
    progress = Progress("x.csv", 10, screen, time)
    time.now_s += 100

    progress.show(25)

    assert screen.getvalue() == f"{ERASE}x.csv: 5 of 10 rows, 50%, round 3"


def test_a_replay_shows_its_progress_on_stderr(time, monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    replay = make(time, table(0, 2, 4, 6), title="x.csv")

    played(replay, time)

    assert "x.csv: 3 of 4 rows, 75%" in screen.getvalue()
    assert screen.getvalue().endswith(ERASE)
