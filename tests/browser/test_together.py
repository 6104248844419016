"""Two people at one chart: notes, a link, and whether both hold the same."""

import re
from datetime import UTC, datetime

NOTE = "CPI release <b>now</b>"
# Where in the plot, as a share of its width: the time there is known by the page alone.
PLOT = "#plots .u-over"


def write_note(viewing, text):
    """Write a note by the key and a click, as people do."""
    begin_note(viewing, 120)
    viewing.page.fill("#note-text", text)
    viewing.page.keyboard.press("Enter")


def begin_note(viewing, x):
    viewing.page.keyboard.press("a")
    # What takes the click is fetched with the key.
    viewing.page.wait_for_selector(".is-picking")
    viewing.page.locator(PLOT).first.click(position={"x": x, "y": 40})


def notes_of(viewing):
    return viewing.page.locator("#notes .note-text").all_text_contents()


def test_a_note_is_seen_by_both_at_once_and_after_a_reload(serve, view):
    url = f"{serve('--chart', 'fx=walk?interval_s=0.1').url}/fx"
    writer, other = view(url), view(url)
    for viewing in (writer, other):
        viewing.wait_past("drawnOffset", 10)
        viewing.wait_for(state="live")

    write_note(writer, NOTE)

    for viewing in (writer, other):
        viewing.wait_for(notes=1)
        assert notes_of(viewing) == [NOTE]
    other.page.reload()
    other.wait_for(notes=1)
    assert notes_of(other) == [NOTE]
    # What was clicked on is what the note is about: it is in view, and pinned by a click on it.
    other.page.click("#notes .note")
    wait_for_address(other, "pin=")


def test_notes_stand_in_their_order_for_who_comes_late_too(serve, view):
    url = f"{serve('--chart', 'fx=walk?interval_s=0.1').url}/fx"
    writer = view(url)
    writer.wait_past("drawnOffset", 10)
    writer.wait_for(state="live")
    # At the newest end, at the middle, at the beginning.
    width = writer.page.locator(PLOT).first.bounding_box()["width"]
    for n, share in enumerate((0.95, 0.5, 0.05)):
        begin_note(writer, share * width)
        writer.page.fill("#note-text", f"note {n}")
        writer.page.keyboard.press("Enter")
        writer.wait_for(notes=n + 1)

    late = view(url)
    late.wait_for(notes=3)

    for viewing in (writer, late):
        assert notes_of(viewing) == ["note 2", "note 1", "note 0"]
        # By its letter everybody calls a note, in whatever order others come.
        letters = viewing.page.locator("#notes .note-letter").all_text_contents()
        assert letters == ["C", "B", "A"]


def wait_for_address(viewing, part):
    viewing.wait("(part) => location.search.includes(part)", part)


def test_a_note_is_deleted_for_both(serve, view):
    url = f"{serve('--chart', 'fx=walk?interval_s=0.1').url}/fx"
    writer, other = view(url), view(url)
    for viewing in (writer, other):
        viewing.wait_past("drawnOffset", 10)
    write_note(writer, "a mistake")
    other.wait_for(notes=1)

    other.page.click(".note-remove")

    writer.wait_for(notes=0)


def test_who_may_not_write_is_told_how(serve, view):
    server = serve("--chart", "fx=walk?interval_s=0.1", "--push-tokens", "a-token-of-the-tests")
    viewing = view(f"{server.url}/fx")
    viewing.wait_past("drawnOffset", 5)
    viewing.wait_for(state="live")

    viewing.page.keyboard.press("a")

    viewing.wait_for_text("[data-notice]", "sign in")
    assert not viewing.page.locator("#note-dialog").is_visible()


def test_a_note_is_written_by_touch(serve, view):
    url = f"{serve('--chart', 'fx=walk?interval_s=0.1').url}/fx"
    viewing = view(url, viewport={"width": 390, "height": 800}, has_touch=True)
    viewing.wait_past("drawnOffset", 10)
    viewing.wait_for(state="live")

    viewing.page.tap(".more-button")
    viewing.page.tap("[data-add-note]")
    viewing.page.wait_for_selector(".is-picking")
    viewing.page.locator(PLOT).first.tap(position={"x": 60, "y": 40})
    viewing.page.fill("#note-text", "by hand")
    viewing.page.tap("#note-dialog .is-main")

    viewing.wait_for(notes=1)


