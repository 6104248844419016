"""Light and dark, narrow and wide; no page needs anything that is not ours."""

import pytest

PAGES = ["/", "/fx", "/many", "/classic", "/classic?chart=many", "/nope"]
LUMINANCE = """() => {
  const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g);
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}"""
COLOR = "() => getComputedStyle(document.documentElement).getPropertyValue('--series-2').trim()"
SET_BEFORE = "(color) => document.documentElement.style.setProperty('--before', color)"
# By how much of the screen things have jumped, unasked, as browsers measure it; and from when on
# something was silent, or nothing any more.
SHIFTS = """
window.shifted = [];
window.silences = [];
new MutationObserver(() => {
  const isSilent = document.querySelector("[data-state=stale]") !== null;
  window.silences.push({ at_ms: performance.now(), isSilent });
}).observe(document, { subtree: true, attributeFilter: ["data-state"] });
new PerformanceObserver((list) => {
  for (const { value, sources, startTime } of list.getEntries()) {
    const nodes = sources.map(({ node }) => node?.outerHTML?.slice(0, 60) ?? node?.textContent);
    window.shifted.push({ value, nodes, at_ms: startTime });
  }
}).observe({ type: "layout-shift", buffered: true });
"""
# A silence is told where there is room for it, however the machine came to be silent; what jumps
# then, or just before or after it, does so for that.
UNASKED = """() => {
  const spells = silences.map(({ at_ms, isSilent }, i) =>
    [isSilent, at_ms - 2000, (silences[i + 1]?.at_ms ?? Infinity) + 2000]);
  return shifted.filter(({ at_ms }) =>
    !spells.some(([isSilent, from_ms, to_ms]) => isSilent && from_ms < at_ms && at_ms < to_ms));
}"""
# Every text that the last draw has written on a canvas, with its place there.
WRITTEN = """
window.written = [];
const fillText = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
  window.written.push({ text, x, y });
  return fillText.call(this, text, x, y);
};
const clearRect = CanvasRenderingContext2D.prototype.clearRect;
CanvasRenderingContext2D.prototype.clearRect = function (...place) {
  window.written = [];
  return clearRect.apply(this, place);
};
"""


@pytest.mark.parametrize("path", PAGES)
def test_a_page_follows_the_system_s_colors(shared, view, path):
    viewing = view(shared.url + path, color_scheme="dark")
    viewing.allow("status of 404")

    viewing.wait(f"() => ({LUMINANCE})() < 0.1")
    viewing.page.emulate_media(color_scheme="light")
    viewing.wait(f"() => ({LUMINANCE})() > 0.9")


def test_the_chart_is_drawn_anew_when_the_system_s_colors_change(shared, view):
    viewing = view(f"{shared.url}/fx", color_scheme="dark")
    viewing.wait_for_ink("(ink) => ink.some(Boolean)", 1, "--series-2")
    dark = viewing.page.evaluate(COLOR)

    viewing.page.emulate_media(color_scheme="light")
    viewing.wait(f"(dark) => ({COLOR})() !== dark", dark)

    viewing.wait_for_ink("(ink) => ink.some(Boolean)", 1, "--series-2")
    viewing.page.evaluate(SET_BEFORE, dark)
    # What the new line blends into at its edges comes nearer to the old color than 40.
    viewing.wait_for_ink("(ink) => ink.length && !ink.some(Boolean)", 1, "--before", tolerance=12)


@pytest.mark.parametrize(
    ("path", "width", "lang"),
    [
        ("/", 360, "en"),
        ("/", 1280, "ja"),
        ("/fx", 360, "ja"),
        ("/fx", 1280, "ja"),
        ("/many", 1280, "en"),
        ("/many", 360, "en"),
        ("/fx/embed", 1280, "en"),
    ],
)
def test_nothing_jumps_when_the_data_comes(shared, view, path, width, lang):
    viewing = view(
        f"{shared.url}{path}?lang={lang}",
        lambda page: page.add_init_script(SHIFTS),
        viewport={"width": width, "height": 740},
    )
    viewing.wait("() => document.querySelector('[data-draws]')?.dataset.draws > 3")
    if path in ("/fx", "/many"):
        viewing.wait("() => document.querySelector('main').dataset.delay")

    # What is in view once, may be moved by no more than a px here or there.
    shifted = viewing.page.evaluate(UNASKED)
    assert sum(one["value"] for one in shifted) < 0.005, shifted


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_360_px_is_not_wider_than_the_screen(shared, view, path):
    viewing = view(shared.url + path, viewport={"width": 360, "height": 740})
    viewing.allow("status of 404")
    if path not in ("/", "/nope"):
        viewing.wait_for(state="live")
        viewing.wait_past("offset", 10)

    wide_px = viewing.page.evaluate("() => document.scrollingElement.scrollWidth")

    assert wide_px == 360


def test_a_label_of_the_axis_gives_way_to_the_newest_value(serve_fed, view):
    fed = serve_fed("?series=a")
    for value in (0, 100, 51):
        fed.tick(value)
    viewing = view(f"{fed.url}/lab", lambda page: page.add_init_script(WRITTEN))
    viewing.wait_past("drawnOffset", 3)

    written = viewing.wait_for_value(
        """() => window.written.some(({ text }) => text === "51")
          && window.written.filter(({ text }) => text)"""
    )

    (tag,) = [one for one in written if one["text"] == "51"]
    labels = [one for one in written if one["text"] in ("0", "20", "40", "50", "60", "80", "100")]
    assert len(labels) >= 2
    assert all(abs(label["y"] - tag["y"]) > 15 for label in labels)
