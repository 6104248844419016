"""A page of ours in a browser: opened, watched for complaints, waited for, and read."""

import json
import re
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

# As late as a machine may be that stalls; of what is well nothing comes near.
LIMIT_MS = 40_000
# By a timer: the frames of the screen, which Playwright goes by, may be slow to come.
POLL_MS = 40
# What has no host of its own.
OWN_SCHEMES = ("data", "blob", "about")

# What a page holds, as JSON: Playwright has an encoding of its own for numbers.
HELD = """() => {
  let held;
  const detail = { reply: (answer) => { held = answer; } };
  document.querySelector("main").dispatchEvent(new CustomEvent("chartserver:dump", { detail }));
  return JSON.stringify(held);
}"""

# Which columns of a pane's plotted area, in CSS px, bear the color of a series.
# A copy is read, because Chromium complains of canvases that are read twice.
INK = """([pane, variable, tolerance]) => {
  const over = document.querySelectorAll(".u-over")[pane];
  if (!over) return [];
  const canvas = over.parentElement.querySelector("canvas");
  const scale = canvas.width / canvas.clientWidth;
  const [left, top, width, height] = ["offsetLeft", "offsetTop", "offsetWidth", "offsetHeight"]
    .map((name) => Math.round(over[name] * scale));
  const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, left, top, width, height, 0, 0, width, height);
  const { data } = copy.getImageData(0, 0, width, height);
  const hex = getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
  const color = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return Array.from({ length: width }, (_, x) => {
    for (let y = 0; y < height; y += 1) {
      const at = 4 * (y * width + x);
      const isNear = (part, i) => Math.abs(part - data[at + i]) < tolerance;
      if (data[at + 3] > 100 && color.every(isNear)) return true;
    }
    return false;
  });
}"""

# After the frame for which what was done by now is drawn.
NEXT_FRAME = """() => new Promise((done) => {
  setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))));
})"""

# A policy that was broken, even one that is only reported, comes to the console.
POLICY = """addEventListener("securitypolicyviolation", (event) => {
  const { disposition, effectiveDirective, blockedURI, sourceFile, lineNumber } = event;
  console.error("policy", disposition, effectiveDirective, blockedURI, sourceFile, lineNumber);
});"""

# Chromium writes each attempt that fails on the console.
# The last is said when a browser knows already that a link has gone, and has not told its page yet.
NO_LINK = (
    r"WebSocket connection to|net::ERR_|Failed to load resource|already in CLOSING or CLOSED state"
)
# A browser that can only poll.
NO_WEBSOCKET = """window.WebSocket = class {
  constructor() { setTimeout(() => this.onerror(new Event("error"))); }
  close() {}
};"""


