"""Minutes of ticks at 20 Hz: a page that is left open, one that is offline for 30 s, one that comes
late, a tab that is hidden for a minute.

All of it happens at the same time, once; the tests look at what was seen.
"""

import time
from types import SimpleNamespace

import pytest
from drawn import RECORD, check_line, drawn, ticks_drawn
from line import Line
from serving import Servers
from viewing import opened

OFFLINE_S, HIDDEN_S, OPEN_S = 30.0, 60.0, 120.0
# The first test waits for all of it.
pytestmark = pytest.mark.timeout(OPEN_S + 400)
CHART = "fx=walk?interval_s=0.05&series=EURUSD,USDJPY"
# A window in which each tick has a place of its own on the canvas.
PATH = "/fx?window=1m"
NO_LINK = r"WebSocket connection to|net::ERR_|Failed to load resource|already in CLOSING or CLOSED"
# What is said to who listens, and when.
SAID = """
window.said = [];
addEventListener("DOMContentLoaded", () => {
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const element = target.nodeType === 1 ? target : target.parentElement;
      const region = element?.closest("[aria-live]");
      if (!region) continue;
      window.said.push([performance.now(), region.textContent, "latest" in region.dataset]);
    }
  }).observe(document.body, { childList: true, characterData: true, subtree: true });
});
"""
# By what time each draw was; the time is one for all that happens in one frame.
FRAMES = """
window.frames_ms = [];
addEventListener("DOMContentLoaded", () => {
  const main = document.querySelector("main");
  const look = () => window.frames_ms.push(document.timeline.currentTime);
  new MutationObserver(look).observe(main, { attributeFilter: ["data-draws"] });
});
"""
# In which states the page was.
STATES = """
window.states = [];
addEventListener("DOMContentLoaded", () => {
  const main = document.querySelector("main");
  const look = () => window.states.push(main.dataset.state);
  new MutationObserver(look).observe(main, { attributeFilter: ["data-state"] });
});
"""
# What was drawn within a second from when a tab that is seen again draws first.
RETURN = """(() => {
  const main = document.querySelector("main");
  const { dataset } = main;
  const back = { draws: [] };
  const draw = () => {
    back.draws.push({
      behind: Number(dataset.offset) - Number(dataset.drawnOffset),
      offset: Number(dataset.drawnOffset),
    });
    if (back.draws.length > 1) return;
    setTimeout(() => { window.back = structuredClone(back); }, 1_000);
  };
  document.addEventListener("visibilitychange", () => {
    back.at_ms = Date.now();
    new MutationObserver(draw).observe(main, { attributeFilter: ["data-draws"] });
  }, { once: true });
})()"""
# It waits half a second for what it missed: on a machine that is busy that were too short.
PATIENT = """(() => {
  const wait = window.setTimeout;
  window.setTimeout = (act, ms, ...given) => wait(act, ms === 500 ? 60_000 : ms, ...given);
})();"""


@pytest.fixture(scope="module")
def seen(browser, raw_chromium):
    """Let the minutes pass, and return what was seen."""
    complaints = [raw_chromium.take_complaints]
    with Servers() as servers, opened(browser, complaints) as view:
        server = servers.start("--chart", CHART, "--history", "20000")
        line = Line(server.port)
        try:
            yield minutes(server.url, line, view, raw_chromium)
        finally:
            line.close()
            raw_chromium.close_all()
    assert [text for look in complaints for text in look()] == []


def minutes(url, line, view, tabs):
    seen, begun_s = SimpleNamespace(), time.monotonic()
    prepare = {"prepare": lambda page: page.add_init_script(RECORD + FRAMES + SAID + STATES)}
    seen.open = view(f"{url}{PATH}", **prepare)
    seen.away = view(f"{line.url}{PATH}", **prepare, viewport={"width": 1000, "height": 700})
    seen.away.allow(NO_LINK)
    seen.tab = tabs.open(f"{url}{PATH}", RECORD + PATIENT)
    for page in (seen.open, seen.away, seen.tab):
        page.wait_past("drawnOffset", 40)
    seen.away.wait_for(state="live")
    seen.away.page.evaluate("() => { window.isTheSame = true; }")

    hide(tabs, seen.tab)
    line.cut()
    offline_s = hidden_s = time.monotonic()
    seen.away.wait_for(state="reconnecting")
    seen.offline_offset = seen.away.number("offset")
    pass_until(offline_s + OFFLINE_S, seen.away)
    seen.detail = seen.away.page.text_content("[data-text=detail]")
    seen.returned_offset = seen.away.number("offset")
    line.mend()
    seen.away.wait_for(state="live")
    seen.late = view(f"{url}{PATH}", **prepare, viewport={"width": 800, "height": 700})

    pass_until(hidden_s + HIDDEN_S, seen.open)
    # All that comes later than the page has come by now.
    seen.nodes = [nodes(seen.open.page)]
    seen.tab.show()
    seen.tab.wait("window.back")
    seen.back = seen.tab.evaluate("window.back")
    pages = (seen.open, seen.away, seen.late, seen.tab)
    for page in pages:
        page.wait_past("drawnOffset", seen.back["draws"][-1]["offset"])
    seen.drawn = [drawn(getattr(page, "page", page)) for page in pages]

    pass_until(begun_s + OPEN_S, seen.open)
    for page in (seen.open, seen.away):
        page.wait_for(state="live")
    seen.nodes.append(nodes(seen.open.page))
    return seen


