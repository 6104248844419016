"""Looking back: zoom, move, pause, return, while the data goes on; what is lacking is fetched."""

import time

import pytest
from tabs import wait_until

SPACING_MS = 500
TICKS = 6_000
# What a page shows, as its address says.
RANGE = """() => {
  const said = new URLSearchParams(location.search);
  return [said.get("from"), said.get("to")].map((iso) => Date.parse(iso));
}"""
# All texts that are written on a canvas from now on.
WRITTEN = """() => {
  window.written = [];
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
    window.written.push(text);
    return fillText.call(this, text, ...place);
  };
}"""


@pytest.fixture
def live(shared, view):
    """A page that has shown some ticks of a chart with 20 a second."""
    viewing = view(f"{shared.url}/fx")
    viewing.wait_for(state="live", look="live")
    viewing.wait_past("drawnOffset", 40)
    return viewing


def place(viewing, share=0.5, pane=0):
    """Return a point over the plotted area of a pane, by its share of the width."""
    box = viewing.page.locator(".u-over").nth(pane).bounding_box()
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def drag(viewing, begin, end):
    mouse = viewing.page.mouse
    mouse.move(*place(viewing, begin))
    mouse.down()
    mouse.move(*place(viewing, (begin + end) / 2))
    mouse.move(*place(viewing, end))
    mouse.up()


def shown(viewing):
    """Return from when to when a page that looks back shows, once its address says so."""
    viewing.wait("() => new URLSearchParams(location.search).has('from')")
    return viewing.page.evaluate(RANGE)


def is_still(viewing, ticks=20):
    """Whether nothing is drawn while so many ticks come."""
    draws = viewing.number("draws")
    viewing.wait_past("offset", viewing.number("offset") + ticks)
    return viewing.number("draws") == draws


def test_what_was_dragged_over_is_shown_while_the_data_goes_on(live):
    drag(live, 0.2, 0.6)
    live.wait_for(look="paused")
    live.wait_for_text("[data-text=detail]", r"\d+ s behind, \d+ new")
    live.wait_for_text("[data-text=headline]", "^Paused$")
    live.wait_for_text("[data-back]", "^Return to live ")

    # Nothing that could be seen changes: what comes is not drawn, each tick of which is else.
    # What was asked for before may come a little later.
    wait_until(lambda: is_still(live), "a view that stays as it is")
    assert live.data("missed") == "0"


@pytest.mark.parametrize("way", ["button", "End", "double click"])
def test_one_returns_to_live(live, way):
    drag(live, 0.2, 0.6)
    live.wait("() => Number(document.querySelector('main').dataset.new) > 0")
    known = live.number("drawnOffset")

    if way == "button":
        live.page.click("[data-back]")
    elif way == "End":
        live.page.keyboard.press("End")
    else:
        live.page.mouse.dblclick(*place(live))

    live.wait_for(look="live")
    live.wait_past("drawnOffset", known + 10)
    assert not live.page.is_visible("[data-back]")
    assert live.data("behind") is live.data("new") is None


def test_the_space_bar_pauses_and_resumes(live):
    live.page.keyboard.press(" ")
    live.wait_for(look="paused")
    live.wait_for_text("[data-pause-text]", "^Resume$")

    live.page.keyboard.press(" ")
    live.wait_for(look="live")
    live.wait_for_text("[data-pause-text]", "^Pause$")


def test_a_view_that_looks_back_stays_where_it_is(live):
    drag(live, 0.3, 0.7)
    before = shown(live)

    def is_same():
        ink = live.ink()
        live.wait_past("offset", live.number("offset") + 40)
        return any(ink) and live.ink() == ink

    # Finer ticks may still come for what is looked at; a view that moved would never be the same.
    wait_until(is_same, "a view that stays as it is")
    assert shown(live) == before


def test_nothing_is_drawn_under_a_pointer_that_drags(live):
    live.page.mouse.move(*place(live, 0.2))
    live.page.mouse.down()
    live.page.mouse.move(*place(live, 0.5))
    # What takes the pointer may only just be there.
    live.page.wait_for_selector(".drag-band")
    draws, offset = live.number("draws"), live.number("offset")
    live.wait_past("offset", offset + 20)
    during = live.number("draws") - draws
    live.page.mouse.up()

    live.wait_past("draws", draws + 1)
    assert during == 0


