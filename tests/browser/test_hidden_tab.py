"""A tab that is hidden: nothing is drawn, nothing is lost, and it is at once up to date again."""

import time

FAST = "fx=walk?interval_s=0.05&series=EURUSD,USDJPY"


def hide(tabs, tab):
    """Open another tab before `tab` and wait until it knows that it is hidden."""
    other = tabs.open("about:blank")
    other.show()
    tab.wait("document.hidden")
    return other


def test_a_hidden_tab_draws_nothing_and_loses_nothing(serve, tabs, fetch):
    server = serve("--chart", FAST)
    tab = tabs.open(f"{server.url}/fx")
    tab.wait_past("draws", 3)
    hide(tabs, tab)

    # A draw that was under way may still end.
    tab.wait_past("offset", tab.number("offset") + 2)
    draws, hidden_at = tab.number("draws"), tab.number("offset")
    tab.wait_past("offset", hidden_at + 60)
    draws_while_hidden = tab.number("draws") - draws
    tab.show()
    tab.wait(f"!document.hidden && Number(document.querySelector('main').dataset.draws) > {draws}")
    tab.wait_past("drawnOffset", hidden_at + 60)
    held, kept = tab.held(), fetch(f"{server.url}/api/charts/fx/ticks")

    assert draws_while_hidden == 0
    n = len(held["t"])
    assert n == held["offset"]
    assert held["t"] == kept["t"][:n]
    assert held["y"] == [row[:n] for row in kept["y"]]
    assert tab.evaluate("document.querySelector('main').dataset.backfills") == "0"


def test_one_draw_brings_a_hidden_tab_up_to_date(shared, tabs):
    tab = tabs.open(f"{shared.url}/fx")
    tab.wait_past("draws", 3)
    hide(tabs, tab)
    tab.wait_past("offset", tab.number("offset") + 20)
    tab.evaluate("""(() => {
      const { dataset } = document.querySelector("main");
      const known = dataset.draws;
      new MutationObserver((_, observer) => {
        if (dataset.draws === known) return;
        observer.disconnect();
        window.firstDraw = { offset: Number(dataset.offset), drawn: Number(dataset.drawnOffset) };
      }).observe(document.querySelector("main"), { attributes: true });
    })()""")

    tab.show()
    tab.wait("window.firstDraw")

    first = tab.evaluate("window.firstDraw")
    assert first["drawn"] == first["offset"]


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
