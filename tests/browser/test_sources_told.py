"""What the page tells of a source: gaps, silence, an end, a failure."""

import re
import time

from tabs import wait_until

SPACING_MS = 1_000
SPAN_S = 300


TOLD = """() => ["headline", "detail"]
  .map((name) => document.querySelector(`[data-text=${name}]`).textContent)"""


def revive(fed, viewing):
    """Give ticks until the page is live: after one alone it soon were stale again."""

    def is_live():
        fed.tick(2)
        return viewing.data("state") == "live"

    wait_until(is_live, "a page that is live again")


def test_a_source_that_fails_is_told_with_the_reason_and_comes_back(serve_fed, view):
    fed = serve_fed("?series=a")
    fed.tick(1)
    viewing = view(f"{fed.url}/lab")
    viewing.wait_for(state="live", offset=1)

    fed.fail("the sensor is unplugged")
    headline, said = viewing.wait_for_value(
        f"() => document.querySelector('main').dataset.state === 'failed' && ({TOLD})()"
    )
    revive(fed, viewing)

    assert viewing.number("offset") >= 2
    assert headline == "Failed"
    assert re.fullmatch(r"RuntimeError: the sensor is unplugged; next try in 1 s", said)


def test_a_long_reason_leaves_room_for_the_chart_on_a_phone(serve_fed, view):
    fed = serve_fed("?series=a")
    fed.tick(1)
    viewing = view(f"{fed.url}/lab", viewport={"width": 360, "height": 700})
    viewing.wait_for(state="live")

    fed.fail("the reason is as long as a tale, " * 20)
    viewing.wait_for(state="failed")

    assert viewing.page.locator(".topbar").bounding_box()["height"] < 250


def test_a_source_that_ends_is_told(serve_fed, view):
    fed = serve_fed("?series=a")
    fed.tick(1)
    viewing = view(f"{fed.url}/lab")
    viewing.wait_for(state="live")

    fed.end()
    viewing.wait_for(state="ended")

    assert viewing.page.text_content("[data-text=headline]") == "Ended"
    assert viewing.page.text_content("[data-text=detail]") == "the source has no more ticks"
    assert viewing.number("points") == 1


def test_a_source_that_stalls_is_told_with_the_reason(serve_fed, view):
    fed = serve_fed("?series=a&interval_s=0.1")
    fed.tick(1)
    viewing = view(f"{fed.url}/lab")
    viewing.wait_for(offset=1)

    viewing.wait_for(state="stale")
    said = viewing.wait_for_text("[data-text=detail]", "expected")
    revive(fed, viewing)

    assert re.fullmatch(r"no data for \d+ s, a tick was expected each 0.1 s; none has come", said)


def test_a_chart_without_a_tick_says_that_it_waits(serve_fed, view):
    fed = serve_fed("?series=a")
    viewing = view(f"{fed.url}/lab")

    viewing.wait_for(state="waiting")
    viewing.wait_for_text("[data-text=empty]", "^Waiting for the first tick$")
    fed.tick(1)

    viewing.wait_for(state="live", points=1)
    viewing.wait("() => document.querySelector('[data-empty]').hidden")


def test_gaps_in_time_and_missing_values_are_drawn_as_gaps(serve_fed, view):
    fed = serve_fed("?series=a,b")
    now_ms = round(time.time()) * 1000
    for second in range(SPAN_S + 1):
        # Nobody measured from 60 to 120; from 180 to 240 the first series has no value.
        if not 60 < second < 120:
            value = None if 180 < second < 240 else second % 7
            fed.tick(value, second % 5, time_ms=now_ms + (second - SPAN_S) * SPACING_MS)
    # A view that is live would move on with the silence after the last tick.
    begin, end = (
        f"{time.strftime('%FT%TZ', time.gmtime(now_ms // 1000 - s))}" for s in (SPAN_S, 0)
    )
    viewing = view(f"{fed.url}/lab?from={begin}&to={end}")
    viewing.wait_past("drawnOffset", 242)

    assert gaps_s(viewing.ink(0, "--series-1")) == [(60, 120), (180, 240)]
    # The second line is dashed: the dashes are no gaps.
    assert gaps_s(viewing.ink(1, "--series-2")) == [(60, 120)]


def gaps_s(columns):
    """Return where at least ten seconds of the window bear no ink, rounded to tens of seconds."""
    px_per_s = len(columns) / SPAN_S
    runs = [
        (run.start() / px_per_s, run.end() / px_per_s)
        for run in re.finditer("0+", "".join("01"[ink] for ink in columns))
    ]
    return [(round(a, -1), round(b, -1)) for a, b in runs if b - a >= 10]
