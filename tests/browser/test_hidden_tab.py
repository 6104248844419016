"""A tab that is hidden: nothing is drawn, nothing is lost, and it is at once up to date again."""

from tabs import wait_until

FAST = "fx=walk?interval_s=0.05&series=EURUSD,USDJPY"
PATHS = ("/fx", "/fx/embed", "/")
# What tells how a chart is: `<main>`, or a tile of the wall.
ROOT = "document.querySelector('#chart, .tile')?.dataset"
# A tab that is seen again waits so long for what it missed; one that is hidden rests after that.
RETURN_MS, REST_MS = 500, 5_000
# The newest that the original page knows when it is seen again, and what it shows first then.
WATCH_SHOWN = """(() => {
  const main = document.querySelector("main");
  let known = NaN;
  const see = () => { known = Number(main.dataset.offset); };
  document.addEventListener("visibilitychange", see, { once: true, capture: true });
  new MutationObserver((_, observer) => {
    if (Number.isNaN(known)) return;
    observer.disconnect();
    window.first = { known, shown: Number(main.dataset.shownOffset) };
  }).observe(main, { attributeFilter: ["data-shown-offset"] });
})()"""
# What was drawn first since now.
WATCH = """(() => {
  const root = document.querySelector("#chart, .tile");
  const known = root.dataset.draws;
  new MutationObserver((_, observer) => {
    const { draws, offset } = root.dataset;
    if (draws === known) return;
    observer.disconnect();
    window.first = { draws: draws - known, offset: Number(root.dataset.drawnOffset ?? offset) };
  }).observe(root, { attributes: true, attributeFilter: ["data-draws"] });
})()"""


def longer(*waits_ms):
    """Return what makes pauses of these lengths last: on a busy machine they were too short."""
    return f"""(() => {{
      const wait = window.setTimeout;
      const isLonger = (ms) => {list(waits_ms)}.includes(ms);
      window.setTimeout = (act, ms, ...given) => wait(act, isLonger(ms) ? 600_000 : ms, ...given);
    }})();"""


def hide(tabs, tab):
    """Open another tab before `tab` and wait until it knows that it is hidden."""
    other = tabs.open("about:blank")
    other.show()
    tab.wait("document.hidden")
    return other


def test_tabs_that_nobody_sees_rest_and_are_up_to_date_with_one_draw(serve, tabs, fetch):
    server = serve("--chart", FAST)

    def told():
        return fetch(f"{server.url}/api/charts/fx")

    pages = [tabs.open(f"{server.url}{path}", longer(RETURN_MS)) for path in PATHS]
    for page in pages:
        page.show()
        page.wait(f"{ROOT}.draws > 1")
    hide(tabs, pages[-1])

    def do_rest():
        before, offset = counts(pages), told()["offset"]
        wait_until(lambda: told()["offset"] > offset + 60, "60 ticks")
        return counts(pages) == before

    # They have left the chart, and ticks go on for others; the last may still be on their way.
    wait_until(lambda: told()["viewers"] == 0, "tabs that have left")
    wait_until(do_rest, "tabs that rest")

    for page in pages:
        page.evaluate(WATCH)
        newest = told()["offset"]
        page.show()
        page.wait("window.first")
        first = page.evaluate("window.first")
        assert (first["draws"], first["offset"] >= newest) == (1, True)
        # Live again.
        page.wait(f"{ROOT}.offset > {first['offset']} && {ROOT}.state === 'live'")
        if page is not pages[-1]:
            has_all(page, fetch(f"{server.url}/api/charts/fx/ticks"))


def counts(pages):
    return [page.evaluate(f"({{ ...{ROOT} }})") for page in pages]


def has_all(page, kept):
    """Check that a page, which has rested once, holds the ticks up to then and some more."""
    assert [page.number(name) for name in ("backfills", "joins", "missed")] == [1, 1, 0]
    held = page.held()
    assert len(held["t"]) == held["offset"]
    n = min(held["offset"], len(kept["t"]))
    assert held["t"][:n] == kept["t"][:n]
    assert [row[:n] for row in held["y"]] == [row[:n] for row in kept["y"]]


def test_a_tab_that_was_hidden_for_a_moment_has_all_and_shows_it_with_one_draw(shared, tabs):
    tab = tabs.open(f"{shared.url}/fx", longer(REST_MS))
    tab.wait_past("draws", 3)
    hide(tabs, tab)
    # A draw that was under way may still end.
    tab.wait_past("offset", tab.number("offset") + 2)
    draws = tab.number("draws")
    tab.wait_past("offset", tab.number("offset") + 10)
    assert tab.number("draws") == draws

    tab.evaluate(WATCH)
    newest = tab.number("offset")
    tab.show()
    tab.wait("window.first")

    first = tab.evaluate("window.first")
    assert (first["draws"], first["offset"] >= newest) == (1, True)


def test_the_original_page_shows_the_newest_tick_soon_after_it_was_hidden(shared, tabs):
    tab = tabs.open(f"{shared.url}/classic?chart=demo")
    tab.wait_past("shownOffset", 5)
    hide(tabs, tab)
    tab.wait_past("offset", tab.number("offset") + 30)

    tab.evaluate(WATCH_SHOWN)
    tab.show()
    tab.wait("window.first")

    # The ticks that it slid in while nobody saw it are none of them.
    first = tab.evaluate("window.first")
    assert first["shown"] >= first["known"]
