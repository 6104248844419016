"""Lines that break and servers that start afresh: said truthfully, survived without a reload."""

import re
import subprocess

from processes import free_port
from tabs import wait_until
from viewing import NO_LINK

FAST = "fx=walk?interval_s=0.05&series=EURUSD,USDJPY"


# How long the page has waited for anything, rounded.
PAUSES = """
window.pausesMs = [];
const { setTimeout } = window;
window.setTimeout = (act, ms, ...given) => {
  window.pausesMs.push(Math.round(ms));
  return setTimeout(act, ms, ...given);
};"""


def mark(viewing):
    """Leave a mark that a reload would take away."""
    viewing.page.evaluate("() => { window.isTheSame = true; }")


def is_the_same(viewing):
    return viewing.page.evaluate("() => window.isTheSame === true")


def test_a_line_that_falls_silent_is_told_as_stale(serve, view, lay_line):
    server = serve("--chart", FAST)
    line = lay_line(server.port)
    viewing = view(f"{line.url}/fx")
    viewing.wait_past("offset", 10)
    viewing.wait_for(state="live")

    line.hold()
    viewing.wait_for(state="stale")
    said = viewing.page.text_content("[data-text=detail]")
    line.mend()
    viewing.wait_for(state="live")

    assert said.startswith("no data for ")
    assert (viewing.data("joins"), viewing.data("missed")) == ("1", "0")
    held = viewing.held()
    assert len(held["t"]) == held["offset"]


def test_viewers_that_lost_the_server_do_not_come_back_in_step(serve, view, lay_line):
    server = serve("--chart", "fx=walk")
    line = lay_line(server.port)
    waits_ms = {0.13: 630, 0.87: 1_370}
    viewings = []
    for dice in waits_ms:
        fix = f"Math.random = () => {dice};{PAUSES}"
        viewings.append(view(f"{line.url}/fx", lambda page, fix=fix: page.add_init_script(fix)))
        viewings[-1].allow(NO_LINK)
        viewings[-1].wait_for(state="live")

    line.cut()

    wait_until(lambda: line.refused_s, "a try")
    for viewing, wait_ms in zip(viewings, waits_ms.values(), strict=True):
        viewing.wait("(wait_ms) => window.pausesMs.includes(wait_ms)", wait_ms)
        others_ms = {*waits_ms.values()} - {wait_ms}
        assert not others_ms & set(viewing.page.evaluate("() => window.pausesMs"))


def test_a_server_that_stops_says_when_its_viewers_are_to_be_back(serve, view):
    server = serve("--chart", FAST, "--return-within-s=6", "--port", str(free_port()))
    fix = """
      Math.random = () => 0.5;
      window.triedMs = [];
      window.closedMs = [];
      window.WebSocket = class extends WebSocket {
        constructor(...given) {
          super(...given);
          triedMs.push(Date.now());
          this.addEventListener("close", () => closedMs.push(Date.now()));
        }
      };"""
    viewing = view(f"{server.url}/fx", lambda page: page.add_init_script(fix))
    viewing.allow(NO_LINK)
    viewing.wait_past("offset", 10)
    viewing.wait_for(state="live")

    server.stop()
    serve("--chart", FAST, "--port", str(server.port))
    viewing.wait_for(joins=2, state="live")

    # By itself it would try after a second; this is half of the time that was named.
    assert viewing.page.evaluate("triedMs[1] - closedMs[0]") > 2_500


def test_a_server_that_starts_afresh_is_joined_without_a_reload(serve, view):
    server = serve("--chart", FAST, "--port", str(free_port()))
    viewing = view(f"{server.url}/fx")
    viewing.allow(NO_LINK)
    viewing.wait_past("offset", 10)
    viewing.wait_for(state="live")
    before = viewing.data("epoch")
    mark(viewing)

    server.stop()
    viewing.wait_for(state="reconnecting")
    said = viewing.wait_for_text("[data-text=detail]", "the server stopped")
    serve("--chart", FAST, "--port", str(server.port))
    viewing.wait_for(joins=2, state="live")
    viewing.wait_for_text("[data-notice]", "The server started afresh")

    assert said.startswith("try ")
    assert viewing.data("epoch") != before
    assert is_the_same(viewing)
    held = viewing.held()
    assert len(held["t"]) == held["offset"]


