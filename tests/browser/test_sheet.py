"""Lines of which only what is new is drawn look as lines that are drawn as a whole."""

import math
import time

import numpy as np

TICKS, SPACING_MS = 3_300, 100
# Of 255, by which the same line differs that begins elsewhere.
ROUNDING = 3
# Of the plotted area of the first panel, each px as four numbers, as text.
PIXELS = """() => {
  const over = document.querySelector(".u-over");
  const canvas = over.parentElement.querySelector("canvas");
  const { offsetLeft: left, offsetTop: top, clientWidth: width, clientHeight: height } = over;
  const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, left, top, width, height, 0, 0, width, height);
  return Array.from(copy.getImageData(0, 0, width, height).data).join();
}"""
COUNTED = """
const { prototype } = CanvasRenderingContext2D;
const { drawImage } = prototype;
window.copies = 0;
prototype.drawImage = function (...what) {
  window.copies += 1;
  return drawImage.apply(this, what);
};
"""


# Silence moves the view; it is looked for now and then.
NO_SILENCE = "window.setInterval = () => 0;"


def value(i):
    """Return a value that comes and goes in waves, and trembles."""
    return 50 * math.sin(i / 30) + (i * 7_919) % 11


def inked(viewing):
    """Return the plotted area, a row for each px: its color, as much as there is of it."""
    text = viewing.page.evaluate(PIXELS)
    pixels = np.fromstring(text, dtype=float, sep=",").reshape(-1, 4)
    return pixels[:, :3] * pixels[:, 3:] / 255


def shown(viewing, offset):
    viewing.wait("(n) => Number(document.querySelector('main').dataset.drawnOffset) >= n", offset)


def test_lines_drawn_piece_by_piece_are_those_drawn_at_once(serve_fed, view):
    fed = serve_fed("?series=a")
    script = COUNTED + NO_SILENCE
    pages = [view(f"{fed.url}/lab", lambda page: page.add_init_script(script)) for _ in range(2)]
    for page in pages:
        page.wait("() => document.querySelector('main').dataset.state === 'waiting'")
    began_ms = time.time() * 1000 - TICKS * SPACING_MS

    def feed(begin, end):
        for i in range(begin, end):
            fed.tick(value(i), time_ms=began_ms + i * SPACING_MS)
        for page in pages:
            shown(page, end)

    feed(0, 3_200)
    for begin in range(3_200, 3_250, 10):
        feed(begin, begin + 10)
    # Other colors make the second page draw all anew, and again as soon as the window stands.
    for scheme in ("dark", "light"):
        draws = pages[1].number("draws")
        pages[1].page.emulate_media(color_scheme=scheme)
        pages[1].wait_past("draws", draws + 1)
    feed(3_250, 3_275)
    feed(3_275, TICKS)

    for page in pages:
        page.wait_for_draw()
    piecewise, whole = (inked(page) for page in pages)
    assert [page.page.evaluate("() => window.copies > 0") for page in pages] == [True, True]
    assert piecewise.any()
    assert abs(piecewise - whole).max() <= ROUNDING