class Viewing:
    """One page, and what it opens; `complaints` is what they wrote on the console, threw, asked of
    other origins, or did against their policy.

    There must be none; `allow` takes what an outage or a refusal brings with it.
    """

    def __init__(self, context, origin):
        self.complaints = []
        self._origin = origin
        self._allowed = [
            # Which of two gets the focus is up to who is quicker, a test or the page.
            "Autofocus processing was blocked",
            # The machine was busy with other things.
            "was preloaded using link preload but not used within a few seconds",
        ]
        context.on("console", lambda message: self._complain(message.type, message.text))
        context.on("weberror", lambda thrown: self._complain("error thrown", str(thrown.error)))
        context.on("request", lambda request: self._check(request.url))
        context.on("page", self._watch)
        context.add_init_script(POLICY)
        context.set_default_timeout(LIMIT_MS)
        self.page = context.new_page()

    def allow(self, pattern):
        """Take messages in which `pattern` is found for no complaint."""
        self._allowed.append(pattern)

    def unexpected(self):
        """Return the complaints that nobody has allowed."""
        return [
            complaint
            for complaint in self.complaints
            if not any(re.search(pattern, complaint) for pattern in self._allowed)
        ]

    def wait_for_complaint(self, pattern):
        """Wait until there is a complaint in which `pattern` is found."""
        deadline_s = time.monotonic() + LIMIT_MS / 1_000
        while not any(re.search(pattern, complaint) for complaint in self.complaints):
            assert time.monotonic() < deadline_s, f"no {pattern!r} among {self.complaints}"
            self.page.wait_for_timeout(POLL_MS)

    def data(self, name):
        """Return a `data-` attribute of `<main>`, by its name in JavaScript."""
        return self.page.evaluate("(name) => document.querySelector('main').dataset[name]", name)

    def number(self, name):
        return int(self.data(name))

    def wait(self, expression, argument=None):
        """Wait until a function of the page returns what is true."""
        self.page.wait_for_function(
            expression, arg=argument, polling=POLL_MS, timeout=LIMIT_MS
        ).dispose()

    def wait_for_value(self, expression, argument=None):
        """Wait until a function of the page returns what is true, and return that."""
        found = self.page.wait_for_function(
            expression, arg=argument, polling=POLL_MS, timeout=LIMIT_MS
        )
        value = found.json_value()
        found.dispose()
        return value

    def enlarge_text(self, size_px):
        """Have text as large as somebody has set it in the browser, where 16 is usual."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("Page.setFontSizes", {"fontSizes": {"standard": size_px}})
        self.wait(
            "(px) => parseFloat(getComputedStyle(document.documentElement).fontSize) === px",
            size_px,
        )

    def wait_for_draw(self):
        """Wait until what was asked for by now is drawn.

        What somebody does is drawn on the next frame.
        """
        self.page.evaluate(NEXT_FRAME)

    def wait_for_ink(self, expression, *asked, **named):
        """Wait until a function of `ink`, in JavaScript, is true; see there what else is asked."""
        self.wait(f"(asked) => ({expression})(({INK})(asked))", ink_asked(*asked, **named))

    def wait_for(self, **values):
        """Wait until `data-` attributes of `<main>` have these values."""
        self.wait(
            """(wanted) => {
              // A page that is only coming has none.
              const { dataset = {} } = document.querySelector("main") ?? {};
              return Object.entries(wanted).every(([name, value]) => dataset[name] === value);
            }""",
            {name: str(value) for name, value in values.items()},
        )

    def wait_past(self, name, least):
        """Wait until a `data-` attribute is at least `least`."""
        self.wait(
            "([name, least]) => Number(document.querySelector('main')?.dataset[name]) >= least",
            [name, least],
        )

    def wait_for_text(self, selector, pattern):
        """Wait until `pattern` is found in the text of an element, and return that text."""
        [text] = self.wait_for_value(
            """([selector, pattern]) => {
              const text = document.querySelector(selector)?.textContent ?? "";
              return new RegExp(pattern).test(text) && [text];
            }""",
            [selector, pattern],
        )
        return text

    def held(self):
        """Return the ticks that the page holds, and its position."""
        return json.loads(self.page.evaluate(HELD))

    def ink(self, pane=0, variable="--series-1", tolerance=40):
        """Return for each column of px in a pane whether it has the color of a series.

        A thin line has its color nowhere quite: each of red, green and blue may differ by less
        than `tolerance`.
        """
        return self.page.evaluate(INK, ink_asked(pane, variable, tolerance))

    def _watch(self, page):
        page.on("websocket", lambda websocket: self._check(websocket.url))

    def _complain(self, kind, text):
        self.complaints.append(f"{kind}: {text}")

    def _check(self, url):
        parts = urlsplit(url)
        if parts.scheme not in OWN_SCHEMES and parts.netloc != self._origin:
            self.complaints.append(f"request to another origin: {url}")


def ink_asked(pane=0, variable="--series-1", tolerance=40):
    return [pane, variable, tolerance]


@contextmanager
def opened(browser, complaints):
    """Return what opens pages in `browser`, which are closed in the end.

    What nobody has allowed them is asked of `complaints`.
    """
    viewings = []

    def open_page(url, prepare=lambda page: None, **options):
        viewing = Viewing(browser.new_context(**options), urlsplit(url).netloc)
        viewings.append(viewing)
        complaints.append(viewing.unexpected)
        prepare(viewing.page)
        viewing.page.goto(url)
        return viewing

    yield open_page
    for viewing in viewings:
        viewing.page.context.close()
