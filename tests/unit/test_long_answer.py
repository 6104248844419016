"""An answer that is long on its way: whole, or cut off so that nobody takes it for whole."""

import math

import pytest

from chartserver.errors import Busy, PositionLost
from chartserver.web.long_answer import (
    LEAST_BYTES_PER_S,
    LONGEST_S,
    MEASURED_AFTER_S,
    Cut,
    LongAnswer,
)


class Reader:
    """Reads an answer of `pieces`, each in `each_s` seconds, and notes what happens to it."""

    def __init__(self, pieces, each_s=0.0, expires_s=math.inf):
        self.now_s = 0.0
        self.each_s = each_s
        self.cuts, self.marks, self.turns, self.closed = [], [], 0, 0
        self.answer = LongAnswer(
            iter(pieces),
            expires_s=expires_s,
            give_way=self._turn,
            mark=self.marks.append,
            on_cut=lambda kind, why: self.cuts.append(kind),
            on_close=self._close,
            clock=lambda: self.now_s,
            wall_s=lambda: self.now_s,
        )

    def _turn(self):
        self.turns += 1

    def _close(self):
        self.closed += 1

    def read(self):
        """Return the pieces that came; the answer was cut when `cuts` says so."""
        came = []
        try:
            for piece in self.answer:
                came.append(piece)
                self.now_s += self.each_s
        except Cut:
            assert self.cuts
        return came


def test_a_whole_answer_gives_way_after_each_piece():
    reader = Reader([b"a", b"b", b"c"])

    assert reader.read() == [b"a", b"b", b"c"]
    assert (reader.turns, reader.cuts, reader.marks) == (3, [], [True, False])


def test_what_it_holds_is_given_back_once_read_or_not():
    reader = Reader([b"a"])

    reader.answer.close()
    reader.answer.close()

    assert reader.closed == 1


def test_a_reader_that_takes_too_long_in_all_is_cut_off():
    piece = bytes(int(LEAST_BYTES_PER_S * 100))
    reader = Reader([piece] * 20, each_s=99.0)

    assert len(reader.read()) == int(LONGEST_S // 99.0) + 1
    assert reader.cuts == ["slow_reader"]


def test_a_reader_below_the_least_rate_is_cut_off_after_a_while():
    reader = Reader([bytes(LEAST_BYTES_PER_S)] * 100, each_s=1.1)

    came = reader.read()

    assert len(came) == int(MEASURED_AFTER_S // 1.1) + 1
    assert reader.cuts == ["slow_reader"]


def test_a_link_that_expires_ends_what_is_read_with_it():
    reader = Reader([b"x"] * 100, each_s=1.0, expires_s=5.0)

    assert len(reader.read()) == 5
    assert reader.cuts == ["link_expired"]


@pytest.mark.parametrize(
    ("error", "kind"), [(PositionLost("gone"), "answer_outrun"), (Busy("busy"), "busy")]
)
def test_what_cannot_be_read_on_is_cut_off(error, kind):
    def pieces():
        yield b"a"
        raise error

    reader = Reader(pieces())

    assert reader.read() == [b"a"]
    assert (reader.cuts, reader.marks) == ([kind], [True])


def test_a_fault_of_ours_is_not_hidden():
    reader = Reader(1 / 0 for _ in range(1))

    with pytest.raises(ZeroDivisionError):
        reader.read()

    assert reader.marks == [True]
