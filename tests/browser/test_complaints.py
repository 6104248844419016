"""The tests see it when a page, or what it opens, does what no page of ours may do."""

from tabs import wait_until

AWAY = "http://127.0.0.1:1"
DEEDS = {
    "info: a word on the console": "() => console.info('a word on the console')",
    "error thrown: .*by a timer": "() => { setTimeout(() => { throw new Error('by a timer'); }); }",
    "policy enforce img-src": f"() => {{ new Image().src = '{AWAY}/pixel'; }}",
    "policy enforce style-src": "() => { document.body.setAttribute('style', 'color: red'); }",
    "origin: http://127.0.0.1:1/away": f"() => {{ open('{AWAY}/away'); }}",
}


def test_what_no_page_may_do_is_seen(shared, view):
    viewing = view(f"{shared.url}/docs")
    assert viewing.unexpected() == []

    for what, deed in DEEDS.items():
        viewing.page.evaluate(deed)
        viewing.wait_for_complaint(what)

    viewing.allow("word|timer|pixel|policy|Refused|Security Policy|away|ERR_")


def test_what_no_tab_may_do_is_seen(shared, tabs):
    tab = tabs.open(f"{shared.url}/docs")
    tab.wait("document.readyState === 'complete'")
    assert tabs.take_complaints() == []

    tab.evaluate("document.body.setAttribute('style', 'color: red')")
    tab.evaluate(f"void fetch('{AWAY}/away').catch(() => {{}})")
    told = []

    def is_told():
        told.extend(map(str, tabs.take_complaints()))
        # What is told comes with an answer.
        tab.evaluate("0")
        return all(what in "".join(told) for what in ("style-src", "connect-src"))

    wait_until(is_told, "both to be told of")
    # Each is told of twice, by the browser and by what all tabs run; closed ones tell nothing.
    tabs.close_all()
    tabs.take_complaints()
