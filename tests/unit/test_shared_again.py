"""Ticks that a log has refused: what is tried again, and what is told not to fit."""

import numpy as np
import pytest

from chartserver.batch import KeptKey
from chartserver.errors import BadTick, KeyReused
from chartserver.inbox import Pushed, Singles
from chartserver.receipt import Receipt
from chartserver.shared.again import after_late, without_repeats


def pushed(*times, stamped=None, digest="", n=None, n_kept=None, receipt=None):
    """A push of one series whose values are its times."""
    n = n or len(times)
    return Pushed(
        np.array(times, float),
        np.array([times], float),
        [0],
        receipt or Receipt(n),
        digest,
        arrived_s=0.0,
        due_s=-np.inf,
        n=n,
        n_kept=n_kept or n,
        is_stamped=None if stamped is None else np.array(stamped),
    )


def singles(*times, given=()):
    part = Singles()
    part.times, part.given = list(times), list(given)
    part.rows = [[time] for time in times]
    return part


def test_ticks_without_a_time_of_their_own_are_of_the_last_tick_then():
    push = pushed(10.0, 20.0, 30.0, stamped=[True, True, True])
    again = after_late([push, singles(12.0, 22.0)], 20.5)

    assert [
        part.times if isinstance(part, Singles) else part.time_ms.tolist() for part in again.parts
    ] == [[20.5, 20.5, 30.0], [20.5, 22.0]]
    assert again.parts[0].values.tolist() == [[10.0, 20.0, 30.0]]
    assert not again.refused
    assert again.dropped == 0


def test_a_push_with_a_time_before_the_last_tick_is_refused_as_a_whole_and_no_other():
    late, fits = pushed(10.0, 20.0, 30.0), pushed(25.0, 26.0)

    again = after_late([late, fits], 20.5)

    assert again.parts[0].time_ms.tolist() == [25.0, 26.0]
    assert len(again.parts) == 1
    [(refused, error)] = again.refused
    assert refused is late
    assert isinstance(error, BadTick)
    assert (error.index, error.last_ms) == (0, 20.5)
    assert str(error) == (
        "tick 0: time is 10 ms, 10 ms before the last tick in the history;"
        " expected ticks at or after it"
    )


def test_of_a_push_in_two_parts_none_is_tried_again_when_one_is_late():
    receipt = Receipt(4)
    first = pushed(10.0, 20.0, receipt=receipt, n=4, n_kept=2)
    second = pushed(30.0, 40.0, receipt=receipt, n=4, n_kept=4)

    again = after_late([first, second], 15.0)

    assert again.parts == []
    assert [part for part, _ in again.refused] == [first]


def test_the_index_of_a_late_tick_is_not_told_of_a_run_that_was_put_into_order():
    push = pushed(10.0, 20.0, receipt=Receipt(2, n_moved=1))

    [(_, error)] = after_late([push], 15.0).refused

    assert error.index is None


def test_ticks_of_a_source_with_late_times_of_their_own_are_dropped_and_counted():
    again = after_late([singles(1.0, 2.0, 3.0, 4.0, given=[0, 2, 3])], 3.5)

    assert again.dropped == 2
    assert again.parts[0].times == [3.5, 4.0]
    assert again.parts[0].rows == [[2.0], [4.0]]
    assert again.parts[0].given == [1]


def test_a_push_that_another_process_has_kept_is_left_out():
    repeat, other = pushed(1.0, 2.0, digest="k/abc"), pushed(3.0, digest="l/def")

    again = without_repeats([repeat, other], [KeptKey("k/abc", 7, 2, 2)])

    assert again.parts == [other]
    assert again.kept == [(repeat, KeptKey("k/abc", 7, 2, 2))]


def test_of_a_push_of_which_the_first_ticks_were_kept_the_others_are_left():
    push = pushed(1.0, 2.0, 3.0, digest="k/abc")

    again = without_repeats([push], [KeptKey("k/abc", 7, 3, 2)])

    assert again.parts[0].time_ms.tolist() == [3.0]
    assert again.parts[0].n_kept == 3
    assert not again.kept


@pytest.mark.parametrize("key", [KeptKey("k/xyz", 7, 1, 1), KeptKey("k/abc", 7, 5, 5)])
def test_another_push_under_the_same_key_is_refused(key):
    push = pushed(1.0, digest="k/abc")

    again = without_repeats([push], [key])

    assert again.parts == []
    assert [type(error) for _, error in again.refused] == [KeyReused]
