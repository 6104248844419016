"""What is read at a glance: cards, panels, candles, limits and the newest ticks."""

import json
import subprocess

import pytest
from serving import Fed

# Of the table of the newest ticks, but for their times.
CELLS = """() => JSON.stringify(
  [...document.querySelectorAll(".latest tbody tr:not([hidden])")]
    .map((row) => [...row.querySelectorAll("td")].slice(1).map((cell) => cell.textContent)))"""
AS_IN_JAVASCRIPT = {"separators": (",", ":"), "ensure_ascii": False}
NAMES = "() => [...document.querySelectorAll('.pane-label')].map((one) => one.textContent).join()"
START_MS = 1_700_000_000_000
WHOLE = "from=2023-11-14T22:13:20Z&to=2023-11-14T22:13:40Z"
LAB = """
[charts.lab]
source = "python:feeds:told"
options = { series = ["a", "b"] }
series = [
  { name = "a", label = "A", limits = [{ above = 10, label = "hot" }] },
  { name = "b", label = "B", unit = "V" },
]
"""


# What the cards bear on the first frame after they were made.
CARDS_MADE = """() => {
  new MutationObserver((_, observer) => {
    observer.disconnect();
    window.made = [...document.querySelectorAll("#cards .card")].map((card) => card.dataset.alert);
  }).observe(document.querySelector("#cards"), { childList: true });
}"""


class Configured(Fed):
    """A server with a file of charts, whose ticks the test gives."""

    def __init__(self, servers, path):
        server = servers.start("--config", str(path), stdin=subprocess.PIPE)
        self.url = server.url
        self._stdin = server.process.popen.stdin


@pytest.fixture
def lab(serve_fed):
    """Start a chart of `a` and `b` with four ticks, two in each ten seconds."""
    fed = serve_fed("?series=a,b")
    for at_s, a in ((0, 5), (4, 9), (8, 2), (10, 7), (13, 8), (19, 6)):
        fed.tick(a, -a, time_ms=START_MS + 1000 * at_s)
    return fed


def has_panes(viewing, names):
    viewing.wait(f"(names) => ({NAMES})() === names", names)


def test_a_last_tick_of_another_day_is_told_with_its_date(lab, view):
    viewing = view(f"{lab.url}/lab")

    viewing.wait_for_text("[data-text=last-tick]", "2023")


def test_a_card_hides_its_series_and_shows_it_again(lab, view):
    viewing = view(f"{lab.url}/lab")
    has_panes(viewing, "a,b")

    viewing.page.click(".card[data-series=a]")
    has_panes(viewing, "b")
    pressed = viewing.page.get_attribute(".card[data-series=a] .card-toggle", "aria-pressed")
    viewing.wait("() => location.search.includes('hide=a')")
    viewing.page.click(".card[data-series=a]")

    assert pressed == "false"
    has_panes(viewing, "a,b")


def test_a_card_shows_its_series_alone_by_mouse_and_by_keys(lab, view):
    viewing = view(f"{lab.url}/lab")
    has_panes(viewing, "a,b")

    viewing.page.click(".card[data-series=b]", modifiers=["Alt"])
    has_panes(viewing, "b")
    viewing.page.focus(".card[data-series=b] .card-toggle")
    viewing.page.keyboard.press("Alt+Enter")
    has_panes(viewing, "a,b")
    viewing.page.click(".card[data-series=a] .card-only")

    has_panes(viewing, "a")


def test_a_card_tells_of_the_window(lab, view):
    viewing = view(f"{lab.url}/lab")
    viewing.wait_past("drawnOffset", 6)

    values = viewing.page.locator(".card[data-series=a] dd").all_text_contents()
    change = viewing.page.text_content(".card[data-series=a] .card-change")

    assert [float(value) for value in values] == pytest.approx([2, 6, 9], abs=0.5)
    assert change == "▲ +1 +20.0%"


