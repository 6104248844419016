"""The original page, and the original's own script, show what everybody sees."""

import functools
import json
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from processes import ROOT

# How long each tick that comes from now on takes to stand in its place.
LAGS = """() => {
  const { dataset } = document.querySelector("main");
  const came_ms = new Map();
  let newest = Number(dataset.offset);
  window.lags_ms = [];
  new MutationObserver(() => {
    const now_ms = performance.now();
    for (; newest < Number(dataset.offset); newest += 1) came_ms.set(newest + 1, now_ms);
    for (const [offset, at_ms] of came_ms) {
      if (offset > Number(dataset.shownOffset)) break;
      window.lags_ms.push(now_ms - at_ms);
      came_ms.delete(offset);
    }
  }).observe(document.querySelector("main"), { attributes: true });
}"""

# The original's, but for jQuery, which made the chart, and for the server's address.
ORIGINAL = """<!doctype html>
<meta charset="utf-8">
<link rel="stylesheet" href="/static/vendor/epoch-charting/epoch.min.css">
<script src="/static/vendor/d3/d3.min.js"></script>
<script src="/static/vendor/epoch-charting/epoch.min.js"></script>
<div id="chart" class="epoch category10" style="width: 800px; height: 260px"></div>
<script>
  var chart = new Epoch.Time.Line({
    el: document.getElementById('chart'),
    type: 'time.line',
    data: [{ label: 'Series 1', values: [] }, { label: 'Series 2', values: [] }],
    axes: ['left', 'right', 'bottom']
  });
  var ws = new WebSocket('SERVER/publish');
  ws.onmessage = function (e) { chart.push(JSON.parse(e.data)); };
</script>
"""
RECORD = """() => {
  window.pushed = [];
  const push = chart.push;
  chart.push = function (entry) { window.pushed.push(entry); return push.call(this, entry); };
}"""
DRAWN_PX = """() => {
  const canvas = document.querySelector("#chart canvas");
  const copy = new OffscreenCanvas(canvas.width, canvas.height)
    .getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  return copy.getImageData(0, 0, canvas.width, canvas.height).data
    .filter((value, i) => i % 4 === 3 && value > 0).length;
}"""


def test_the_newest_of_ten_ticks_a_second_is_shown_within_two_seconds(shared, view):
    viewing = view(f"{shared.url}/classic?chart=demo")
    viewing.wait_past("shownOffset", 5)

    viewing.page.evaluate(LAGS)

    # Twenty in a row: a machine that stalls makes some late, a page that does not keep up all.
    viewing.wait(
        """() => {
          const lags_ms = window.lags_ms.slice(-20);
          return lags_ms.length === 20 && Math.max(...lags_ms) < 2000;
        }"""
    )


AXES = ("left", "right", "bottom")


class OriginalHandler(SimpleHTTPRequestHandler):
    """Serves the original's page and the libraries that it wants."""

    def __init__(self, *arguments, page):
        self._page = page
        super().__init__(*arguments, directory=str(ROOT))

    def do_GET(self):
        if self.path != "/":
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        return self.wfile.write(self._page.encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def serve_original(serve):
    """Start a server, `serve_original("--interval-s", "1")`, and one of the original's page.

    Returns both; the page is of another origin, which the server lets in.
    """
    servers = []

    def start(*options):
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), OriginalHandler))
        url = f"http://127.0.0.1:{servers[-1].server_port}"
        server = serve(*options, f"--origins={url}")
        page = ORIGINAL.replace("SERVER", server.url.replace("http", "ws"))
        servers[-1].RequestHandlerClass = functools.partial(OriginalHandler, page=page)
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return server, url

    yield start
    for one in servers:
        one.shutdown()
        one.server_close()


def test_it_has_the_labels_and_the_axes_of_the_original(shared, view):
    viewing = view(f"{shared.url}/classic?chart=demo")
    viewing.wait_past("shownOffset", 5)

    for side in AXES:
        viewing.wait(
            "(side) => document.querySelectorAll(`#epoch .axis.${side} .tick text`).length > 1",
            side,
        )
    labels = viewing.page.locator("#labels li").all_text_contents()

    assert labels == ["Series 1", "Series 2"]
    assert viewing.page.locator("#epoch .axis").count() == len(AXES)


def test_the_original_page_s_script_shows_the_shared_series(serve_original, view, fetch):
    server, url = serve_original("--interval-s", "0.5")
    viewing = view(url)
    viewing.allow(f"another origin: ws://127.0.0.1:{server.port}/publish")
    viewing.allow("status of 404")  # its server has no icon

    viewing.page.evaluate(RECORD)
    viewing.wait("() => window.pushed.length >= 6")
    messages = json.loads(viewing.page.evaluate("() => JSON.stringify(window.pushed)"))
    viewing.wait(f"() => ({DRAWN_PX})() > 500")
    (chart,) = fetch(f"{server.url}/api/charts")["charts"]
    frame = fetch(f"{server.url}/api/charts/{chart['name']}/ticks")

    shared = [
        [{"time": int(time_ms // 1000), "y": row[i]} for row in frame["y"]]
        for i, time_ms in enumerate(frame["t"])
    ]
    first = shared.index(messages[0])
    assert messages == shared[first : first + len(messages)]
