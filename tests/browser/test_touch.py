"""The page by fingers: two pinch, one moves, a tap pins."""

import time

import pytest
from ranges import PLOT, RANGE, wait_for_range

SPACING_MS, TICKS = 500, 600
PHONE = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}


class Fingers:
    """Fingers on a page; places are shares of the width of the first plot."""

    def __init__(self, viewing):
        self._page = viewing.page
        self._session = viewing.page.context.new_cdp_session(viewing.page)
        plot = viewing.page.locator(PLOT).first
        plot.scroll_into_view_if_needed()
        self._box = plot.bounding_box()

    def put(self, *shares):
        self._send("touchStart", shares)

    def move(self, *shares):
        self._send("touchMove", shares)

    def lift(self):
        self._send("touchEnd", ())

    def _send(self, kind, shares):
        middle = self._box["y"] + self._box["height"] / 2
        points = [
            {"x": self._box["x"] + share * self._box["width"], "y": middle, "id": i}
            for i, share in enumerate(shares)
        ]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


@pytest.fixture
def held(serve_fed, view, fetch):
    """A phone that looks back at the middle third of five minutes, and its fingers."""
    fed = serve_fed("?series=a")
    first_ms = round(time.time() * 1000) - TICKS * SPACING_MS
    for i in range(TICKS):
        fed.tick(i, time_ms=first_ms + i * SPACING_MS)
    while fetch(f"{fed.url}/api/charts/lab")["offset"] < TICKS:
        time.sleep(0.02)
    begin, end = (first_ms + share * TICKS * SPACING_MS // 3 for share in (1, 2))
    viewing = view(f"{fed.url}/lab?from={iso(begin)}&to={iso(end)}", **PHONE)
    viewing.wait_past("draws", 1)
    viewing.wait_for(look="paused")
    viewing.wait_for_draw()
    return viewing, Fingers(viewing), (begin, end)


def iso(time_ms):
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time_ms // 1000))
    return f"{at}.{time_ms % 1000:03}Z"


def test_two_fingers_pinch(held):
    viewing, fingers, (begin, end) = held

    fingers.put(0.4, 0.6)
    fingers.move(0.3, 0.7)
    fingers.move(0.2, 0.8)
    fingers.lift()

    # Three times as far apart as at first: a third of the time, around the same middle.
    middle, span = (begin + end) / 2, (end - begin) / 3
    wait_for_range(viewing, middle - span / 2, middle + span / 2)
    assert viewing.data("look") == "paused"


def test_one_finger_moves(held):
    viewing, fingers, (begin, end) = held

    fingers.put(0.3)
    fingers.move(0.5)
    fingers.move(0.7)
    fingers.lift()

    # What was under the finger went with it, to the right: earlier times came into view.
    by_ms = 0.4 * (end - begin)
    wait_for_range(viewing, begin - by_ms, end - by_ms)


def test_a_tap_pins_the_crosshair_and_the_next_lets_it_go(held):
    viewing, fingers, (begin, end) = held

    fingers.put(0.25)
    fingers.lift()

    viewing.wait("() => new URLSearchParams(location.search).has('pin')")
    pin = viewing.page.evaluate("() => Date.parse(new URLSearchParams(location.search).get('pin'))")
    assert pin == pytest.approx(begin + 0.25 * (end - begin), abs=2 * (end - begin) / 300)
    viewing.wait("() => document.querySelectorAll('.pin:not([hidden])').length === 1")
    first_ms = viewing.held()["t"][0]
    nearest = round((pin - first_ms) / SPACING_MS)
    told = viewing.wait_for_text(".pane-hover", r"\d at ")
    assert abs(int(told.split()[0]) - nearest) <= 1

    fingers.put(0.6)
    fingers.lift()

    viewing.wait("() => document.querySelectorAll('.pin:not([hidden])').length === 0")
    assert viewing.page.evaluate(RANGE) == [begin, end]


def test_a_finger_that_goes_up_and_down_scrolls_the_page(held):
    viewing, _, (begin, end) = held
    session = viewing.page.context.new_cdp_session(viewing.page)
    viewing.page.evaluate("() => scrollTo(0, 0)")
    box = viewing.page.locator(PLOT).first.bounding_box()
    place = {"x": box["x"] + 100, "y": box["y"] + box["height"] / 2}

    session.send("Input.synthesizeScrollGesture", {**place, "yDistance": -200, "speed": 2000})

    viewing.wait("() => scrollY > 50")
    assert viewing.page.evaluate(RANGE) == [begin, end]