@pytest.mark.parametrize("width", [390, 880, 1280])
def test_numbers_of_a_card_are_in_one_line_each_however_long(serve_fed, view, width):
    fed = serve_fed("?series=a,b")
    for tiny, big in ((9.3573e-10, -49.89612), (6.5617e-10, -109.77145), (8.1234e-10, -5.12345)):
        fed.tick(tiny, big)
    viewing = view(f"{fed.url}/lab", viewport={"width": width, "height": 800})
    viewing.wait_past("drawnOffset", 3)
    height = "() => document.querySelector('.card[data-series=a] .card-line').offsetHeight"
    high_px = viewing.page.evaluate(height)

    broken, ranges = viewing.page.evaluate(
        """() => {
          const texts = document.querySelectorAll(".card-value, .card-range dd");
          const broken = [...texts].filter((one) => one.checkVisibility()).filter((one) => {
            const text = document.createRange();
            text.selectNodeContents(one);
            const { right } = text.getBoundingClientRect();
            const end = one.closest(".card").getBoundingClientRect().right - 5;
            return text.getClientRects().length !== 1 || right > end;
          });
          const boxes = [...document.querySelectorAll(".card-range")].map((one) => [...one.children]
            .filter((each) => each.checkVisibility()).map((each) => each.getBoundingClientRect()));
          const places = (all, side) => new Set(all.map((box) => box[side])).size;
          const counted = (all) => [places(all, "left"), places(all, "top"), all.length];
          return [broken.map((one) => one.textContent), boxes.map(counted)];
        }"""
    )
    fed.tick(1, -1)
    viewing.wait_past("drawnOffset", 4)

    assert broken == []
    # All side by side, or all below each other.
    assert all(sorted(one[:2]) == [1, one[2]] for one in ranges)
    assert viewing.page.evaluate(height) == high_px


def test_panels_are_put_together_and_apart_by_who_looks(lab, view):
    viewing = view(f"{lab.url}/lab?panels=single")
    viewing.wait("() => document.querySelectorAll('.pane').length === 1")

    viewing.page.click(".panels-choice")

    viewing.wait("() => document.querySelectorAll('.pane').length === 2")
    viewing.wait("() => location.search.includes('panels=stacked')")


def test_what_a_chart_shows_by_itself_need_not_be_chosen(lab, view):
    viewing = view(f"{lab.url}/lab")
    has_panes(viewing, "a,b")

    viewing.page.click(".panels-choice")
    viewing.wait("() => location.search.includes('panels=single')")
    viewing.page.click(".panels-choice")

    viewing.wait("() => document.querySelectorAll('.pane').length === 2")
    viewing.wait("() => !location.search.includes('panels')")


def test_a_view_of_no_series_says_so(lab, view):
    viewing = view(f"{lab.url}/lab?hide=a,b")

    viewing.wait_for_text("[data-empty]", "All series are hidden")
    viewing.page.click(".card[data-series=b]")

    has_panes(viewing, "b")
    viewing.wait("() => document.querySelector('[data-empty]').hidden")


def test_a_span_without_ticks_says_so_and_when_there_are_some(lab, view):
    viewing = view(f"{lab.url}/lab?from=2023-11-14T22:13:00Z&to=2023-11-14T22:13:10Z")

    viewing.wait_for_text("[data-empty]", "^No ticks in this span: they are from .*:20.* to .*:39")
    viewing.page.keyboard.press("End")

    viewing.wait("() => document.querySelector('[data-empty]').hidden")


def test_thirty_series_leave_room_for_their_lines_on_a_phone(serve, view):
    names = ",".join(f"s{i}" for i in range(30))
    url = f"{serve(f'--chart=lots=walk?series={names}').url}/lots"
    viewing = view(url, viewport={"width": 390, "height": 844})
    viewing.wait("() => document.querySelectorAll('.pane-label').length === 30")
    viewing.wait_past("draws", 1)

    heights = viewing.page.locator(".pane-plot").evaluate_all(
        "(all) => all.map((one) => one.clientHeight)"
    )
    parted = viewing.page.locator(".pane-label").evaluate_all(
        "(all) => all.filter((one) => one.querySelector('.key') === null).length"
    )

    assert min(heights) >= 100
    assert parted == 0


