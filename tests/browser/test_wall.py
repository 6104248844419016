"""The wall: all charts in small, and a chart that comes while one looks."""

import json
import subprocess
from itertools import pairwise

import pytest
from processes import free_port
from serving import PUSH_TOKEN, Fed, push
from viewing import NO_LINK

PAINTED = """(name) => {
  const canvas = document.querySelector(`[data-chart="${name}"] canvas`);
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  return copy.getImageData(0, 0, canvas.width, canvas.height).data.some((part) => part > 0);
}"""
FETCHED = """() => performance.getEntriesByType("resource")
  .filter(({ initiatorType }) => initiatorType !== "fetch").length"""
NAMES = "() => [...document.querySelectorAll('.tile')].map((one) => one.dataset.chart)"
FOCUSED = "() => document.activeElement.closest('.tile')?.dataset.chart"
CHARTS = ("fx", "demo", "many")
VALUES = """(names) => Object.fromEntries(names.map((name) => [
  name,
  [...document.querySelectorAll(`[data-chart="${name}"] dd`)].map((one) => one.textContent),
]))"""
# Where the crosshair is, a line goes from the top of a plot to its bottom.
HAS_CROSSHAIR = """(names) => names.every((name) => {
  const canvas = document.querySelector(`[data-chart="${name}"] canvas`);
  const copy = new OffscreenCanvas(canvas.width, canvas.height)
    .getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({ length: canvas.width }, (_, x) => x).some((x) =>
    Array.from({ length: canvas.height }, (_, y) => data[4 * (y * canvas.width + x) + 3])
      .every((alpha) => alpha > 20));
})"""

LIMITED = """
[charts.lab]
title = "Boiler"
source = "python:feeds:told"
options = { series = ["a", "b"] }
series = [
  { name = "a", label = "A", limits = [
    { above = 10, label = "hot" }, { above = 20, label = "fire", severity = "critical" } ] },
  { name = "b", label = "B", unit = "V" },
]
[charts.fx]
source = "walk"
"""
GAPS = """() => {
  const buttons = [...document.querySelectorAll("#windows button")].map((one) => {
    const text = document.createRange();
    text.selectNodeContents(one);
    return text.getBoundingClientRect();
  });
  return buttons.slice(1).map((one, i) => one.left - buttons[i].right);
}"""


class Limited(Fed):
    """A server with a chart that has limits, whose ticks the test gives."""

    def __init__(self, servers, path):
        self.server = servers.start("--config", str(path), stdin=subprocess.PIPE)
        self.url = self.server.url
        self._stdin = self.server.process.popen.stdin


@pytest.fixture
def limited(servers, tmp_path):
    """Start a chart of which `a` has limits."""
    (tmp_path / "charts.toml").write_text(LIMITED)
    fed = Limited(servers, tmp_path / "charts.toml")
    fed.tick(5, 1)
    yield fed
    fed.end()


@pytest.mark.parametrize(("lang", "warm"), [("en", "A hot, above 10"), ("ja", "A hot、10 超")])
def test_a_limit_that_is_passed_is_told_on_the_tile(limited, view, lang, warm):
    viewing = view(f"{limited.url}/?lang={lang}")
    viewing.wait(PAINTED, "lab")
    height = "() => document.querySelector('.tile').getBoundingClientRect().height"
    quiet_px = viewing.page.evaluate(height)
    assert viewing.page.get_attribute(".tile", "data-alert") == ""

    limited.tick(12, 1)
    viewing.page.wait_for_selector(".tile[data-alert=warning]")
    assert viewing.page.text_content(".tile-alert") == warm
    viewing.wait_for_text("[data-text=alerts]", "^Boiler A")
    assert viewing.page.evaluate(height) == quiet_px
    rows = viewing.page.locator("[data-chart=lab] dl div")
    assert [row.get_attribute("data-alert") for row in rows.all()] == ["warning", ""]
    limited.tick(21, 1)
    viewing.page.wait_for_selector(".tile[data-alert=critical]")
    assert viewing.page.text_content(".tile-alert").startswith("A fire")
    limited.tick(9, 1)

    viewing.page.wait_for_selector("[data-chart=lab][data-alert='']")
    assert viewing.page.text_content(".tile-alert") == ""


