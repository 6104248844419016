"""What is drawn before the library is there: the same picture, in the same place."""

import math
import time

import pytest

# Of each canvas: where it is in the page, how large, and each of its px, as four numbers.
CANVASES = """() => [...document.querySelectorAll(".pane canvas")].map((canvas) => {
  const { x, y, width, height } = canvas.getBoundingClientRect();
  const off = new OffscreenCanvas(canvas.width, canvas.height);
  const copy = off.getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  return [[x, y, width, height, canvas.width, canvas.height], data.join()];
})"""
PICTURED = "() => document.querySelector('main').dataset.pictured"
DRAWN = "() => Number(document.querySelector('main').dataset.drawnOffset) > 0"
# Before the first picture the page tells how often it has been asked to write something.
INTL = """
window.written = 0;
for (const name of ["NumberFormat", "DateTimeFormat", "PluralRules", "Locale"]) {
  Intl[name] = new Proxy(Intl[name], {
    construct: (...made) => {
      if (!document.querySelector("main")?.dataset.pictured) window.written += 1;
      return Reflect.construct(...made);
    },
  });
}
"""
HOUR_MS, DAY_MS = 3_600_000, 86_400_000


class Held:
    """A page that is given no library until `release`."""

    def __init__(self, view, url, **options):
        self._waiting = []
        self.is_released = False
        self.viewing = view(
            url, lambda page: page.route("**/uPlot*", lambda route: self._take(route)), **options
        )
        self.page = self.viewing.page

    def _take(self, route):
        if self.is_released:
            route.continue_()
        else:
            self._waiting.append(route)

    def release(self):
        self.is_released = True
        for route in self._waiting:
            route.continue_()


def canvases(page):
    """Return the canvases of the panes: where each is, and what is on it."""
    found = page.evaluate(CANVASES)
    return [place for place, _ in found], [pixels for _, pixels in found]


def different(picture, later, place):
    """Return where two pictures differ: the px at the left, the top, the right and the bottom."""
    if picture == later:
        return None
    pairs = enumerate(zip(picture.split(","), later.split(","), strict=True))
    at = {i // 4 for i, (one, other) in pairs if one != other}
    width = place[4]
    xs, ys = {i % width for i in at}, {i // width for i in at}
    return min(xs), min(ys), max(xs), max(ys)


def wait_until(is_so):
    """Wait until it is so at the server."""
    deadline_s = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def value(i):
    """Return a value that comes and goes in waves, and trembles."""
    return 1_000 + 50 * math.sin(i / 30) + (i * 7_919) % 11


@pytest.fixture
def ended(serve_fed, fetch):
    """Start a server with a chart of so many ticks, so far apart, whose source has ended."""

    def start(n, spacing_ms, options="?series=a,b", leaves_out=range(0)):
        fed = serve_fed(options)
        began_ms = math.floor(time.time() * 1000) - n * spacing_ms
        for i in range(n):
            if i not in leaves_out:
                values = [value(i), None if i % 17 == 3 else value(2 * i + 500)]
                fed.tick(*values, time_ms=began_ms + i * spacing_ms)
        fed.end()
        # Until then what is drawn goes on growing.
        wait_until(lambda: fetch(f"{fed.url}/api/charts/lab")["status"] == "ended")
        return fed

    return start


@pytest.mark.parametrize(
    ("chart", "query", "options"),
    [
        ({"n": 3_000, "spacing_ms": 1_000}, "?panels=single", {}),
        (
            {"n": 500, "spacing_ms": 100, "leaves_out": range(200, 300)},
            "",
            {"device_scale_factor": 2},
        ),
        ({"n": 300, "spacing_ms": 20_000}, "?window=15m&lang=ja&theme=dark", {"locale": "ja-JP"}),
        ({"n": 400, "spacing_ms": DAY_MS}, "?hide=b", {"timezone_id": "Europe/Berlin"}),
        ({"n": 60, "spacing_ms": HOUR_MS}, "", {"timezone_id": "Asia/Kolkata"}),
        ({"n": 90, "spacing_ms": 50 * DAY_MS}, "", {"viewport": {"width": 390, "height": 844}}),
        ({"n": 1, "spacing_ms": 1_000}, "", {"device_scale_factor": 1.5}),
        ({"n": 300, "spacing_ms": 1_000}, "?kiosk=1", {}),
        (
            {"n": 300, "spacing_ms": 1_000},
            "?kiosk=1",
            {"viewport": {"width": 800, "height": 480}},
        ),
    ],
)
def test_the_first_picture_is_that_of_the_library(ended, view, chart, query, options):
    fed = ended(**chart)
    held = Held(view, f"{fed.url}/lab{query}", **options)
    held.viewing.wait(PICTURED)
    places, pictures = canvases(held.page)
    told = held.viewing.data("pictured")
    assert held.page.is_hidden("[data-empty]")

    held.release()
    held.viewing.wait(DRAWN)

    assert held.page.locator(".sketch").count() == 0
    later_places, later_pictures = canvases(held.page)
    assert later_places == places != []
    assert [different(*pair) for pair in zip(pictures, later_pictures, places, strict=True)] == [
        None
    ] * len(places)
    assert told == held.viewing.data("drawnOffset")


@pytest.mark.parametrize(
    ("locale", "is_plain"), [("en-US", True), ("en-GB", True), ("de-DE", False)]
)
def test_where_numbers_are_plain_the_picture_does_not_wait_for_intl(ended, view, locale, is_plain):
    fed = ended(n=300, spacing_ms=250)

    seen = view(f"{fed.url}/lab", lambda page: page.add_init_script(INTL), locale=locale)

    seen.wait(PICTURED)
    assert (seen.page.evaluate("written") == 0) == is_plain


@pytest.mark.parametrize(
    "query", ["?kind=candles", "?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z"]
)
def test_what_the_ticks_of_the_page_do_not_show_waits_for_the_library(
    serve_fed, view, fetch, query
):
    fed = serve_fed("?series=a")
    fed.tick(1)
    wait_until(lambda: fetch(f"{fed.url}/api/charts/lab")["offset"] == 1)
    seen = view(f"{fed.url}/lab")
    seen.wait(DRAWN)
    assert seen.data("pictured") == "1"

    other = view(f"{fed.url}/lab{query}")
    other.wait(DRAWN)

    assert other.data("pictured") is None


def test_a_chart_without_ticks_is_not_pictured(serve_fed, view):
    fed = serve_fed("?series=a")
    viewing = view(f"{fed.url}/lab")
    viewing.wait_for(state="waiting")
    assert viewing.data("pictured") is None

    fed.tick(5)

    viewing.wait(DRAWN)


def test_a_theme_that_was_chosen_is_there_before_anything_else(serve_fed, view):
    fed = serve_fed("?series=a")
    chosen = view(f"{fed.url}/lab", color_scheme="light")
    chosen.wait_for(state="waiting")
    chosen.page.evaluate("() => localStorage.setItem('chartserver.theme', 'dark')")

    # Without the scripts of the page.
    chosen.page.route("**/begin-page*", lambda route: route.fulfill(content_type="text/javascript"))
    chosen.page.reload()

    root = chosen.page.locator("html")
    assert root.get_attribute("data-theme") == "dark"
    assert chosen.page.locator("html[data-state]").count() == 0


def test_what_is_done_while_there_is_only_a_picture_is_done_when_all_is_there(shared, view):
    held = Held(view, f"{shared.url}/fx")
    held.viewing.wait(PICTURED)

    held.page.click("[data-share]")
    held.release()

    held.page.wait_for_selector("#share-dialog[open]")
