"""The page in a frame, as a kiosk, on a phone, on paper; and what is in view as a file."""

import csv
import io
import math
import struct
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

THEME = "() => getComputedStyle(document.documentElement).getPropertyValue('--page').trim()"
DARK, LIGHT = "#0f1317", "#f5f8fb"
EPOCH = datetime.fromtimestamp(0, UTC)
DRAWN = "() => Number(document.querySelector('#chart').dataset.draws) > 1"


def shown(view, url, **options):
    viewing = view(url, **options)
    viewing.wait(DRAWN)
    return viewing


def test_a_theme_is_chosen_by_address_and_button_and_kept(shared, view):
    viewing = shown(view, f"{shared.url}/fx?theme=dark")
    assert viewing.page.evaluate(THEME) == DARK

    viewing.page.click("[data-theme-button]")
    viewing.page.click("[data-theme-button]")

    assert viewing.page.evaluate(THEME) == LIGHT
    viewing.page.goto(f"{shared.url}/fx")
    viewing.wait(DRAWN)
    assert viewing.page.evaluate("() => document.documentElement.dataset.theme") == "light"


def test_the_page_around_a_frame_asks_for_a_theme_and_nobody_else(shared, view):
    around = "<link rel=icon href='data:,'><main></main><iframe src='/demo/embed'></iframe>"
    viewing = view(
        f"{shared.url}/around",
        lambda page: page.route(
            "**/around", lambda route: route.fulfill(body=around, content_type="text/html")
        ),
    )
    frame = viewing.page.frames[1]
    frame.wait_for_function(DRAWN, polling=40)
    say = "(data) => document.querySelector('iframe').contentWindow.postMessage(data, '*')"

    for nonsense in (None, "dark", {"chartserver": {"theme": "pink"}}):
        viewing.page.evaluate(say, nonsense)
    frame.evaluate("() => window.postMessage({ chartserver: { theme: 'dark' } }, '*')")
    frame.evaluate("() => new Promise((done) => setTimeout(done, 100))")
    assert frame.evaluate(THEME) == LIGHT
    viewing.page.evaluate(say, {"chartserver": {"theme": "dark"}})
    frame.wait_for_function(f"() => ({THEME})() === '{DARK}'", polling=40)

    assert not frame.locator(".side").is_visible()


def test_a_kiosk_has_no_controls_and_hides_a_pointer_that_rests(shared, view):
    viewing = shown(view, f"{shared.url}/fx?kiosk=1")

    assert viewing.page.locator(".topbar button:visible").count() == 0
    viewing.wait("() => getComputedStyle(document.querySelector('#plots')).cursor === 'none'")
    viewing.page.mouse.move(300, 300)
    viewing.wait("() => !('resting' in document.documentElement.dataset)")


def test_a_phone_shows_all_within_its_width(shared, view):
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    for path in ("/fx", "/many", "/"):
        viewing = view(f"{shared.url}{path}", **phone)
        viewing.wait("() => document.querySelector('canvas')?.width > 0")

        assert viewing.page.evaluate("() => document.documentElement.scrollWidth") <= 360
    viewing = shown(view, f"{shared.url}/fx", **phone)
    viewing.page.tap("#windows button:first-child")
    viewing.wait(
        "() => document.querySelector('#windows button').getAttribute('aria-pressed') === 'true'"
    )


@pytest.mark.parametrize("hidden", ["", "USDJPY"])
def test_csv_is_what_is_in_view_without_what_is_hidden(shared, view, fetch, hidden):
    live = shown(view, f"{shared.url}/fx")
    live.wait_past("offset", 40)
    ticks = f"{shared.url}/api/charts/fx/ticks"
    times_ms = fetch(ticks)["t"]
    begin_ms, end_ms = math.floor(times_ms[-30]), math.ceil(times_ms[-5])
    span = "&".join(f"{name}={iso(ms)}" for name, ms in (("from", begin_ms), ("to", end_ms)))
    viewing = view(f"{shared.url}/fx?hide={hidden}&{span}")

    with viewing.page.expect_download() as download:
        viewing.page.click("[data-export] summary")
        viewing.page.click("[data-csv]")

    name = download.value.suggested_filename
    header, *rows = csv.reader(io.StringIO(Path(download.value.path()).read_text()))
    kept = fetch(ticks)
    wanted = [
        [round(1_000 * time_ms), *values[: len(header) - 1]]
        for time_ms, *values in zip(kept["t"], *kept["y"], strict=True)
        if begin_ms <= time_ms <= end_ms
    ]
    assert name == f"fx-{iso(end_ms)[:19].replace(':', '-')}Z.csv"
    assert header == ["time", "EURUSD"] + ["USDJPY"] * (not hidden)
    assert [[micros(at), *map(float, values)] for at, *values in rows] == wanted
    assert len(wanted) >= 26


def iso(time_ms):
    """Return a time of whole milliseconds as addresses have it."""
    at = datetime.fromtimestamp(time_ms // 1_000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{time_ms % 1_000:03}Z"


def micros(text):
    """Return the time of a row in microseconds since 1970."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def test_png_is_a_picture_with_the_title(shared, view):
    viewing = shown(view, f"{shared.url}/fx?theme=dark")

    with viewing.page.expect_download() as download:
        viewing.page.click("[data-export] summary")
        viewing.page.click("[data-png]")

    width, height, rows = decoded(Path(download.value.path()).read_bytes())
    assert urlsplit(download.value.suggested_filename).path.endswith(".png")
    assert width > 300
    assert height > 300
    ink = [row[i : i + 3] for row in rows[16:42] for i in range(16 * 4, 200 * 4, 4)]
    assert any(min(pixel) > 200 for pixel in ink), "no light title on the dark ground"
    assert rows[2][8:11] == bytes.fromhex("151a20")


def test_paper_is_light_without_controls_and_says_when(shared, view):
    viewing = shown(view, f"{shared.url}/fx?theme=dark")

    viewing.page.emulate_media(media="print")

    viewing.wait("() => document.documentElement.dataset.theme === 'light'")
    assert viewing.page.locator(".topbar button:visible").count() == 0
    assert viewing.page.locator(".printed:visible").text_content().startswith("Printed ")
    assert viewing.page.evaluate(THEME) == LIGHT
    assert viewing.page.pdf(landscape=True).startswith(b"%PDF")


def decoded(png):
    """Return width, height and the rows of pixels (RGBA) of a PNG of eight bits."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert (depth, kind) == (8, 6)
    at, data = 8, b""
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + size]
        at += size + 12
    raw, rows, before = zlib.decompress(data), [], bytes(4 * width)
    for y in range(height):
        line = raw[y * (4 * width + 1) : (y + 1) * (4 * width + 1)]
        rows.append(unfiltered(line[0], line[1:], before))
        before = rows[-1]
    return width, height, rows


def unfiltered(kind, line, up):
    """Return a row of pixels, undoing the filter of PNG."""
    row = bytearray(line)
    for i, _ in enumerate(row):
        a, b, c = (row[i - 4] if i > 3 else 0), up[i], (up[i - 4] if i > 3 else 0)
        near = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
        row[i] = (row[i] + (0, a, b, (a + b) // 2, near)[kind]) & 255
    return bytes(row)