def test_the_wheel_zooms_where_the_pointer_is(live):
    live.page.keyboard.press(" ")
    before = shown(live)
    middle = sum(before) / 2
    live.wait_for_draw()

    live.page.mouse.move(*place(live))
    # Without Ctrl it scrolls a page that is higher than the screen.
    live.page.keyboard.down("Control")
    live.page.mouse.wheel(0, -200)
    live.page.keyboard.up("Control")
    live.wait(
        "(before) => Date.parse(new URLSearchParams(location.search).get('from')) > before",
        before[0],
    )

    after = shown(live)
    assert after[1] - after[0] < 0.8 * (before[1] - before[0])
    assert abs(sum(after) / 2 - middle) < 0.02 * (before[1] - before[0])


def test_the_first_hover_of_all_is_at_the_height_of_the_pointer(live):
    live.page.mouse.move(*place(live))

    live.wait(
        """() => {
          const boxOf = (name) => document.querySelector(name).getBoundingClientRect();
          const [line, plot] = [boxOf(".u-cursor-y"), boxOf(".u-over")];
          return line.width > 0 && Math.abs(line.top - (plot.top + plot.bottom) / 2) < 3;
        }"""
    )


def test_a_click_pins_the_crosshair_in_all_panes(live):
    live.page.keyboard.press(" ")
    live.wait_for(look="paused")
    live.wait_for_draw()
    live.page.mouse.click(*place(live, 0.4))
    live.wait("() => document.querySelectorAll('.pin:not([hidden])').length === 2")
    live.page.mouse.move(5, 5)
    values = [live.wait_for_text(f".pane:nth-child({n}) .pane-hover", r"\d") for n in (1, 2)]
    live.wait("() => new URLSearchParams(location.search).has('pin')")

    assert " at " in values[0]
    live.page.mouse.click(*place(live, 0.4))
    live.wait("() => document.querySelectorAll('.pin:not([hidden])').length === 0")


def test_a_double_click_leaves_nothing_pinned(live):
    live.page.keyboard.press(" ")
    live.wait_for(look="paused")
    live.page.mouse.click(*place(live, 0.3))
    live.wait("() => new URLSearchParams(location.search).has('pin')")

    live.page.mouse.dblclick(*place(live, 0.6))

    live.wait_for(look="live")
    live.wait("() => document.querySelectorAll('.pin:not([hidden])').length === 0")
    live.wait("() => !new URLSearchParams(location.search).has('pin')")


def test_an_address_shows_the_same_view_again(live, view):
    drag(live, 0.2, 0.6)
    begin, end = shown(live)

    other = view(live.page.evaluate("() => location.href"))
    other.wait_for(look="paused")
    other.wait_past("draws", 1)

    assert shown(other) == [begin, end]


def test_back_and_forward_go_through_what_was_looked_at(live):
    live.page.get_by_role("button", name="1m", exact=True).click()
    live.wait("() => location.search === '?window=1m'")
    # An act so long after the last one is one of its own.
    live.page.wait_for_timeout(1_600)
    drag(live, 0.4, 0.8)
    there = shown(live)

    live.page.go_back()
    live.wait_for(look="live")
    live.page.go_forward()
    live.wait_for(look="paused")

    assert shown(live) == there


@pytest.fixture
def stored(serve_fed, tmp_path, fetch):
    """A server that has more in its store than in memory."""
    store = f"sqlite:///{tmp_path}/ticks.db"
    fed = serve_fed("?series=a,b", "--history", "300", "--store", store)
    last_ms = round(time.time() * 1000)
    for i in range(TICKS):
        fed.tick(i % 70, -i, time_ms=last_ms - (TICKS - 1 - i) * SPACING_MS)
    while fetch(f"{fed.url}/api/charts/lab")["offset"] < TICKS:
        time.sleep(0.02)
    return fed


