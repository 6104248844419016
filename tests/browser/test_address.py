"""What makes a view is in the address, and the address makes the view; windows; moving by mouse."""

import time

import pytest
from ranges import PLOT, wait_for_range

SPACING_MS, TICKS = 1_000, 600
WINDOWS = "() => [...document.querySelectorAll('#windows button')].map((b) => b.textContent).join()"
PRESSED = "() => document.querySelector('#windows [aria-pressed=true]')?.textContent"


@pytest.fixture
def lab(serve_fed, fetch):
    """Start a chart with ten minutes of ticks; returns it and the time of the first."""
    fed = serve_fed("?series=a,b,c")
    first_ms = (round(time.time()) - TICKS) * 1_000
    for i in range(TICKS):
        fed.tick(i % 60, -i % 50, i % 7, time_ms=first_ms + i * SPACING_MS)
    while fetch(f"{fed.url}/api/charts/lab")["offset"] < TICKS:
        time.sleep(0.02)
    return fed, first_ms


def iso(time_ms):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time_ms // 1_000))


def test_all_that_makes_a_view_is_taken_from_the_address_and_stays_there(lab, view):
    fed, first_ms = lab
    span = f"from={iso(first_ms + 100_000)}&to={iso(first_ms + 400_000)}"
    pin = f"pin={iso(first_ms + 250_000)}"
    query = f"{span}&kind=candles&candle=30s&hide=b&{pin}&panels=stacked&theme=dark&lang=ja"
    viewing = view(f"{fed.url}/lab?{query}")
    viewing.wait_for(look="paused", kind="candles", candleMs=30_000, panels=2)
    viewing.wait("() => document.querySelectorAll('.pin:not([hidden])').length === 2")
    labels = viewing.page.locator(".pane-label").all_text_contents()
    root = viewing.page.evaluate(
        "() => [document.documentElement.lang, document.documentElement.dataset.theme].join()"
    )

    # Something is changed, and taken back: all the rest is as it was.
    viewing.page.click(".card[data-series=c]")
    viewing.wait("() => location.search.includes('hide=b,c')")
    viewing.page.click(".card[data-series=c]")
    viewing.wait("() => !location.search.includes('hide=b,c')")

    assert labels == ["a", "c"]
    assert root == "ja,dark"
    said = viewing.page.evaluate("() => location.search.slice(1)")
    assert sorted(said.split("&")) == sorted(query.split("&"))


def test_each_window_shows_as_much_as_it_says(lab, view):
    fed, _ = lab
    viewing = view(f"{fed.url}/lab")
    viewing.wait(f"(texts) => ({WINDOWS})() === texts", "1m,5m,15m,1h,All")

    for text, seconds in (("1m", 60), ("5m", 300), ("15m", 600), ("1h", 600), ("All", 600)):
        viewing.page.get_by_role("button", name=text, exact=True).click()
        viewing.wait(f"(text) => ({PRESSED})() === text", text)
        viewing.wait(
            """(seconds) => {
              let held;
              const detail = { reply: (answer) => { held = answer; } };
              const dump = new CustomEvent("chartserver:dump", { detail });
              document.querySelector("main").dispatchEvent(dump);
              const [{ t }] = [...held.drawn(), { t: [] }];
              // From the silence at the end a part of the window is taken, a quarter at most.
              return t.length <= seconds + 1 && t.length >= 0.7 * seconds;
            }""",
            seconds,
        )
    viewing.wait("() => location.search === '?window=all'")


def test_a_mouse_moves_the_view_with_shift_on_the_labels_of_time_and_by_a_wheel(lab, view):
    fed, first_ms = lab
    begin, end = first_ms + 200_000, first_ms + 300_000
    viewing = view(f"{fed.url}/lab?from={iso(begin)}&to={iso(end)}&hide=b,c")
    viewing.wait_past("draws", 1)
    viewing.wait_for(look="paused")
    box = viewing.page.locator(PLOT).bounding_box()
    mouse, middle = viewing.page.mouse, box["y"] + box["height"] / 2

    def drag(y, share):
        mouse.move(box["x"] + 0.5 * box["width"], y)
        mouse.down()
        mouse.move(box["x"] + (0.5 + share / 2) * box["width"], y)
        mouse.move(box["x"] + (0.5 + share) * box["width"], y)
        mouse.up()

    viewing.page.keyboard.down("Shift")
    drag(middle, 0.3)
    viewing.page.keyboard.up("Shift")
    wait_for_range(viewing, begin - 30_000, end - 30_000)
    drag(box["y"] + box["height"] + 12, -0.4)
    wait_for_range(viewing, begin + 10_000, end + 10_000)
    mouse.move(box["x"] + 0.5 * box["width"], middle)
    mouse.wheel(0.2 * box["width"], 0)
    wait_for_range(viewing, begin + 30_000, end + 30_000)