def test_that_the_server_is_away_is_told_once(limited, view):
    viewing = view(limited.url)
    viewing.allow(NO_LINK)
    viewing.wait(PAINTED, "lab")
    before = viewing.page.evaluate(
        """() => {
          window.told = new Set();
          const place = document.querySelector("[data-status]");
          new MutationObserver(() => window.told.add(place.textContent))
            .observe(place, { characterData: true, childList: true, subtree: true });
          return document.querySelector("canvas").getBoundingClientRect().height;
        }"""
    )

    limited.end()
    limited.server.stop()
    viewing.wait_for_text("[data-text=detail]", "the server stopped")

    state, height, color, muted = viewing.page.evaluate(
        """() => [
          getComputedStyle(document.querySelector(".tile-state")).visibility,
          document.querySelector("canvas").getBoundingClientRect().height,
          getComputedStyle(document.querySelector(".tile dd")).color,
          getComputedStyle(document.querySelector(".tile dt")).color,
        ]"""
    )
    assert (state, height) == ("hidden", before)
    assert color == muted
    assert not [one for one in viewing.page.evaluate("() => [...window.told]") if "server" in one]


@pytest.mark.parametrize("width", [390, 1280])
def test_windows_stand_apart_however_large_the_type_is(shared, view, width):
    viewing = view(shared.url, viewport={"width": width, "height": 800})
    viewing.wait("() => document.querySelectorAll('.tile[data-draws]').length > 0")

    viewing.page.evaluate("() => { document.documentElement.style.fontSize = '24px'; }")

    assert min(viewing.page.evaluate(GAPS)) >= 9
    assert viewing.page.evaluate("() => document.scrollingElement.scrollWidth") == width


def test_each_tile_in_sight_has_its_plot_and_those_out_of_sight_are_not_drawn(serve, view):
    charts = [f"--chart=c{i}=walk?interval_s=0.2" for i in range(30)]
    viewing = view(serve(*charts).url, viewport={"width": 800, "height": 500})

    # Of one tick there is no line yet.
    viewing.wait(PAINTED, "c0")
    last = viewing.page.locator("[data-chart=c29]")
    assert last.get_attribute("data-draws") is None
    last.scroll_into_view_if_needed()
    viewing.wait("() => document.querySelector('[data-chart=c29]').dataset.draws > 0")
    # Besides, it asks now and then which charts there are.
    assert viewing.page.evaluate(FETCHED) < 12


def test_how_many_watch_is_not_told_before_it_is_known(serve, view, fetch):
    charts = [f"--chart=c{i}=walk?interval_s=0.2" for i in range(30)]
    viewing = view(serve(*charts).url, viewport={"width": 800, "height": 500})
    viewing.wait(PAINTED, "c0")
    watching = "[data-chart={}] [data-viewers]"

    assert viewing.page.text_content(watching.format("c29")) == "–"
    viewing.page.locator("[data-chart=c29]").scroll_into_view_if_needed()
    viewing.wait_for_text(watching.format("c29"), "^1$")


def test_a_tile_that_has_more_to_tell_of_its_state_keeps_its_height(serve_fed, view):
    fed = serve_fed("?series=a", "--chart=fx=walk?interval_s=0.2")
    for value in (1, 3, 2):
        fed.tick(value)
    viewing = view(fed.url, viewport={"width": 640, "height": 700})
    viewing.wait(PAINTED, "lab")
    heights = """() => [...document.querySelectorAll("[data-chart=lab], [data-chart=lab] canvas")]
      .map((one) => one.getBoundingClientRect().height)"""
    tile_px, plot_px = viewing.page.evaluate(heights)

    fed.fail("the meter in the cellar does not answer")

    viewing.wait_for_text("[data-chart=lab] [data-status]", "does not answer")
    assert viewing.page.evaluate(heights)[0] == tile_px
    viewing.wait(
        """(before_px) => {
          const canvas = document.querySelector("[data-chart=lab] canvas");
          const px = canvas.getBoundingClientRect().height;
          return px < before_px - 10 && Math.abs(canvas.height - px) < 1;
        }""",
        plot_px,
    )


