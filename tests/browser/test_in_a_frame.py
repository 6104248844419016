"""The chart in a frame of another page: what it takes from that page, and what fits into it."""

import itertools
import json
from urllib.request import Request, urlopen

import pytest
from serving import Servers
from viewing import LIMIT_MS, POLL_MS

THEME = "() => getComputedStyle(document.documentElement).getPropertyValue('--page').trim()"
DARK, LIGHT = "#0f1317", "#f5f8fb"
DRAWN = "() => Number(document.querySelector('#chart').dataset.draws) > 1"
LOOK = "(look) => document.querySelector('#chart').dataset.look === look"
# Of the page around: over the first panel of its frame.
OVER_THE_PLOT = 300, 120
# What was fetched because somebody asked for it.
PARTS = """() => performance.getEntriesByType("resource")
  .map(({ name }) => /(notes|share|export)-part/.exec(name)?.[0]).filter(Boolean)"""
# Of each pane, whether all of it is in the frame, and how high it is where it plots.
PANES = """() => [...document.querySelectorAll(".pane")].map((pane) => {
  const [plot, canvas, over] = [".pane-plot", "canvas", ".u-over"]
    .map((one) => pane.querySelector(one).getBoundingClientRect());
  const isWhole = canvas.bottom <= Math.min(innerHeight, plot.bottom) + 1
    && canvas.top >= pane.querySelector(".pane-heading").getBoundingClientRect().bottom - 1;
  return [isWhole, over.height];
})"""
# What may lie over another: the pill, the way back, and all that a heading tells.
OVER = """() => [...document.querySelectorAll(".pill, .back, .pane-series > *, .pane-note")]
  .filter((one) => one.checkVisibility())
  .map((one) => [one.getAttribute("class"), one.getBoundingClientRect().toJSON()])
  .filter(([, { width }]) => width > 0)"""


@pytest.fixture
def framed(view):
    """Open a page of 3,000 px that shows a chart in a frame; return its viewing, and the frame."""

    def open_page(url, path, width, height):
        body = (
            "<link rel=icon href='data:,'><main style='height: 3000px'>"
            f"<iframe src='{path}' width={width} height={height}></iframe></main>"
        )
        viewing = view(
            f"{url}/around",
            lambda page: page.route(
                "**/around", lambda route: route.fulfill(body=body, content_type="text/html")
            ),
        )
        frame = viewing.page.frames[1]
        frame.wait_for_function(DRAWN, polling=POLL_MS)
        return viewing, frame

    return open_page


@pytest.fixture(scope="module")
def walks():
    """Start a server of charts of one to four series."""
    with Servers() as servers:
        sources = (
            f"--chart=of{n}=walk?interval_s=0.1&series={','.join('abcd'[:n])}" for n in range(1, 5)
        )
        yield servers.start(*sources)


@pytest.fixture
def ended(serve_fed):
    """Start a server with a chart of three series whose source has ended."""
    fed = serve_fed("?series=alpha,beta,gamma")
    for i in range(200):
        fed.tick(i % 30, -i, 7, time_ms=1_700_000_000_000 + i * 1_000)
    fed.end()
    return fed


def test_the_page_around_a_frame_asks_for_a_theme_and_nobody_else(shared, framed):
    viewing, frame = framed(shared.url, "/demo/embed", 600, 400)
    say = "(data) => document.querySelector('iframe').contentWindow.postMessage(data, '*')"

    for nonsense in (None, "dark", {"chartserver": {"theme": "pink"}}):
        viewing.page.evaluate(say, nonsense)
    frame.evaluate("() => window.postMessage({ chartserver: { theme: 'dark' } }, '*')")
    frame.evaluate("() => new Promise((done) => setTimeout(done, 100))")
    assert frame.evaluate(THEME) == LIGHT
    viewing.page.evaluate(say, {"chartserver": {"theme": "dark"}})
    frame.wait_for_function(f"() => ({THEME})() === '{DARK}'", polling=POLL_MS)

    assert not frame.locator(".side").is_visible()


