"""A kiosk: nobody touches it, and whoever does stops nothing."""

import pytest

PLOT = ".u-over"
HOVERED = """() => [...document.querySelectorAll(".pane-hover")]
  .map((one) => one.textContent).filter(Boolean)"""


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
    viewing.wait("() => 'kiosk' in document.documentElement.dataset")
    viewing.page.click(".brand a")
    viewing.page.wait_for_url("**/?kiosk=1")
