"""What lies over the plots, or beside them, covers nothing that is read or used; fingers hit it."""

from base64 import b64encode

import pytest

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1280, "height": 800}}
PLACES = """(selector) => [...document.querySelectorAll(selector)]
  .filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect().toJSON())
  .filter(({ width }) => width > 0)"""
# How high it is where a finger hits it: above and below its middle, and not where it is said to be.
HIT_PX = """(selector) => {
  const one = document.querySelector(selector);
  one.scrollIntoView({ block: "center" });
  const { x, y, width, height } = one.getBoundingClientRect();
  const middle = y + height / 2;
  const hits = (by) => one.contains(document.elementFromPoint(x + width / 2, middle + by));
  const steps = Array.from({ length: 160 }, (_, i) => i / 4);
  const reach = (sign) => steps.find((by) => !hits(sign * by));
  return reach(-1) + reach(1);
}"""


def shown(view, url, **options):
    viewing = view(url, **options)
    viewing.wait_for(state="live")
    viewing.wait_past("draws", 2)
    return viewing


def is_overlap(one, other):
    return all(
        one[at] < other[at] + other[size] - 0.5 and other[at] < one[at] + one[size] - 0.5
        for at, size in (("x", "width"), ("y", "height"))
    )


@pytest.mark.parametrize(
    ("path", "options"), [("/fx", PHONE), ("/fx?lang=ja", PHONE), ("/fx", DESK), ("/many", DESK)]
)
def test_the_way_back_covers_no_heading_and_no_label_of_time(shared, view, path, options):
    viewing = shown(view, f"{shared.url}{path}", **options)
    viewing.page.keyboard.press("ArrowLeft")
    viewing.page.wait_for_selector(".back")
    viewing.page.locator(".u-over").first.hover()
    viewing.wait_for_text(".pane-hover", r"\d")

    [back] = viewing.page.evaluate(PLACES, ".back")
    others = viewing.page.evaluate(PLACES, ".pane-heading span, .history, .delays, .topbar")

    assert [one for one in others if is_overlap(one, back)] == []
    axis = viewing.page.locator(".has-times .u-over").bounding_box()
    assert back["y"] + back["height"] <= axis["y"] + axis["height"] + 0.5
    assert back["x"] + back["width"] <= axis["x"] + axis["width"]


def test_the_way_back_is_in_sight_though_the_panes_are_higher_than_the_screen(shared, view):
    viewing = shown(view, f"{shared.url}/many", **PHONE)
    viewing.page.keyboard.press("ArrowLeft")
    viewing.page.wait_for_selector(".back")

    viewing.page.evaluate("() => scrollTo(0, 200)")

    assert viewing.page.locator("#plots").bounding_box()["height"] > 500
    assert viewing.page.evaluate(HIT_NOW, ".back")


HIT_NOW = """(selector) => {
  const one = document.querySelector(selector);
  const { x, y, width, height } = one.getBoundingClientRect();
  return one.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""


def test_the_way_back_can_be_read_in_colors_that_the_system_forces(shared, view):
    viewing = shown(view, f"{shared.url}/fx", **DESK, forced_colors="active")
    viewing.page.keyboard.press("ArrowLeft")
    viewing.page.wait_for_selector(".back")

    picture = b64encode(viewing.page.locator(".back").screenshot()).decode()

    # Where the letters stand there is more than the ground below them.
    assert viewing.page.evaluate(COLORS_AMID, picture) > 3


# How many colors the middle of a picture has.
COLORS_AMID = """async (picture) => {
  const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
  const { width, height } = await createImageBitmap(new Blob([bytes]));
  const copy = new OffscreenCanvas(width, height).getContext("2d");
  copy.drawImage(await createImageBitmap(new Blob([bytes])), 0, 0);
  const [x, y] = [width / 4, height / 3];
  const { data } = copy.getImageData(x, y, 2 * x, y);
  return new Set(new Uint32Array(data.buffer)).size;
}"""


@pytest.mark.parametrize("options", [PHONE, DESK])
def test_who_presents_and_who_follows_are_told_beside_the_chart(shared, view, options):
    presenter = shown(view, f"{shared.url}/fx", **options)
    before = presenter.page.evaluate(PLACES, "#chart, .topbar")
    # Where the bar is narrow, the button is in a menu.
    presenter.page.evaluate("() => document.querySelector('[data-present]').click()")
    presenter.wait("() => document.querySelector('main').dataset.presents")
    presenter.wait_for_text("[data-presenting]", "0 viewers")
    follower = shown(view, f"{shared.url}/fx", **options)
    follower.page.wait_for_selector("[data-following]")

    offered = beside(follower, "[data-following]", options)
    follower.page.click("[data-following] button")
    follower.wait_for_text("[data-following]", "^Following")
    followed = beside(follower, "[data-following]", options)
    presented = beside(presenter, "[data-presenting]", options)

    # One takes the place of the other: the panes jump once.
    assert followed == offered
    topbar, chart = presenter.page.evaluate(PLACES, "#chart, .topbar")
    assert topbar == before[0]
    assert chart["y"] == pytest.approx(before[1]["y"] + presented["height"], abs=1)


def beside(viewing, selector, options):
    """Return where a banner is, once it is seen to cover nothing, in one line, and to be hit."""
    [banner] = viewing.page.evaluate(PLACES, selector)
    others = viewing.page.evaluate(PLACES, ".topbar, .charts, .stage, .side > *, .history")
    parts = viewing.page.evaluate(PLACES, f"{selector} > *")
    assert [one for one in others if is_overlap(one, banner)] == []
    assert banner["height"] <= 52
    assert [one for one in parts if one["x"] + one["width"] > options["viewport"]["width"]] == []
    if options is PHONE:
        buttons = viewing.page.evaluate(PLACES, f"{selector} button")
        assert [one for one in buttons if one["height"] < 44] == []
        [told] = viewing.page.evaluate(PLACES, f"{selector} span")
        assert told["width"] > 80
    return banner


@pytest.mark.parametrize("selector", [".brand a", ".foot a"])
def test_a_finger_has_room_for_what_leads_elsewhere(shared, view, selector):
    viewing = shown(view, f"{shared.url}/fx", **PHONE)

    assert viewing.page.evaluate(HIT_PX, selector) >= 44