def test_the_newest_ticks_are_none_of_a_reduced_past(serve_fed, view):
    fed = serve_fed("?series=a,b")
    for n in range(9_000):
        fed.tick(n, -n, time_ms=START_MS + 1000 * n)
    viewing = view(f"{fed.url}/lab?window=all", viewport={"width": 400, "height": 700})
    viewing.wait_past("offset", 9_000)
    for n in range(9_000, 9_003):
        fed.tick(n, -n, time_ms=START_MS + 1000 * n)
    viewing.wait_past("offset", 9_003)

    viewing.wait(f"() => ({CELLS})().startsWith('[[\"9,002')")
    rows = json.loads(viewing.page.evaluate(CELLS))

    values = [int(row[0].replace(",", "")) for row in rows]
    assert values == list(range(9_002, 9_002 - len(values), -1))
    assert len(values) >= 3


def test_candles_are_of_the_ticks(lab, view):
    viewing = view(f"{lab.url}/lab?kind=candles&candle=10s&{WHOLE}")
    viewing.wait_past("drawnOffset", 6)
    viewing.wait_for(kind="candles", candleMs=10_000, candles="exact")
    viewing.wait_for_draw()
    box = viewing.page.locator(".u-over").first.bounding_box()

    # The first candle takes the left half.
    viewing.page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 30)
    first = viewing.wait_for_text(".pane-hover", "^O 5")
    viewing.page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 30)
    second = viewing.wait_for_text(".pane-hover", "^O 7")

    assert first.split()[:8] == ["O", "5", "H", "9", "L", "2", "C", "2"]
    assert second.split()[:8] == ["O", "7", "H", "8", "L", "6", "C", "6"]
    # The first falls and is filled, the second, too: in the color of what falls.
    viewing.wait_for_ink("(ink) => ink.some(Boolean)", 0, "--series-2")


def test_candles_are_those_of_the_server_s_history(serve, view, fetch):
    server = serve("--chart", "fx=walk?interval_s=0.05&series=EURUSD")
    viewing = view(f"{server.url}/fx?kind=candles&candle=1s")
    viewing.wait_past("drawnOffset", 160)
    viewing.page.keyboard.press(" ")
    viewing.wait("() => new URLSearchParams(location.search).has('from')")
    viewing.wait_for_draw()
    box = viewing.page.locator(".u-over").first.bounding_box()
    begin, end = viewing.page.evaluate(
        """() => {
          const said = new URLSearchParams(location.search);
          return ["from", "to"].map((name) => Date.parse(said.get(name)));
        }"""
    )
    kept = fetch(f"{server.url}/api/charts/fx/ticks")
    by_second = {}
    for time_ms, value in zip(kept["t"], kept["y"][0], strict=True):
        by_second.setdefault(time_ms // 1_000 * 1_000, []).append(value)
    in_view = [at_ms for at_ms in by_second if begin <= at_ms and at_ms + 1_000 <= end]

    assert len(in_view) >= 3
    for start_ms in in_view[:3]:
        values = by_second[start_ms]
        x = (start_ms + 500 - begin) / (end - begin)
        viewing.page.mouse.move(box["x"] + x * box["width"], box["y"] + 30)
        wanted = zip("OHLC", (values[0], max(values), min(values), values[-1]), strict=True)
        told = " +".join(f"{name} {value:.5f}" for name, value in wanted)
        viewing.wait_for_text(".pane-hover", f"^{told}")


def test_the_bar_of_a_card_goes_from_the_lowest_to_the_highest(lab, view):
    viewing = view(f"{lab.url}/lab")
    viewing.wait_past("drawnOffset", 6)

    viewing.wait_for_draw()
    places = viewing.page.evaluate(
        """() => ["bar", "way", "mark"].map((name) => {
          const { left, right } = document.querySelector(`.card-${name}`).getBoundingClientRect();
          return [left, right];
        })"""
    )

    (left, right), (begin, end), mark = places
    # From 2 to 9: the first value is 5, the last one 6.
    share = [(x - left) / (right - left) for x in (begin, end, sum(mark) / 2)]
    assert share == pytest.approx([3 / 7, 4 / 7, 4 / 7], abs=0.01)


def test_the_open_candle_grows(lab, view):
    viewing = view(f"{lab.url}/lab?kind=candles&candle=10s&{WHOLE}")
    viewing.wait_for(kind="candles")
    lab.tick(12, -12, time_ms=START_MS + 19_500)
    viewing.wait_past("drawnOffset", 7)
    box = viewing.page.locator(".u-over").first.bounding_box()

    viewing.page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 30)

    told = viewing.wait_for_text(".pane-hover", "^O 7")
    assert told.split()[:8] == ["O", "7", "H", "12", "L", "6", "C", "12"]


