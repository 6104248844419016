"""When a picture is drawn, and when one that is there is given instead."""

import pytest

from chartserver.chart import Chart
from chartserver.errors import Busy
from chartserver.history import MemoryHistory
from chartserver.pictures.gallery import KEPT_MAX, UNDER_WAY_MAX, Gallery
from chartserver.pictures.wish import Wish
from chartserver.status import Status
from chartserver.ticks import Series

SVG, PNG = Wish("svg"), Wish("png")
WIDE = Wish("svg", width_px=2_000)


class Room:
    """A chart and a gallery whose pictures are their scenes in words."""

    def __init__(self):
        self.now_s = 0.0
        self.meanwhile = lambda: None
        self.chart = Chart(
            "fx", now_ms=lambda: 0.0, history=MemoryHistory(10), series=[Series("a")]
        )
        self.gallery = Gallery(self.paint, self.offload, lambda: self.now_s)

    def paint(self, scene):
        return f"{scene['form']} {scene['values']}".encode()

    def offload(self, function):
        self.meanwhile()
        return function()

    def tick(self, value):
        self.chart.append(value)
        self.chart.take()

    def ask(self, wish=SVG):
        return self.gallery.picture(self.chart, wish)


@pytest.fixture
def room():
    made = Room()
    made.tick(1)
    return made


def test_a_picture_is_drawn_once_for_all_as_long_as_nothing_comes(room):
    first = room.ask()
    room.now_s = 1_000.0

    assert room.ask() is first
    assert room.gallery.drawn == 1


def test_it_is_drawn_again_after_a_tick_but_at_most_once_a_second(room):
    first = room.ask()
    room.tick(2)
    room.now_s = 0.9

    assert room.ask() is first
    room.now_s = 1.1
    assert room.ask().content == b"svg [[1.0, 2.0]]"


def test_another_form_is_another_picture(room):
    assert room.ask().content != room.ask(PNG).content


def test_the_same_content_has_the_same_name(room):
    first = room.ask()
    room.chart.status = Status("live", "for a reason")
    room.now_s = 2.0

    again = room.ask()

    assert again is not first
    assert again.tag == first.tag


@pytest.mark.parametrize("wish", [SVG, WIDE])
def test_while_too_many_are_drawn_the_last_one_is_given(room, wish):
    first = room.ask(wish)
    room.tick(2)
    room.now_s = 2.0
    got = []

    def ask_too():
        if len(got) < UNDER_WAY_MAX:
            got.append(None)
            got.append(room.ask(wish))

    room.meanwhile = ask_too

    room.ask(wish)

    assert first in got


def test_while_too_many_are_drawn_a_new_one_has_to_wait(room):
    refused = []

    def ask_too():
        try:
            room.ask(Wish("svg", width_px=300 + len(refused)))
        except Busy as error:
            refused.append(error)

    room.meanwhile = ask_too

    room.ask(WIDE)

    assert len(refused) == 1
    assert room.gallery.picture(room.chart, WIDE)


def test_pictures_of_all_sizes_take_no_plain_one_away(room):
    first, got = room.ask(), []
    for i in range(KEPT_MAX + 5):
        room.ask(Wish("svg", width_px=300 + i))
    assert room.ask() is first
    wishes = [*(Wish("svg", width_px=1_000 + i) for i in range(UNDER_WAY_MAX - 1)), SVG]
    room.tick(2)
    room.now_s = 2.0
    room.meanwhile = lambda: got.append(room.ask(wishes.pop(0))) if wishes else None

    room.ask(WIDE)

    assert got[0] is not first
    assert got[0].content == room.ask().content


def test_only_so_many_are_kept(room):
    for i in range(KEPT_MAX + 5):
        room.ask(Wish("svg", width_px=300 + i))

    assert len(room.gallery._special) == KEPT_MAX


def test_one_that_fails_keeps_no_place(room):
    def fail():
        raise OSError("out of threads")

    room.meanwhile = fail
    for _ in range(5):
        with pytest.raises(OSError, match="threads"):
            room.ask()
    room.meanwhile = lambda: None

    assert room.ask()