def test_a_tile_of_many_series_says_how_many_more_there_are(serve, view):
    charts = ("--chart=lots=walk?series=a,b,c,d,e,f,g,h,i", "--chart=one=walk")
    page = view(serve(*charts).url).page
    page.wait_for_selector(".tile[data-chart=lots][data-draws]")

    seen = page.locator("[data-chart=lots] dd").evaluate_all(
        "(all) => all.filter((one) => one.checkVisibility({ visibilityProperty: true })).length"
    )
    more = page.evaluate(
        """() => {
          const [list, , ...rest] = document.querySelectorAll("[data-chart=lots] :is(dl, dl div)");
          const { content, display } = getComputedStyle(list, "::after");
          const counted = rest.filter((one) => getComputedStyle(one).counterIncrement === "more 1");
          return [content, display, counted.length];
        }"""
    )

    assert seen == 6
    assert more == ['"+" counter(more)', "block", 3]


def test_all_charts_come_over_one_connection(shared, view):
    opened = []
    count = opened.append
    viewing = view(shared.url, lambda page: page.on("websocket", lambda one: count(one.url)))

    for name in CHARTS:
        viewing.wait(f"() => document.querySelector('[data-chart={name}]').dataset.draws > 2")

    assert len(opened) == 1


def test_one_crosshair_is_over_all_charts(serve, view, fetch):
    # Young, so that the wall has each tick.
    server = serve(
        "--chart=fx=walk?interval_s=0.05&series=EURUSD,USDJPY",
        "--chart=demo=random?interval_s=0.1",
        "--chart=many=walk?interval_s=0.2&series=A,B,C",
    )
    viewing = view(server.url)
    viewing.wait("() => document.querySelector('[data-chart=many]')?.dataset.offset > 20")
    box = viewing.page.locator("[data-chart=demo] canvas").bounding_box()

    # In the middle of one plot: what all have there is of the past, and does not change.
    viewing.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    viewing.wait(HAS_CROSSHAIR, list(CHARTS))
    told = viewing.page.evaluate(VALUES, list(CHARTS))

    kept = {name: fetch(f"{server.url}/api/charts/{name}/ticks") for name in CHARTS}
    assert any(all(stood(kept[name], told[name], at) for name in CHARTS) for at in moments(kept))
    viewing.page.mouse.move(5, 5)
    viewing.wait(f"(known) => JSON.stringify(({VALUES})(['fx'])) !== known", js(told, "fx"))


def moments(kept):
    """Yield a time between any two at which another tick of some chart becomes the nearest."""
    turns = sorted(sum(pair) / 2 for chart in kept.values() for pair in pairwise(chart["t"]))
    return (sum(pair) / 2 for pair in pairwise(turns))


def js(told, name):
    return json.dumps({name: told[name]}, separators=(",", ":"), ensure_ascii=False)


def stood(kept, texts, at_ms):
    """Whether these were the values at that time: those of the nearest tick, rounded."""
    nearest = min(range(len(kept["t"])), key=lambda i: abs(kept["t"][i] - at_ms))
    return all(
        abs(float(text) - row[nearest]) <= 0.51 * 10.0 ** -len(text.partition(".")[2])
        for text, row in zip(texts, kept["y"], strict=False)
    )


# Of each tile the strokes of its keys, as the style sheet names them.
KEYS = """() => {
  const style = getComputedStyle(document.documentElement);
  const names = [1, 2, 3, 4].map((i) => [style.getPropertyValue(`--series-${i}`).trim(), i]);
  const probe = document.body.appendChild(document.createElement("i"));
  const known = new Map(names.map(([color, i]) => {
    probe.style.color = color;
    return [getComputedStyle(probe).color, i];
  }));
  probe.remove();
  return Object.fromEntries([...document.querySelectorAll(".tile")].map((tile) => [
    tile.dataset.chart,
    [...tile.querySelectorAll("dt")].map((term) => {
      const line = term.querySelector("svg.key line");
      return line && (known.get(getComputedStyle(line).stroke) ?? line.style.stroke);
    }),
  ]));
}"""