def test_an_embedded_chart_is_as_large_as_its_frame(shared, framed):
    viewing, frame = framed(shared.url, "/demo/embed", 500, 300)
    fits = """([width, height]) => {
      const { scrollWidth, scrollHeight } = document.documentElement;
      const canvases = [...document.querySelectorAll(".pane canvas")];
      const last = canvases.at(-1)?.getBoundingClientRect();
      return innerWidth === width && innerHeight === height && scrollWidth === width
        && scrollHeight <= height && canvases.every((one) => one.clientWidth === width)
        && Math.abs(last.bottom - height) <= 1;
    }"""

    frame.wait_for_function(fits, arg=[500, 300], polling=POLL_MS)
    # As low as a phone held sideways, among others.
    for size in ([300, 420], [640, 360], [880, 400], [1200, 500]):
        viewing.page.evaluate(
            """([width, height]) => {
              Object.assign(document.querySelector("iframe"), { width, height });
            }""",
            size,
        )
        frame.wait_for_function(fits, arg=size, polling=POLL_MS)


def test_a_wheel_over_the_frame_scrolls_the_page_around_it(shared, framed):
    viewing, frame = framed(shared.url, "/fx/embed", 600, 400)

    viewing.page.mouse.move(*OVER_THE_PLOT)
    # Some of them before what takes them has come.
    for _ in range(3):
        viewing.page.mouse.wheel(0, 100)

    viewing.wait("() => scrollY >= 200")
    assert frame.evaluate(LOOK, "live")


def test_a_wheel_with_ctrl_zooms_the_chart_and_no_page(shared, framed):
    viewing, frame = framed(shared.url, "/fx/embed", 600, 400)
    frame.evaluate(
        """() => addEventListener("wheel", ({ defaultPrevented, isTrusted }) => {
          if (isTrusted) (window.prevented ??= []).push(defaultPrevented);
        })"""
    )

    viewing.page.mouse.move(*OVER_THE_PLOT)
    viewing.page.keyboard.down("Control")
    for _ in range(2):
        viewing.page.mouse.wheel(0, -100)
        frame.wait_for_function(LOOK, arg="paused", polling=POLL_MS)
    viewing.page.keyboard.up("Control")

    frame.wait_for_function("() => window.prevented.length === 2", polling=POLL_MS)
    assert frame.evaluate("() => window.prevented") == [True, True]
    assert viewing.page.evaluate("() => scrollY") == 0


def test_a_frame_has_keys_for_looking_alone(shared, framed):
    viewing, frame = framed(shared.url, "/fx/embed?theme=dark", 600, 400)
    downloads = []
    viewing.page.on("download", lambda one: downloads.append(one))
    frame.locator("#chart").focus()

    for key in "tase?":
        viewing.page.keyboard.press(key)
    # What knows the keys has come when one of them has done something.
    for key in "tase?":
        viewing.page.keyboard.press("ArrowLeft")
        frame.wait_for_function(LOOK, arg="paused", polling=POLL_MS)
        viewing.page.keyboard.press(key)
        viewing.page.keyboard.press(" ")
        frame.wait_for_function(LOOK, arg="live", polling=POLL_MS)

    assert frame.evaluate("() => document.documentElement.dataset.theme") == "dark"
    assert frame.evaluate("() => localStorage.getItem('chartserver.theme')") is None
    assert frame.evaluate(PARTS) == []
    assert frame.locator("dialog[open]").count() == 0
    assert downloads == []


def test_a_frame_keeps_the_keys_for_windows_and_kinds(shared, framed):
    viewing, frame = framed(shared.url, "/fx/embed", 600, 400)
    frame.locator("#chart").focus()
    is_kind = "(kind) => document.querySelector('#chart').dataset.kind === kind"

    viewing.page.keyboard.press("c")
    frame.wait_for_function(is_kind, arg="candles", polling=POLL_MS)
    viewing.page.keyboard.press("1")
    frame.wait_for_function("() => location.search.includes('window=1m')", polling=POLL_MS)
    viewing.page.keyboard.press("l")
    frame.wait_for_function(is_kind, arg="line", polling=POLL_MS)


