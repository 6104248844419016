"""Parts of the page that come when somebody first needs them; and what is done without one."""

import pytest

PARTS = """() => performance.getEntriesByType("resource").map(({ name }) => name)
  .filter((name) => name.includes("-page.")).map((name) => name.split("-page.")[1].split(".")[0])"""


def test_what_is_not_needed_is_not_fetched_and_does_at_once_what_it_was_fetched_for(shared, view):
    viewing = view(f"{shared.url}/fx")
    viewing.wait_past("drawnOffset", 20)
    viewing.wait("() => document.querySelector('.latest:not([hidden])')")
    before = viewing.page.evaluate(PARTS)

    viewing.page.keyboard.press("s")
    viewing.page.wait_for_selector("#share-dialog[open]")

    wanted = {"keyboard", "share-part"}
    assert not {*wanted, "gestures", "export-part", "past-part", "present-part"} & set(before)
    # Others may have come meanwhile, such as that of notes, which those of other tests call for.
    viewing.wait(f"(wanted) => wanted.every((part) => ({PARTS})().includes(part))", list(wanted))


def test_what_was_fetched_for_something_else_does_once_what_is_asked_for(shared, view):
    viewing = view(f"{shared.url}/fx")
    names = []
    viewing.page.on("download", lambda download: names.append(download.suggested_filename))

    # That the menu is opened is enough for it to be fetched.
    viewing.page.click("[data-export] summary")
    viewing.wait(f"() => ({PARTS})().includes('export-part')")
    viewing.wait_for_draw()
    for n in (1, 2):
        with viewing.page.expect_download():
            viewing.page.click("[data-csv]")
        # What follows has come when the next has.
        viewing.page.click("[data-export] summary")
        assert len(names) == n


def test_a_part_that_cannot_be_fetched_is_told_of_and_all_else_goes_on(shared, view):
    viewing = view(f"{shared.url}/fx")
    viewing.allow("Failed to load resource")
    viewing.wait_past("drawnOffset", 20)
    viewing.page.route("**/*share-part*", lambda route: route.abort())

    viewing.page.click("[data-share]")

    viewing.wait_for_text("[data-notice]", "could not be fetched")
    viewing.wait_past("drawnOffset", viewing.number("drawnOffset") + 5)


@pytest.mark.parametrize(
    ("path", "lost"),
    [
        ("/fx", "**/begin-page.bundle*"),
        ("/fx", "**/begin-page.chart-page.bundle*"),
        ("/fx?kind=candles", "**/uPlot*"),
        ("/fx", "**/socket.io.esm*"),
        ("/", "**/index-page*"),
    ],
)
def test_a_page_that_does_not_come_in_full_says_so_and_is_loaded_anew(shared, view, path, lost):
    seen = view(shared.url + path, lambda page: page.route(lost, lambda route: route.abort()))
    seen.allow("Failed to load resource")
    seen.page.wait_for_selector("[data-not-begun]", state="visible")
    seen.page.evaluate("() => { window.isOld = true; }")

    seen.page.unroute(lost)

    seen.wait("() => !window.isOld")
    seen.wait("() => document.documentElement.dataset.state === 'live'")
    assert seen.page.is_hidden("[data-not-begun]")
