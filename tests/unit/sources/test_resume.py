"""Sources that go on where their chart has ended, as if nobody had stopped them."""

import threading
from itertools import islice

import numpy as np
import pytest
from upstream_server import UpstreamServer
from wsproto.events import TextMessage

from chartserver.errors import ConfigError
from chartserver.sources.python import make_source
from chartserver.sources.replay import Replay
from chartserver.sources.source import Last, Resuming
from chartserver.sources.table import Table

WALL_S = 1_793_000_000.0


def replay(time, *times_s, **options):
    rows = Table(["a"], np.array(times_s) * 1000.0, np.array([np.arange(float(len(times_s)))]), [])
    return Replay(rows, clock=time, wall_s=lambda: WALL_S + time.now_s, **options)


def played(source, time, n):
    return [(tick.time_ms, tick.values[0]) for tick in islice(source.ticks(time.stop), n)]


@pytest.mark.parametrize("is_loop", [False, True])
@pytest.mark.parametrize("done", [1, 2, 3, 4])
def test_a_replay_goes_on_with_the_row_after_the_last_one(time, is_loop, done):
    times_s = (100, 101, 101, 105, 110)
    whole = played(replay(time, *times_s, is_loop=is_loop), time, 12)

    again = replay(time, *times_s, is_loop=is_loop)
    again.resume(Last(done, whole[done - 1][0], {}))

    assert played(again, time, 12 - done) == whole[done:]


@pytest.mark.parametrize("done", [5, 6, 13])
def test_a_loop_goes_on_in_the_round_that_it_was_in(time, done):
    whole = played(replay(time, 100, 101, 101, 105, 110, is_loop=True), time, 20)

    again = replay(time, 100, 101, 101, 105, 110, is_loop=True)
    again.resume(Last(done, whole[done - 1][0], {}))

    assert played(again, time, 20 - done) == whole[done:]


def test_a_replay_after_ticks_of_others_goes_by_the_time(time):
    again = replay(time, 100, 101, 105, is_loop=True)
    again.resume(Last(7_000, 101_000.0, {}))

    assert played(again, time, 2) == [(105_000, 2), (107_000 + 500, 0)]


def test_a_replay_that_was_through_is_at_its_end(time):
    again = replay(time, 100, 101)
    again.resume(Last(2, 101_000.0, {}))

    assert played(again, time, 5) == []


def test_the_rows_after_a_takeover_keep_their_pace(time):
    again = replay(time, 100, 101, 105)
    again.resume(Last(1, 100_000.0, {}))
    began_s = time.now_s

    played(again, time, 2)

    assert time.now_s - began_s == 4


def test_times_that_were_moved_stay_moved_by_as_much(time):
    whole = played(replay(time, 100, 101, 105, speed=0, ends_now=True), time, 3)
    time.now_s += 50

    again = replay(time, 100, 101, 105, speed=0, ends_now=True)
    again.resume(Last(1, whole[0][0], {}))

    assert played(again, time, 2) == whole[1:]


def test_rows_that_are_played_as_of_now_go_on_by_their_number(time):
    again = replay(time, 100, 101, 105, starts_now=True)
    again.resume(Last(2, (WALL_S + time.now_s - 3) * 1000, {}))
    now_ms = (WALL_S + time.now_s) * 1000

    assert played(again, time, 5) == [(now_ms, 2)]


def test_a_file_that_is_played_as_of_now_begins_anew_after_more_ticks_than_it_has(time):
    again = replay(time, 100, 101, starts_now=True)
    again.resume(Last(9, WALL_S * 1000, {}))

    assert [value for _, value in played(again, time, 5)] == [0, 1]


def test_a_walk_goes_on_from_its_last_values_without_a_jump(opened):
    source = opened("walk?series=EURUSD,Tea,Oil&interval_s=0.0001&daily_percent=0.1")
    source.resume(Last(5, 0.0, {"EURUSD": 2.5, "Tea": 7.0, "Oil": -1.0}))

    [tick] = islice(source.ticks(threading.Event()), 1)

    assert list(tick.values) == pytest.approx([2.5, 7.0, 100.0], rel=1e-3)


def test_a_generator_that_takes_last_is_told_the_last_tick(time):
    def feed(last):
        yield last.offset if last else -1

    source = make_source(feed)
    first = [tick.values for tick in source.ticks(time.stop)]
    source.resume(Last(5, 1_000.0, {"a": 1.0}))

    assert first == [[-1]]
    assert [tick.values for tick in source.ticks(time.stop)] == [[5]]


def test_a_function_that_takes_last_is_told_on_each_beat():
    def read(*, last=None):
        return last.values["a"]

    source = make_source(read, interval_s=0.0001)
    assert isinstance(source, Resuming)
    source.resume(Last(5, 1_000.0, {"a": 1.5}))

    ticks = list(islice(source.ticks(threading.Event()), 2))

    assert [tick.values for tick in ticks] == [[1.5], [1.5]]


def test_what_takes_no_last_is_told_nothing():
    assert not isinstance(make_source(lambda: 1.0), Resuming)
    assert not isinstance(make_source([1.0]), Resuming)


def test_a_function_that_needs_more_than_last_is_refused():
    with pytest.raises(ConfigError, match="expected one without arguments, or with `last` alone"):
        make_source(lambda last, pin: 1.0)


def test_an_upstream_is_asked_for_what_came_after_the_last_tick(opened):
    heard = []

    def script(peer):
        heard.append(peer.accept().request.target)
        heard.append(peer.next(TextMessage).data)
        peer.send('{"time": 1793368800000, "a": 1}', '{"time": 1793368800250, "a": 2}')
        peer.wait()

    with UpstreamServer(script) as server:
        source = opened(
            f"{server.url}/%3Fafter={{last_ms}}?subscribe=since {{last_time}}&time=time&values=a"
        )
        source.resume(Last(5, 1793368800000.0, {}))
        [tick] = islice(source.ticks(threading.Event()), 1)

    assert heard == ["/?after=1793368800000", "since 2026-10-30T14:00:00.000Z"]
    assert (tick.time_ms, tick.values) == (1793368800250.0, [2])