def test_of_a_history_that_began_afresh_without_ticks_nothing_old_is_shown(serve, view):
    server = serve("--chart", FAST, "--port", str(free_port()))
    viewing = view(f"{server.url}/fx")
    viewing.allow(NO_LINK)
    viewing.wait("() => document.querySelector('.latest') && document.querySelector('.pane')")

    server.stop()
    viewing.wait_for(state="reconnecting")
    serve("--chart", "fx=-", "--port", str(server.port), stdin=subprocess.PIPE)
    viewing.wait_for(joins=2, points=0)

    viewing.wait("() => !document.querySelector('.pane')")
    viewing.wait("() => document.querySelector('.latest').hidden")
    viewing.wait_for_text("[data-empty]", "^Waiting for the first tick$")


def test_a_server_that_is_killed_and_started_again_leaves_no_hole(serve, view, fetch, tmp_path):
    kept = ["--chart", FAST, "--store", f"sqlite:///{tmp_path}/ticks.db"]
    kept += ["--port", str(free_port())]
    server = serve(*kept)
    viewing = view(f"{server.url}/fx")
    viewing.allow(NO_LINK)
    viewing.wait_past("offset", 20)
    viewing.wait_for(state="live")
    mark(viewing)

    server.kill()
    viewing.wait_for(state="reconnecting")
    known = viewing.number("offset")
    serve(*kept)
    viewing.wait_for(state="live")
    viewing.wait_past("drawnOffset", known + 20)

    assert is_the_same(viewing)
    held, stored = viewing.held(), fetch(f"{server.url}/api/charts/fx/ticks?from=0")
    n = len(held["t"])
    assert n == held["offset"]
    assert held["epoch"] == stored["epoch"]
    assert held["t"] == stored["t"][:n]
    assert held["y"] == [row[:n] for row in stored["y"]]


def test_the_original_page_survives_a_restart_too(serve, view):
    server = serve("--chart", FAST, "--port", str(free_port()))
    viewing = view(f"{server.url}/classic")
    viewing.allow(NO_LINK)
    viewing.wait_past("shownOffset", 5)
    before = viewing.data("epoch")

    server.stop()
    viewing.wait_for(state="reconnecting")
    serve("--chart", FAST, "--port", str(server.port))

    viewing.wait_for(state="live")
    viewing.wait("(before) => document.querySelector('main').dataset.epoch !== before", before)
    viewing.wait_past("shownOffset", 5)


def test_a_chart_that_is_no_more_is_refused_with_the_reason(serve, view):
    server = serve("--chart", "fx=walk", "--port", str(free_port()))
    viewing = view(f"{server.url}/fx")
    viewing.allow(NO_LINK)
    viewing.wait_for(state="live")

    server.stop()
    other = serve("--chart", "other=walk", "--port", str(server.port))
    viewing.wait_for(state="refused")
    said = viewing.wait_for_text("[data-text=detail]", "chart is")
    other.stop()
    serve("--chart", "fx=walk", "--port", str(server.port))
    # The word that the network is back makes the page try at once.
    viewing.page.context.set_offline(True)
    viewing.wait("() => !navigator.onLine")
    viewing.page.context.set_offline(False)
    viewing.wait_for(state="live")

    assert said == "chart is 'fx'; expected one of: other"


def test_a_full_server_is_told_and_asked_again(serve, view):
    server = serve("--chart", "fx=walk?interval_s=0.1", "--max-viewers", "1")
    first = view(f"{server.url}/fx")
    first.wait_for(state="live")

    second = view(f"{server.url}/fx")
    second.allow(NO_LINK)
    second.wait_for(state="refused")
    headline = second.page.text_content("[data-text=headline]")
    reason = second.wait_for_text("[data-text=detail]", "full")
    # What there was came along with the page.
    drawn = second.number("drawnOffset")
    first.page.close()
    second.wait_for(state="live")

    assert headline == "Refused"
    assert reason == ("the server is full: 1 viewers watch; expected fewer, try again in a moment")
    assert drawn > 0
    assert second.number("joins") == 1


def test_who_opens_a_page_of_a_silent_source_is_told_since_when(serve_fed, view):
    fed = serve_fed("?series=a&interval_s=0.2")
    first = view(f"{fed.url}/lab")
    first.wait_for(state="waiting")
    fed.tick(1)
    first.wait_for_text("[data-text=detail]", "no data for ([4-9]|[1-9][0-9]) s")

    late = view(f"{fed.url}/lab")

    late.wait_for(state="stale")
    said = late.wait_for_text("[data-text=detail]", r"no data for \d+")
    assert int(re.search(r"no data for (\d+)", said)[1]) >= 4
