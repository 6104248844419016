"""A tab that is hidden: nothing is drawn, nothing is lost, and it is at once up to date again."""

import time

from tabs import wait_until

FAST = "fx=walk?interval_s=0.05&series=EURUSD,USDJPY"
PATHS = ("/fx", "/fx/embed", "/")
# What tells how a chart is: `<main>`, or a tile of the wall.
ROOT = "document.querySelector('#chart, .tile').dataset"
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

    pages = [tabs.open(f"{server.url}{path}") for path in PATHS]
    for page in pages:
        page.show()
        page.wait(f"{ROOT}.draws > 1")
    hide(tabs, pages[-1])

    # They have left the chart, and ticks go on for others.
    wait_until(lambda: told()["viewers"] == 0, "tabs that rest")
    before = [page.evaluate(f"({{ ...{ROOT} }})") for page in pages]
    wait_until(lambda: told()["offset"] > int(before[-1]["offset"]) + 60, "60 ticks")
    assert [page.evaluate(f"({{ ...{ROOT} }})") for page in pages] == before

    for page in pages:
        page.evaluate(WATCH)
        newest = told()["offset"]
        page.show()
        page.wait("window.first")
        first = page.evaluate("window.first")
        assert (first["draws"], first["offset"] >= newest) == (1, True)
        # Live again.
        page.wait(f"{ROOT}.offset > {first['offset']}")
    for page in pages[:2]:
        counts = page.evaluate(f"({{ ...{ROOT} }})")
        assert (counts["backfills"], counts["joins"], counts["missed"]) == ("1", "1", "0")
        assert counts["state"] == "live"
        held, kept = page.held(), fetch(f"{server.url}/api/charts/fx/ticks")
        n = len(held["t"])
        assert n == held["offset"]
        assert held["t"] == kept["t"][:n]
        assert held["y"] == [row[:n] for row in kept["y"]]


def test_a_tab_that_was_hidden_for_a_moment_has_all_and_shows_it_with_one_draw(shared, tabs):
    tab = tabs.open(f"{shared.url}/fx")
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

    tab.show()
    tab.wait("!document.hidden")
    began_s, newest = time.monotonic(), tab.number("offset")
    tab.wait_past("shownOffset", newest)

    assert time.monotonic() - began_s < 2
