"""A kiosk: nobody touches it, and whoever does stops nothing."""

import pytest
from serving import PUSH_TOKEN, Servers, push

PLOT = ".u-over"
HOVERED = """() => [...document.querySelectorAll(".pane-hover")]
  .map((one) => one.textContent).filter(Boolean)"""

# Of a screen: what is not on it, and what is in a box that is too small for it.
LOST = """(selector) => [...document.querySelectorAll(selector)].flatMap((one) => {
  const { top, left, bottom, right } = one.getBoundingClientRect();
  const isOff = top < 0 || left < 0 || bottom > innerHeight + 0.5 || right > innerWidth + 0.5;
  const isCut = one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1;
  return isOff || isCut ? [`${one.className} ${one.textContent.slice(0, 40)}`] : [];
})"""
SEEN = """(selector) => [...document.querySelectorAll(selector)]
  .filter((one) => one.checkVisibility() && one.textContent !== "").length"""
SIZES = "([selector, side]) => [...document.querySelectorAll(selector)].map((one) => one[side])"
FONTS = """(selector) => [...document.querySelectorAll(selector)]
  .map((one) => parseFloat(getComputedStyle(one).fontSize))"""
SCREENS = [(1920, 1080), (1280, 800), (1080, 1920), (800, 480), (390, 844), (844, 390)]
SERIES = [2, 3, 9, 30]


# Of a chart whose series share panels, with a long unit and limits that are passed.
SHARED = "of12"


def names(n):
    return [f"machine_{i}" for i in range(n)]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """Start a server with a chart of each number of series."""
    path = tmp_path_factory.mktemp("kiosk") / "charts.toml"
    limits = '[{ above = 1, label = "much too hot for the bearings", severity = "critical" }]'
    series = ",".join(
        f'{{ name = "{name}", unit = "kilograms per cubic metre", limits = {limits} }}'
        for name in names(12)
    )
    options = f"{{ series = {names(12)}, interval_s = 0.2 }}"
    path.write_text(
        f'[charts.{SHARED}]\nsource = "walk"\noptions = {options}\nseries = [{series}]\n'
    )
    charts = [f"--chart=of{n}=walk?interval_s=0.2&series={','.join(names(n))}" for n in SERIES]
    more = [f"--chart=more{i}=walk" for i in range(5)]
    with Servers() as servers:
        yield servers.start("--config", str(path), *charts, *more)


@pytest.fixture
def kiosk(shared, view):
    viewing = view(f"{shared.url}/fx?kiosk=1", has_touch=True)
    viewing.wait_for(state="live", look="live")
    viewing.wait_past("drawnOffset", 10)
    return viewing


def is_untouched(viewing):
    """Whether it is live as at first, once all that is written to the address has been."""
    viewing.wait_past("offset", viewing.number("offset") + 20)
    assert viewing.page.evaluate("() => location.search") == "?kiosk=1"
    return viewing.data("look") == "live"


@pytest.mark.parametrize("way", ["wheel", "drag", "click", "double click", "tap", "card"])
def test_no_pointer_stops_it(kiosk, way):
    mouse = kiosk.page.mouse
    box = kiosk.page.locator(PLOT).first.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(*middle)
    # What takes pointers is there.
    kiosk.wait(f"() => ({HOVERED})().length === 2")

    if way == "wheel":
        mouse.wheel(0, -300)
        mouse.wheel(300, 0)
    elif way == "drag":
        mouse.down()
        mouse.move(middle[0] + 200, middle[1], steps=4)
        mouse.up()
    elif way == "click":
        mouse.click(*middle)
    elif way == "double click":
        mouse.dblclick(*middle)
    elif way == "tap":
        kiosk.page.touchscreen.tap(*middle)
    else:
        card = kiosk.page.locator(".card").first.bounding_box()
        mouse.click(card["x"] + 40, card["y"] + 40)

    assert is_untouched(kiosk)
    assert kiosk.page.locator(".pin:not([hidden])").count() == 0
    assert kiosk.page.locator(".drag-band").count() == 0
    assert kiosk.number("panels") == 2


