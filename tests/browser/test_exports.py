"""What is taken along: the window as CSV or PNG, and on paper."""

import csv
import io
import math
import struct
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

PAGE_COLOR = "() => getComputedStyle(document.documentElement).getPropertyValue('--page').trim()"
EPOCH = datetime.fromtimestamp(0, UTC)


@pytest.mark.parametrize("hidden", ["", "USDJPY"])
def test_csv_is_what_is_in_view_without_what_is_hidden(shared, view, fetch, hidden):
    live = view(f"{shared.url}/fx")
    live.wait_past("draws", 1)
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
    viewing = view(f"{shared.url}/fx?theme=dark")
    viewing.wait_past("draws", 1)

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


def test_all_of_a_long_title_and_of_many_series_is_in_the_picture(serve, view, tmp_path):
    path = tmp_path / "charts.toml"
    names = ",".join(f"machine-{i}" for i in range(12))
    path.write_text(
        f"[charts.lab]\ntitle = '{'A long title ' * 7}'\nsource = 'walk?series={names}'\n"
    )
    url = f"{serve('--config', path).url}/lab?panels=single"
    viewing = view(url, viewport={"width": 420, "height": 700})
    viewing.wait_past("draws", 1)

    with viewing.page.expect_download() as download:
        viewing.page.evaluate("() => document.querySelector('[data-png]').click()")

    width, height, rows = decoded(Path(download.value.path()).read_bytes())
    ground = rows[2][8:12]
    shown = viewing.page.locator(".pane canvas").evaluate("(one) => one.clientHeight")
    margin = [row[4 * (width - 12) :] for row in rows]
    assert all(row == ground * 12 for row in margin)
    # Besides what is drawn: margins, title, span, and the series in several lines.
    assert height - shown >= 2 * 16 + 26 + 20 + 3 * 20


SHAPES = """[...document.querySelectorAll(".pane canvas")].map((one) => {
  const { width, height } = one.getBoundingClientRect();
  return { width, height };
})"""


def test_paper_is_light_without_controls_and_says_when(shared, view):
    viewing = view(f"{shared.url}/fx?theme=dark")
    viewing.wait_past("draws", 1)

    viewing.page.emulate_media(media="print")

    viewing.wait("() => document.documentElement.dataset.theme === 'light'")
    assert viewing.page.locator(".topbar button:visible").count() == 0
    viewing.page.wait_for_selector(".printed")
    assert viewing.page.text_content(".printed").startswith("Printed ")
    assert viewing.page.evaluate(PAGE_COLOR) == "#f5f8fb"
    assert viewing.page.pdf(landscape=True).startswith(b"%PDF")


@pytest.mark.parametrize("path", ["/fx", "/fx/embed", "/fx?kind=candles", "/many?panels=single"])
def test_paper_shows_the_panes_as_wide_as_it_is_and_not_stretched(shared, view, path):
    viewing = view(f"{shared.url}{path}", viewport={"width": 900, "height": 600})
    viewing.wait_past("draws", 2)
    shapes = f"() => {SHAPES}"

    before = viewing.page.evaluate(shapes)
    # What is laid out for paper is not drawn anew: nobody waits for it.
    after = viewing.page.evaluate(
        f"""() => {{
          for (const sheet of document.styleSheets) {{
            for (const rule of sheet.cssRules) {{
              if (rule.media?.mediaText === "print") rule.media.mediaText = "all";
            }}
          }}
          return {SHAPES};
        }}"""
    )

    assert len(after) == len(before) > 0
    for screen, paper in zip(before, after, strict=True):
        assert paper["height"] > 40
        assert paper["width"] > 800
        assert paper["width"] / paper["height"] == pytest.approx(
            screen["width"] / screen["height"], rel=0.02
        )


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