def test_a_link_to_exactly_this_span_shows_it_to_others(shared, view):
    viewing = view(f"{shared.url}/fx")
    viewing.wait_past("drawnOffset", 20)
    viewing.wait_for(state="live")
    viewing.page.click("[data-share]")
    viewing.page.check("[data-exact]")
    link = viewing.page.input_value("[data-link]")

    other = view(link)
    other.wait_past("drawnOffset", 20)
    other.page.click("[data-share]")
    other.page.wait_for_selector("#share-dialog[open]")

    assert re.search(r"from=.*Z&to=.*Z", link)
    assert other.page.input_value("[data-link]") == link
    other.wait_for(look="paused")


def test_the_span_that_a_link_has_is_the_one_that_is_told(shared, view):
    viewing = view(f"{shared.url}/fx?window=1m", timezone_id="UTC", locale="en-GB")
    viewing.wait_past("drawnOffset", 20)
    viewing.wait_for(state="live")
    viewing.page.click("[data-share]")
    viewing.page.wait_for_selector("#share-dialog[open]")
    told = viewing.page.text_content("[data-span]")

    viewing.wait_past("drawnOffset", viewing.number("drawnOffset") + 50)
    viewing.page.check("[data-exact]")

    link = viewing.page.input_value("[data-link]")
    times = re.findall(r"T(\d\d:\d\d:\d\d)", link)
    assert len(times) == 2
    assert re.findall(r"\d\d:\d\d:\d\d", told) == times


def test_two_pages_hold_the_same_and_both_know_it(serve, view):
    url = f"{serve('--chart', 'fx=walk?interval_s=0.02').url}/fx"
    early = view(url)
    early.wait_past("offset", 150)
    late = view(url)

    for viewing in (early, late):
        viewing.wait_for(same="same")
    late.wait_for_text("[data-text=same]", "verified")

    assert re.fullmatch("[0-9a-f]{16}", late.data("digest"))


def test_the_delay_of_ticks_is_measured(shared, view):
    viewing = view(f"{shared.url}/fx")

    # The clocks differ by what is known of the quickest of several ways there and back.
    viewing.wait(
        """() => {
          const { delay, clock } = document.querySelector("main").dataset;
          return delay && Number(delay) >= 0 && Number(delay) < 5000 && Math.abs(clock) < 1000;
        }"""
    )
    viewing.wait_for_text("[data-text=delay]", r"^\d+ ms$")
    viewing.wait("() => Number(document.querySelector('[data-text=rate]').textContent) > 1")


def test_the_heading_of_the_delays_tells_of_those_in_view(serve, view, fetch):
    server = serve("--chart=fx=walk?interval_s=0.05")
    # Of before the page was opened, which knows no delay of them.
    view(server.url).wait_past("offset", 40)
    first_ms, *_, last_ms = fetch(f"{server.url}/api/charts/fx/ticks")["t"]
    viewing = view(f"{server.url}/fx?from={iso(first_ms)}&to={iso(last_ms)}")
    viewing.wait_for_text("[data-text=delay]", r"^\d+ ms$")
    heading = "[data-delays-text]"

    assert viewing.page.text_content(heading) == ""
    viewing.page.keyboard.press("End")
    viewing.wait_for_text(heading, r"^median \d+ ms, worst \d+ ms$")


def iso(time_ms):
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat().replace("+00:00", "Z")


def test_where_ticks_are_of_years_ago_no_delay_is_told(serve_fed, view):
    fed = serve_fed("?series=a")
    viewing = view(f"{fed.url}/lab")
    viewing.wait("() => document.querySelector('main').dataset.clock")

    fed.tick(1, time_ms=1_000_000)

    viewing.wait_for_text("[data-text=delay]", "clock differs")
    viewing.page.locator("[data-delays]").wait_for(state="hidden")