def test_a_tile_tells_which_line_is_whose_in_either_theme(shared, view):
    viewing = view(shared.url)
    wanted = {"fx": [1, 2], "many": [1, 2, 3, 4, None, None, None], "demo": [1, 2]}

    for _ in ("light", "dark"):
        viewing.wait(
            f"(wanted) => JSON.stringify(({KEYS})()) === JSON.stringify(wanted)",
            wanted,
        )
        viewing.page.click("[data-theme-button]")
        viewing.page.click("[data-theme-button]")


def test_a_chart_that_a_push_makes_appears(serve, view):
    server = serve("--chart", "fx=walk", "--chart", "two=walk", "--push-tokens", PUSH_TOKEN)
    viewing = view(server.url)
    viewing.wait("() => document.querySelectorAll('.tile').length === 2")

    push(server, "lab", {"a": 1.5})
    viewing.wait_for_text("[data-chart=lab] dd", "1.5")

    assert viewing.page.evaluate(NAMES) == ["fx", "two", "lab"]
    viewing.wait_for_text("[data-text=news]", "lab is new on the wall")


def test_charts_that_are_gone_leave_and_the_others_go_on(serve, view):
    charts = ("--chart", "one=walk?interval_s=0.1", "--chart", "two=walk?interval_s=0.1")
    server = serve(*charts, "--port", str(free_port()))
    viewing = view(server.url)
    # A server that is away is complained of, and so is a chart that it has no more.
    viewing.allow("WebSocket connection to|net::ERR_|Failed to load resource|already in CLOS")
    viewing.wait("() => document.querySelector('[data-chart=two]').dataset.draws > 0")
    viewing.page.evaluate("() => { window.isTheSame = true; }")

    server.stop()
    charts = ("--chart", "two=walk?interval_s=0.1", "--chart", "three=walk")
    serve(*charts, "--port", str(server.port))

    viewing.wait_for_text("[data-text=news]", "is new on the wall, .* is gone")
    assert viewing.page.evaluate(NAMES) == ["two", "three"]
    viewing.wait("() => document.documentElement.dataset.state === 'live'")
    draws = viewing.page.get_attribute("[data-chart=two]", "data-draws")
    viewing.wait("(n) => document.querySelector('[data-chart=two]').dataset.draws > n", int(draws))
    assert viewing.page.evaluate("() => window.isTheSame")


def test_a_window_is_for_all_charts_and_goes_along_to_one(shared, view):
    viewing = view(f"{shared.url}/?lang=ja&theme=dark")
    viewing.wait("() => document.querySelectorAll('.tile[data-draws]').length === 3")

    viewing.page.click("#windows button:first-child")

    viewing.wait("() => document.querySelectorAll('.tile[data-window-ms=\"60000\"]').length === 3")
    viewing.wait("() => location.search === '?lang=ja&theme=dark&window=1m'")
    viewing.page.click("[data-chart=fx] h2 a")
    viewing.page.wait_for_url("**/fx?lang=ja&theme=dark&window=1m")
    viewing.wait_for_text("#windows [aria-pressed=true]", "^1分$")


def test_tiles_are_one_tab_stop_and_arrows_go_among_them(shared, view):
    viewing = view(shared.url, viewport={"width": 1280, "height": 800})
    viewing.wait("() => document.querySelector('[data-chart=fx]').dataset.draws > 0")
    stops = "() => document.querySelectorAll('main a[tabindex=\"0\"]').length"
    assert viewing.page.evaluate(stops) == 1

    viewing.page.focus("[data-chart=fx] a")
    found = []
    for key in ("ArrowRight", "End", "ArrowRight", "ArrowLeft", "Home"):
        viewing.page.keyboard.press(key)
        found.append(viewing.page.evaluate(FOCUSED))

    assert found == ["many", "demo", "demo", "many", "fx"]
    viewing.page.keyboard.press("Enter")
    viewing.page.wait_for_url("**/fx")
