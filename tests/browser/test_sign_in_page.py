"""Signing in with a real browser, and charts by a signed link."""

import re
import time
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from viewing import NO_WEBSOCKET

from chartserver.access.links import Links

TOKEN, KEY = "the-view-token", "the-key-of-links"
DENIED = r"status of (401|403|429)"
LONG_S = 3_600
# What every page must have to be read by a machine, as axe's rules of the first level want it.
ACCESSIBLE = """() => {
  const faults = [];
  const need = (isSo, fault) => { if (!isSo) faults.push(fault); };
  need(document.documentElement.lang, "no language");
  need(document.title.trim(), "no title");
  need(document.querySelectorAll("main").length === 1, "not one main");
  need(document.querySelectorAll("h1").length === 1, "not one h1");
  for (const field of document.querySelectorAll("input:not([type=hidden], [hidden])")) {
    need(field.labels.length > 0, `no label of ${field.name}`);
    for (const id of (field.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean)) {
      need(document.getElementById(id), `${field.name} is described by ${id}, which is not there`);
    }
  }
  for (const button of document.querySelectorAll("button, a[href]")) {
    const name = button.textContent.trim() || button.getAttribute("aria-label");
    need(button.hidden || name, `no name of ${button.outerHTML}`);
    const { height } = button.getBoundingClientRect();
    need(button.tagName !== "BUTTON" || height >= 44, `a button of ${height} px`);
  }
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  need(new Set(ids).size === ids.length, "an id twice");
  return faults;
}"""
HAS_FOCUS = "() => document.querySelector('#token')?.matches(':focus')"
CONTRAST = """(selector) => {
  const light = (color) => {
    const [r, g, b] = color.match(/[0-9.]+/g).slice(0, 3).map((part) => {
      const value = part / 255;
      return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return /, 0\\)$/.test(color) ? behind(element.parentElement) : color;
  };
  const element = document.querySelector(selector);
  const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}"""


def link_to(server, chart="fx", good_s=LONG_S, path=""):
    text = Links([KEY]).sign(chart, time.time() + good_s)
    return f"{server.url}/{chart}{path}?link={text}"


@pytest.fixture
def closed(serve):
    return serve(
        "--chart=fx=walk?interval_s=0.1",
        "--chart=lab=walk?interval_s=0.1",
        f"--view-tokens={TOKEN}",
        f"--link-keys={KEY}",
    )


@pytest.fixture
def ask(view):
    """Open pages that are denied at first: the browser says so on the console."""

    def open_page(url, **options):
        viewing = view(url, lambda page: None, **options)
        viewing.allow(DENIED)
        return viewing

    return open_page


def test_who_signs_in_is_led_to_the_chart_and_sees_it_live(closed, ask):
    viewing = ask(f"{closed.url}/fx")
    assert viewing.page.title() == "Sign in"

    viewing.wait(HAS_FOCUS)
    viewing.page.keyboard.type(TOKEN)
    viewing.page.keyboard.press("Enter")

    viewing.page.wait_for_url(f"{closed.url}/fx")
    viewing.wait_for(state="live")
    assert viewing.page.evaluate("document.cookie") == ""
    viewing.page.goto(closed.url)
    viewing.wait_for_text(".pill", "Connected")


def test_a_wrong_token_is_told_and_another_may_be_tried(closed, ask):
    viewing = ask(f"{closed.url}/fx")
    viewing.page.fill("#token", "wrong")
    viewing.page.click("button")
    viewing.wait_for_text("[role=alert]", "opens nothing here")

    viewing.page.fill("#token", TOKEN)
    viewing.page.click("button")

    viewing.wait_for(state="live")


def test_who_signs_out_is_asked_again(closed, ask):
    viewing = ask(f"{closed.url}/sign-in")
    viewing.page.fill("#token", TOKEN)
    viewing.page.click("button")
    viewing.wait("() => document.querySelector('main') && !document.querySelector('#token')")
    viewing.page.wait_for_load_state()
    viewing.page.goto(f"{closed.url}/fx")

    viewing.page.click("text=Sign out")
    viewing.page.click("button:has-text('Sign out')")

    viewing.wait_for_text("h1", "Sign in")
    viewing.page.wait_for_load_state()
    viewing.page.goto(f"{closed.url}/fx")
    viewing.wait_for_text("h1", "Sign in")


def test_it_works_without_scripts(closed, ask):
    viewing = ask(f"{closed.url}/fx", java_script_enabled=False)

    viewing.page.fill("#token", TOKEN)
    viewing.page.click("button")

    viewing.page.wait_for_selector("#chart[data-chart=fx]", state="attached")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200])