def test_what_is_not_held_is_fetched_exactly(stored, view, fetch):
    viewing = view(f"{stored.url}/lab")
    viewing.wait_past("draws", 1)
    viewing.wait_for_text("[data-history] h2", "History")
    assert viewing.number("points") == 300
    # Beyond what is held: from the store, coarsely at first.
    viewing.page.get_by_role("button", name="All", exact=True).click()
    viewing.wait_past("fetched", 1)
    viewing.wait_for_ink("(ink) => ink.filter(Boolean).length > 0.95 * ink.length")

    drag(viewing, 0.30, 0.32)
    viewing.wait_for(look="paused")
    begin, end = shown(viewing)

    kept = fetch(f"{stored.url}/api/charts/lab/ticks?from={begin}&to={end}")
    assert 60 < len(kept["t"]) < 200
    viewing.wait_for_draw()
    viewing.page.mouse.move(*place(viewing, 0.5))
    # Each value is one above the other: a reduced run, which is seen first, has not this one.
    middle = (begin + end) / 2
    nearest = min(range(len(kept["t"])), key=lambda i: abs(kept["t"][i] - middle))
    viewing.wait(
        """(wanted) => {
          const told = document.querySelector(".pane:nth-child(2) .pane-hover").textContent;
          const value = Number(told.replace("−", "-").replaceAll(",", "").split(" ")[0]);
          return told && Math.abs(value - wanted) <= 1;
        }""",
        kept["y"][1][nearest],
    )


def test_a_past_that_cannot_be_fetched_is_told_and_asked_for_again(stored, view):
    viewing = view(f"{stored.url}/lab?window=5m")
    viewing.allow("status of 503")
    viewing.wait_past("draws", 1)
    busy = {"status": 503, "json": {"error": "the server is busy"}}
    # The strip of all there is says how far back one can go.
    viewing.wait("() => document.querySelector('.history-line')?.width > 300")
    viewing.page.route("**/ticks?from=*", lambda route: route.fulfill(**busy))

    viewing.page.get_by_role("button", name="All", exact=True).click()
    viewing.wait_for_text(".past-told", "could not be fetched: the server is busy")
    viewing.page.unroute("**/ticks?from=*")

    viewing.page.wait_for_selector("#chart[data-past=idle]")
    viewing.page.wait_for_selector(".past-told", state="hidden")


def test_the_brush_moves_what_is_looked_at(stored, view):
    viewing = view(f"{stored.url}/lab?window=5m")
    viewing.wait_past("draws", 1)
    viewing.wait("() => document.querySelector('.history-brush')?.offsetWidth < 200")
    strip = viewing.page.locator(".history-line")
    strip.scroll_into_view_if_needed()
    box = strip.bounding_box()
    y = box["y"] + 15

    viewing.page.mouse.click(box["x"] + 0.25 * box["width"], y)
    viewing.wait_for(look="paused")
    begin, end = shown(viewing)
    span_ms = TICKS * SPACING_MS
    assert abs(end - begin - 300_000) < 10
    newest_ms = viewing.held()["t"][-1]
    assert abs((newest_ms - (begin + end) / 2) - 0.75 * span_ms) < 0.02 * span_ms

    viewing.page.mouse.move(box["x"] + 0.25 * box["width"], y)
    viewing.page.mouse.down()
    viewing.page.mouse.move(box["x"] + 0.6 * box["width"], y)
    viewing.page.mouse.move(box["x"] + 1.2 * box["width"], y)
    viewing.page.mouse.up()
    viewing.wait_for(look="live")


def test_silence_grows_at_the_right(serve_fed, view):
    fed = serve_fed("?series=a&interval_s=0.2")
    viewing = view(f"{fed.url}/lab")
    # Of what was before it was opened the page knows no cause.
    viewing.wait_for(state="waiting")
    for i in range(31):
        fed.tick(i)
    viewing.wait_past("drawnOffset", 31)

    viewing.wait_for(state="stale")
    # The line ends more than a tenth of the width before the edge, and stays to be seen.
    viewing.wait_for_ink(
        "(ink) => ink.slice(0, ink.length / 2).some(Boolean)"
        " && !ink.slice(-ink.length / 12).some(Boolean)"
    )
    # What the gap is called once it is over: it is in the picture, and here in what draws it.
    viewing.page.evaluate(WRITTEN)
    # The page has known of it for the most of it by then.
    viewing.wait("() => window.written.some((text) => /^[1-9][0-9] s$/.test(text))")
    fed.tick(1)
    viewing.wait(
        "() => window.written.some((text) => /^no data .* s, the source was silent$/.test(text))"
    )