def test_no_note_is_written_in_a_frame_that_shows_some(serve, view):
    server = serve("--chart", "fx=walk?interval_s=0.1")
    viewing = view(f"{server.url}/fx/embed")
    viewing.wait_past("drawnOffset", 3)
    post(f"{server.url}/api/charts/fx/notes", {"time": viewing.held()["t"][0], "text": "then"})
    viewing.wait_for(notes=1)

    viewing.page.keyboard.press("a")
    viewing.page.keyboard.press("ArrowLeft")

    viewing.wait_for(look="paused")
    assert viewing.page.locator(".is-picking").count() == 0
    assert not viewing.page.text_content("[data-notice]")


def post(url, content):
    request = Request(url, json.dumps(content).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=LIMIT_MS / 1_000) as answer:
        assert answer.status in (200, 201)


@pytest.mark.parametrize("size", [(600, 400), (320, 420), (320, 200), (240, 200)])
def test_nothing_in_a_small_frame_lies_over_another_thing(ended, view, size):
    width, height = size
    viewing = view(f"{ended.url}/lab/embed", viewport={"width": width, "height": height})
    viewing.wait_for(state="ended")
    viewing.wait_past("draws", 1)

    viewing.page.keyboard.press("ArrowLeft")
    viewing.page.wait_for_selector(".back")
    viewing.page.mouse.move(width / 3, height / 2)
    viewing.wait_for_text(".pane-hover", r"\d")
    viewing.wait_for_draw()

    found = viewing.page.evaluate(OVER)
    names = {name for name, _ in found}
    assert {"pill", "back", "pane-label"} <= names
    assert [
        (one, other)
        for (one, here), (other, there) in itertools.combinations(found, 2)
        if is_overlap(here, there)
    ] == []
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for _, box in found)


def is_overlap(one, other):
    return all(
        one[at] < other[at] + other[size] - 0.5 and other[at] < one[at] + one[size] - 0.5
        for at, size in (("x", "width"), ("y", "height"))
    )


@pytest.mark.parametrize(
    ("series", "size", "panels"),
    [
        (1, (200, 120), 1),
        (3, (200, 120), 1),
        (2, (320, 200), 2),
        (4, (320, 200), 1),
        (3, (600, 400), 3),
        (4, (600, 400), 4),
    ],
)
def test_of_a_small_frame_each_panel_can_be_read(walks, view, series, size, panels):
    width, height = size
    viewing = view(f"{walks.url}/of{series}/embed", viewport={"width": width, "height": height})
    viewing.wait_past("drawnOffset", 10)
    viewing.wait_for_draw()

    panes = viewing.page.evaluate(PANES)

    assert viewing.number("panels") == len(panes) == panels
    assert [height_px for is_whole, height_px in panes if not is_whole or height_px < 40] == []
    # Where they are told, all are: tags have room in the axis.
    assert len(viewing.held()["y"]) == series


def test_panels_that_were_chosen_stay_in_any_frame(walks, view):
    viewing = view(f"{walks.url}/of3/embed?panels=stacked", viewport={"width": 320, "height": 200})
    viewing.wait_past("drawnOffset", 10)

    assert viewing.number("panels") == 3


def test_a_frame_that_grows_has_room_for_more_panels_though_no_tick_comes(ended, view):
    viewing = view(f"{ended.url}/lab/embed", viewport={"width": 320, "height": 200})
    viewing.wait_for(state="ended", panels=1)

    viewing.page.set_viewport_size({"width": 320, "height": 420})

    viewing.wait_for(panels=3)
    viewing.page.set_viewport_size({"width": 320, "height": 160})
    viewing.wait_for(panels=1)


def test_draws_in_a_frame_do_not_measure_it_again(shared, view):
    viewing = view(f"{shared.url}/fx/embed", viewport={"width": 600, "height": 400})
    viewing.wait(DRAWN)
    viewing.page.evaluate(
        """() => {
          const plots = document.querySelector("#plots");
          const { get } = Object.getOwnPropertyDescriptor(Element.prototype, "clientHeight");
          window.asked = 0;
          Object.defineProperty(plots, "clientHeight", { get() {
            window.asked += 1;
            return get.call(this);
          } });
          window.draws = Number(document.querySelector("#chart").dataset.draws);
        }"""
    )

    viewing.wait("() => document.querySelector('#chart').dataset.draws > window.draws + 5")

    assert viewing.page.evaluate("() => window.asked") == 0
