"""The page of a chart: filled at once, then moving; and what it tells of the chart."""

import time

CANVAS_SEEN = """
new MutationObserver((_, observer) => {
  const canvas = document.querySelector("#plots canvas");
  if (!canvas) return;
  observer.disconnect();
  // The task that made the canvas has ended, nothing is shown before the next frame.
  window.seen = { atOnce: Number(document.querySelector("main").dataset.pictured) };
  requestAnimationFrame(() => setTimeout(() => { window.seen.painted = true; }));
}).observe(document, { childList: true, subtree: true });
"""


def fill(fed, n, *, spacing_ms=1_000):
    """Give `n` ticks up to now."""
    last_ms = time.time() * 1000
    for i in range(n):
        fed.tick(i % 50, -i, time_ms=last_ms - (n - 1 - i) * spacing_ms)


def test_the_first_paint_is_filled_with_history(serve_fed, view, fetch):
    fed = serve_fed("?series=a,b")
    fill(fed, 280)
    while fetch(f"{fed.url}/api/charts/lab")["offset"] < 280:
        time.sleep(0.02)

    viewing = view(f"{fed.url}/lab", lambda page: page.add_init_script(CANVAS_SEEN))
    viewing.wait("() => window.seen?.painted")

    assert viewing.page.evaluate("() => window.seen.atOnce") == 280
    # 279 of the 300 seconds that the window is wide, of which the silence since takes a quarter
    # at most: nothing is drawn at the left until then.
    viewing.wait_for_ink("(ink) => ink.filter(Boolean).length > 0.65 * ink.length")


def test_history_is_drawn_before_there_is_a_link_which_goes_on_from_it(shared, view):
    waiting = []
    viewing = view(
        f"{shared.url}/fx",
        lambda page: page.route_web_socket("**/socket.io/**", lambda link: waiting.append(link)),
    )

    viewing.wait_past("drawnOffset", 1)
    viewing.wait_for(state="connecting", joins=1)
    drawn = viewing.number("drawnOffset")
    viewing.page.evaluate(
        "() => { window.made = [...document.querySelectorAll('.pane, .card[data-series]')]; }"
    )
    while not waiting:
        viewing.page.wait_for_timeout(20)
    waiting[0].connect_to_server()

    viewing.wait_past("drawnOffset", drawn + 20)
    viewing.wait_for(state="live", joins=1, backfills=0, refilled=0, missed=0)
    # What the link tells is known: nothing is made anew for it.
    is_there = "window.made.map((one) => one.isConnected)"
    assert viewing.page.evaluate(is_there) == [True] * 4


def test_the_chart_is_live_and_goes_on_moving(shared, view):
    viewing = view(f"{shared.url}/fx")
    viewing.wait_for(state="live")

    draws, drawn = viewing.number("draws"), viewing.number("drawnOffset")
    viewing.wait_past("draws", draws + 10)
    viewing.wait_past("drawnOffset", drawn + 20)

    viewing.wait_for_text("[data-text=headline]", "^Live$")
    viewing.wait_for_text("title", r"^[\d.,]+ · Random walk")
    assert (viewing.data("joins"), viewing.data("missed")) == ("1", "0")


def test_it_tells_how_many_watch(serve, view):
    server = serve("--chart", "fx=walk")
    first = view(f"{server.url}/fx")
    first.wait_for(viewers=1)

    second = view(f"{server.url}/fx")
    for viewing in (first, second):
        viewing.wait_for(viewers=2)
        viewing.wait_for_text("[data-text=viewers]", "^2$")
    second.page.close()

    first.wait_for(viewers=1)
    first.wait_for_text("[data-text=viewers]", "^1$")


def test_the_last_value_of_each_series_is_shown(serve_fed, view):
    fed = serve_fed("?series=bath,room")
    fed.tick(36.25, 21.5)
    viewing = view(f"{fed.url}/lab")
    value = "[data-series={}] .card-value".format

    viewing.wait_for_text(value("bath"), r"^36\.250*$")
    viewing.wait_for_text(value("room"), r"^21\.50*$")
    fed.tick(-3.75, None)

    viewing.wait_for_text(value("bath"), r"^−3\.750*$")
    # What is missing now is not the value of before.
    viewing.wait_for_text(value("room"), "^–$")


def test_a_series_that_is_added_gets_its_pane_without_a_reload(serve, view):
    server = serve("--chart", "lab=python:feeds:growing?interval_s=0.1")
    viewing = view(f"{server.url}/lab")
    viewing.page.evaluate("() => { window.isTheSame = true; }")

    viewing.wait("() => document.querySelectorAll('.pane').length === 2")

    labels = viewing.page.locator(".pane-label").all_text_contents()
    assert labels == ["early", "late"]
    assert viewing.page.evaluate("() => window.isTheSame")
    assert (viewing.data("joins"), viewing.data("missed")) == ("1", "0")