def test_lines_and_candles_are_chosen_in_the_bar(lab, view):
    viewing = view(f"{lab.url}/lab")
    viewing.wait_for(kind="line")

    viewing.page.click("[data-kind=candles]")
    viewing.wait_for(kind="candles")
    viewing.page.select_option(".candle-length", "15000")

    viewing.wait_for(candleMs=15_000)
    viewing.wait("() => location.search.includes('kind=candles&candle=15s')")


@pytest.fixture
def limited(servers, tmp_path):
    """Start a chart of which `a` has a limit."""
    (tmp_path / "charts.toml").write_text(LAB)
    fed = Configured(servers, tmp_path / "charts.toml")
    yield fed
    # The source waits for a line, which would hold up the server's end.
    fed.end()


def test_an_alert_comes_and_goes(limited, view):
    fed = limited
    fed.tick(5, 1)
    viewing = view(f"{fed.url}/lab")
    viewing.wait_for_text(".alert-since", "quiet")

    fed.tick(12, 1)
    viewing.wait_for(alerts=1)
    viewing.page.wait_for_selector(".card[data-series=a][data-alert=warning]")
    viewing.wait_for_text(".alert-level", "^above 10$")
    viewing.wait_for_text(".alert-since", "^since \\d")
    viewing.wait_for_text(".alerts [role=status]", "A is above 10")
    # Other colors make the cards anew; what they bear is not lost for a moment.
    viewing.page.evaluate(CARDS_MADE)
    viewing.page.emulate_media(color_scheme="dark")
    viewing.wait("() => window.made")
    assert viewing.page.evaluate("() => window.made") == ["warning", ""]
    fed.tick(9, 1)

    viewing.wait_for(alerts=0)
    viewing.page.wait_for_selector(".card[data-series=a][data-alert='']")


def test_the_newest_ticks_are_a_table(lab, view):
    viewing = view(f"{lab.url}/lab")

    cells = [["6", "−6"], ["8", "−8"], ["7", "−7"], ["2", "−2"], ["9", "−9"], ["5", "−5"]]
    viewing.wait(f"(cells) => ({CELLS})() === cells", json.dumps(cells, **AS_IN_JAVASCRIPT))


@pytest.mark.parametrize("path", ["/fx?kind=candles", "/many?panels=single"])
def test_what_is_read_fits_a_phone(shared, view, path):
    viewing = view(f"{shared.url}{path}", viewport={"width": 360, "height": 740})
    viewing.wait_past("drawnOffset", 10)

    assert viewing.page.evaluate("() => document.scrollingElement.scrollWidth") == 360


def test_on_a_desk_the_plot_is_in_sight_however_much_there_is_to_read(shared, view):
    viewing = view(f"{shared.url}/many", viewport={"width": 1280, "height": 720})
    viewing.wait_past("drawnOffset", 10)
    viewing.wait("() => document.querySelectorAll('.pane').length === 7")

    assert viewing.page.evaluate("() => document.scrollingElement.scrollHeight") == 720
    # Panels are reached by scrolling among them; the last, with the labels of time, stays there.
    last, plots = viewing.page.evaluate(
        """() => [".has-times", "#plots"]
          .map((one) => document.querySelector(one).getBoundingClientRect().bottom)"""
    )
    assert last <= plots + 1
    scroll = "() => { plots.scrollTop = 1e6; return plots.scrollTop; }"
    assert viewing.page.evaluate(scroll) > 0