def test_no_key_stops_it_or_opens_anything(kiosk):
    downloads = []
    kiosk.page.on("download", lambda one: downloads.append(one))
    keys = ["ArrowLeft", "+", " ", "c", "a", "s", "?", "e", "t", "1"]

    for key in keys:
        kiosk.page.keyboard.press(key)
    assert is_untouched(kiosk)
    # What knows the keys has come meanwhile.
    for key in keys:
        kiosk.page.keyboard.press(key)

    assert is_untouched(kiosk)
    assert kiosk.data("kind") == "line"
    assert kiosk.page.locator("dialog[open]").count() == 0
    assert not kiosk.page.text_content("[data-notice]")
    assert kiosk.page.evaluate("() => document.documentElement.dataset.theme") is None
    assert downloads == []


def test_all_of_the_screen_is_taken_by_a_key(kiosk):
    kiosk.page.keyboard.press("f")

    kiosk.wait("() => document.fullscreenElement === document.documentElement")


def test_what_a_pointer_that_rests_pointed_at_is_told_no_more(kiosk):
    kiosk.page.locator(PLOT).first.hover()
    kiosk.wait(f"() => ({HOVERED})().length === 2")
    assert kiosk.page.locator(".u-cursor-x").first.is_visible()

    kiosk.wait("() => 'resting' in document.documentElement.dataset")

    kiosk.wait(f"() => ({HOVERED})().length === 0")
    assert not kiosk.page.locator(".u-cursor-x").first.is_visible()


def test_a_tile_of_a_kiosk_leads_to_a_kiosk_and_back(shared, view):
    viewing = view(f"{shared.url}/?kiosk=1")
    viewing.wait("() => document.querySelector('[data-chart=fx]').dataset.draws > 0")

    viewing.page.click("[data-chart=fx] h2 a")

    viewing.page.wait_for_url("**/fx?kiosk=1")
    viewing.wait("() => 'resting' in document.documentElement.dataset")
    viewing.page.click(".brand a")
    viewing.page.wait_for_url("**/?kiosk=1")


@pytest.mark.parametrize("n", [*SERIES, 12])
def test_all_of_a_chart_is_on_the_screen_whatever_its_size(crowded, view, n):
    viewing = view(f"{crowded.url}/of{n}?kiosk=1")
    viewing.wait_past("draws", 1)

    for width, height in SCREENS:
        viewing.page.set_viewport_size({"width": width, "height": height})
        viewing.wait_past("draws", viewing.number("draws") + 4)
        for selector in (".card", ".pane", ".pane-plot", ".topbar"):
            assert viewing.page.evaluate(LOST, selector) == [], (width, height)
        assert viewing.page.evaluate(SEEN, ".card-value") == n
        # A line is read, and so are a name and a number.
        assert min(viewing.page.evaluate(SIZES, [".u-over", "clientHeight"])) >= 14
        assert min(viewing.page.evaluate(SIZES, [".card-toggle span", "clientWidth"])) >= 20
        assert min(viewing.page.evaluate(FONTS, ".card-value, .card-label")) >= 9


@pytest.mark.parametrize("font_px", [16, 32])
def test_all_of_the_wall_is_on_the_screen_whatever_its_size(crowded, view, font_px):
    viewing = view(f"{crowded.url}/?kiosk=1")
    viewing.enlarge_text(font_px)
    viewing.wait("() => document.querySelector('[data-chart=more4]').dataset.draws > 0")

    for width, height in SCREENS:
        viewing.page.set_viewport_size({"width": width, "height": height})
        viewing.wait(f"() => ({LOST})('.tile, .topbar').length === 0")
        assert viewing.page.evaluate(SEEN, ".tile h2") == len(SERIES) + 6
        assert viewing.page.evaluate(SEEN, ".tile dd") >= len(SERIES) + 6


def test_tiles_that_come_to_a_kiosk_make_room(serve, view):
    server = serve("--chart=fx=walk", "--chart=two=walk", "--push-tokens", PUSH_TOKEN)
    viewing = view(f"{server.url}/?kiosk=1")
    viewing.wait("() => document.querySelectorAll('.tile').length === 2")
    before = viewing.page.locator(".tile").first.bounding_box()

    push(server, "lab", {"a": 1})
    viewing.wait("() => document.querySelectorAll('.tile').length === 3")

    viewing.wait(f"() => ({LOST})('.tile').length === 0")
    assert viewing.page.locator(".tile").first.bounding_box()["height"] < before["height"]