def test_the_page_can_be_read_by_all_on_all_screens(closed, ask, scheme, width):
    viewing = ask(f"{closed.url}/fx", color_scheme=scheme, viewport={"width": width, "height": 568})
    viewing.page.fill("#token", "wrong")
    viewing.page.click("button")
    viewing.wait_for_text("[role=alert]", "opens nothing here")
    # The text may be there before the style is.
    viewing.page.wait_for_load_state()

    assert viewing.page.evaluate(ACCESSIBLE) == []
    for selector in ("h1", "#why", "#said", "label", "#token", "button"):
        assert viewing.page.evaluate(CONTRAST, selector) >= 4.5
    scroll_px = viewing.page.evaluate("document.documentElement.scrollWidth")
    assert scroll_px <= width
    viewing.wait(HAS_FOCUS)


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_link_shows_its_chart_without_signing_in(closed, view, transport):
    def only_polling(page):
        if transport == "polling":
            page.add_init_script(NO_WEBSOCKET)

    viewing = view(link_to(closed), only_polling)

    viewing.wait_for(state="live", chart="fx")
    viewing.wait_past("offset", 10)
    viewing.wait_for_text("[data-text=transport]", transport)
    assert viewing.page.context.cookies() == []


def test_the_classic_page_of_a_link_is_open_too(closed, view):
    viewing = view(link_to(closed))
    viewing.wait_for(state="live")

    viewing.page.click("text=Classic page")

    viewing.page.wait_for_url(re.compile("/classic[?]chart=fx&link="))
    viewing.wait_for(state="live", chart="fx")


class Wall(BaseHTTPRequestHandler):
    """A page of others, which shows in a frame what its query says."""

    def do_GET(self):
        [url] = parse_qs(urlsplit(self.path).query)["url"]
        # With an icon of its own, or the browser would ask for one.
        body = (
            '<!doctype html><title>Wall</title><link rel="icon" href="data:,">'
            f'<iframe src="{escape(url)}"></iframe>'
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def wall_port():
    with ThreadingHTTPServer(("127.0.0.1", 0), Wall) as wall:
        thread = Thread(target=wall.serve_forever)
        thread.start()
        yield wall.server_port
        wall.shutdown()
        thread.join()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_link_works_in_a_frame_of_pages_that_are_listed(serve, view, wall_port, host):
    # By another name the page is of another site, whose frames get no cookies of ours.
    server = serve(
        "--chart=fx=walk?interval_s=0.1",
        f"--link-keys={KEY}",
        f"--frame-ancestors=http://localhost:{wall_port}",
    )
    url = quote(link_to(server, path="/embed"), safe="")

    viewing = view(f"http://{host}:{wall_port}/?url={url}")
    viewing.allow(f"request to another origin: (http|ws)://{urlsplit(server.url).netloc}/")

    frame = viewing.page.frame_locator("iframe")
    if host == "localhost":
        frame.locator("main[data-state=live]").wait_for(state="attached")
        frame.locator("canvas").first.wait_for()
        assert not frame.locator(".topbar").is_visible()
    else:
        viewing.allow("frame-ancestors")
        viewing.wait_for_complaint("frame-ancestors")
        assert frame.locator("main").count() == 0


def test_a_link_that_has_expired_is_told_of(closed, ask):
    viewing = ask(link_to(closed, good_s=-1))

    viewing.wait_for_text("[role=alert]", "This link has expired")
    assert viewing.page.locator("#token").is_visible()


def test_a_link_that_expires_while_one_watches_is_told_of_with_a_way_to_sign_in(closed, view):
    viewing = view(link_to(closed, good_s=15))
    # What the page asks for once it has expired is denied, too.
    viewing.allow(DENIED)
    viewing.wait_for(state="live")

    viewing.wait_for(state="refused")

    assert "the link has expired" in viewing.page.text_content(".pill")
    way = viewing.page.locator("[data-sign-in]")
    assert way.is_visible()
    assert way.get_attribute("href") == "/sign-in?next=%2Ffx"
    assert viewing.page.locator(".count:visible").count() == 0
    viewing.page.set_viewport_size({"width": 360, "height": 740})
    pill = viewing.page.locator(".pill")
    radius, height = pill.evaluate(
        "(one) => [parseFloat(getComputedStyle(one).borderRadius), one.offsetHeight]"
    )
    assert radius < height / 2