def pass_until(time_s, viewing):
    """Let time pass, in which what the pages say is heard."""
    viewing.page.wait_for_timeout(1_000 * max(0, time_s - time.monotonic()))


def hide(tabs, tab):
    tabs.open("about:blank").show()
    tab.wait("document.hidden")
    tab.evaluate(RETURN)


def nodes(page):
    """Return how many nodes there are, those that nobody uses any more not counted."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    counted = session.send("Memory.getDOMCounters")
    session.detach()
    return counted["nodes"] + counted["jsEventListeners"]


def history(seen, fetch):
    """Return what the server has, by the time of a tick; and the times."""
    url, _, _ = seen.open.page.url.partition("/fx")
    kept = fetch(f"{url}/api/charts/fx/ticks")
    return kept, dict(zip(kept["t"], zip(*kept["y"], strict=True), strict=True))


def check_held(page, seen, fetch):
    """Check that a page holds all that the server has, from the first tick on."""
    held = page.held()
    kept, _ = history(seen, fetch)
    n = held["offset"]
    assert len(held["t"]) == n
    assert held["epoch"] == kept["epoch"]
    assert held["t"] == kept["t"][:n]
    assert held["y"] == [row[:n] for row in kept["y"]]


def test_a_page_that_is_open_for_minutes_loses_nothing(seen, fetch):
    told = [seen.open.data(name) for name in ("joins", "backfills", "missed")]
    assert told == ["1", "0", "0"]
    check_held(seen.open, seen, fetch)
    times_ms = seen.open.held()["t"]
    assert len(times_ms) > 0.5 * OPEN_S / 0.05
    assert times_ms[-1] - times_ms[0] > 1_000 * (OPEN_S - 10)


def test_there_is_one_draw_in_a_frame_at_most(seen):
    frames_ms = seen.open.page.evaluate("() => window.frames_ms")

    assert len(frames_ms) > OPEN_S
    assert len(set(frames_ms)) == len(frames_ms)


def test_newest_values_are_said_every_ten_seconds_at_most(seen):
    said = seen.open.page.evaluate("() => window.said")
    latest_ms = [at_ms for at_ms, _, is_latest in said if is_latest]

    assert len(latest_ms) > 0.5 * OPEN_S / 10
    # It is seen a little after it was said, the first time perhaps later than the last.
    assert 10_000 * (len(latest_ms) - 1) <= latest_ms[-1] - latest_ms[0] + 5_000
    # Besides, when it is live and when it is not.
    states = seen.open.page.evaluate("() => window.states")
    assert len([text for _, text, is_latest in said if not is_latest and text]) <= len(states) + 2


def test_the_page_does_not_grow(seen):
    before, after = seen.nodes

    assert after <= before + 20


def test_thirty_seconds_offline_leave_no_hole(seen, fetch):
    away = seen.away
    told = [away.data(name) for name in ("joins", "backfills", "missed")]

    assert told == ["1", "1", "0"]
    assert away.page.evaluate("() => window.isTheSame === true")
    assert seen.returned_offset == seen.offline_offset
    assert "no data for " in seen.detail
    refilled = away.data("refilled")
    assert f"({int(refilled):,} refilled)" in away.page.text_content("[data-text=missed]")
    assert away.number("refilled") > 0.5 * OFFLINE_S / 0.05
    check_held(away, seen, fetch)


def test_a_tab_hidden_for_a_minute_is_no_tick_behind_a_second_after(seen, fetch):
    kept, _ = history(seen, fetch)
    until_then = sum(time_ms <= seen.back["at_ms"] for time_ms in kept["t"])

    assert [draw["behind"] for draw in seen.back["draws"]] == [0] * len(seen.back["draws"])
    assert seen.back["draws"][-1]["offset"] >= until_then
    # One draw for all that came meanwhile.
    assert seen.back["draws"][0]["offset"] > 0.5 * HIDDEN_S / 0.05
    assert [seen.tab.number(name) for name in ("joins", "backfills", "missed")] == [1, 1, 0]
    check_held(seen.tab, seen, fetch)


def test_all_pages_draw_each_value_the_same(seen, fetch):
    kept, values = history(seen, fetch)
    places = {time_ms: i for i, time_ms in enumerate(kept["t"])}

    for panes in seen.drawn:
        ticks = ticks_drawn(panes)
        first, last = (places[time_ms] for time_ms in (min(ticks), max(ticks)))
        # A minute's window, without a hole; of which a silence may have taken a part.
        assert list(ticks) == kept["t"][first : last + 1]
        assert ticks == {time_ms: values[time_ms] for time_ms in ticks}
        assert max(ticks) - min(ticks) > 40_000
        for pane in panes:
            check_line(pane)
    first, *others = map(ticks_drawn, seen.drawn)
    for other in others:
        both = first.keys() & other.keys()
        assert len(both) > 400
        assert {time_ms: first[time_ms] for time_ms in both} == {
            time_ms: other[time_ms] for time_ms in both
        }
