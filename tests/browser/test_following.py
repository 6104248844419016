"""Who presents, and who follows: the same view for both, for as long as both want it."""

from processes import free_port
from viewing import NO_LINK

# Where in the plot, as a share of its width: the time there is known by the page alone.
PLOT = "#plots .u-over"
FAST = "fx=walk?interval_s=0.05"
# A clock of the page that a test can put forward.
CLOCK = """
window.later_ms = 0;
const now = performance.now.bind(performance);
performance.now = () => now() + window.later_ms;"""

WATCH_OFFERS = """() => {
  window.wasOffered = false;
  const banner = document.querySelector("[data-following]");
  const look = () => { window.wasOffered ||= !banner.hidden; };
  new MutationObserver(look).observe(banner, { attributes: true });
}"""


def wait_for_address(viewing, part):
    viewing.wait("(part) => location.search.includes(part)", part)


def presenting(view, url, query="", **options):
    """Open a page that presents."""
    presenter = view(f"{url}/fx{query}", **options)
    presenter.wait_past("drawnOffset", 20)
    presenter.wait_for(state="live")
    presenter.page.click("[data-present]")
    presenter.wait("() => document.querySelector('main').dataset.presents")
    return presenter


def followed(view, url):
    """Open a page that presents, and one that follows it."""
    presenter = presenting(view, url)
    follower = view(f"{url}/fx?follow={presenter.data('presents')}")
    follower.wait_for(follows=presenter.data("presents"))
    return presenter, follower


def press(viewing, name):
    viewing.page.get_by_role("button", name=name, exact=True).click()


def check_follows(follower, presenter):
    """Fail unless what the presenter chooses is seen by the follower."""
    for name in ("5m", "1m"):
        press(presenter, name)
        follower.wait_for_text("#windows [aria-pressed=true]", f"^{name}$")


def test_who_follows_sees_the_same_window_and_crosshair_until_it_acts_itself(shared, view):
    presenter, follower = followed(view, shared.url)

    presenter.page.get_by_role("button", name="1m", exact=True).click()
    presenter.page.locator(PLOT).first.hover(position={"x": 200, "y": 50})

    follower.wait_for_text("#windows [aria-pressed=true]", "^1m$")
    follower.wait_for_text(".pane-hover", " at ")
    presenter.wait_for_text("[data-presenting]", "1 viewer")

    follower.page.get_by_role("button", name="15m", exact=True).click()

    follower.wait("() => !location.search.includes('follow=')")
    presenter.page.get_by_role("button", name="All", exact=True).click()
    presenter.wait_for_text("[data-presenting]", "0 viewers")
    assert follower.page.text_content("#windows [aria-pressed=true]") == "15m"


def test_an_offer_to_follow_says_how_many_others_present(serve, view):
    server = serve(f"--chart={FAST}")
    for _ in range(2):
        presenting(view, server.url)

    other = view(f"{server.url}/fx")

    other.wait_for_text("[data-following]", r"viewer 1 presents, and so does 1 more\.")
    press(other, "Not now")
    other.wait_for_text("[data-following]", r"viewer 2 presents\.")


def test_back_takes_back_what_was_done_here_and_not_what_was_presented(shared, view):
    presenter = presenting(view, shared.url)
    follower = view(f"{shared.url}/fx?follow={presenter.data('presents')}")
    entries = follower.page.evaluate("() => history.length")

    for name, window in (("1m", "1m"), ("All", "all")):
        presenter.page.get_by_role("button", name=name, exact=True).click()
        wait_for_address(follower, f"window={window}")
    assert follower.page.evaluate("() => history.length") == entries

    follower.page.get_by_role("button", name="15m", exact=True).click()
    wait_for_address(follower, "window=15m")
    assert follower.page.evaluate("() => history.length") == entries + 1
    follower.page.go_back()
    wait_for_address(follower, "window=all")
    follower.wait("() => !location.search.includes('follow=')")


def test_who_comes_late_learns_who_presents_and_may_follow(shared, view):
    presenter = presenting(view, shared.url)
    presenter.page.fill("[data-presenting] input", "Ada")
    presenter.page.keyboard.press("Tab")

    # Nothing was chosen here before, and nothing stands in the address.
    late = view(f"{shared.url}/fx", locale="ja-JP")
    late.wait_for_text("[data-following]", "^Adaが発表中です")
    late.page.click("[data-following] button")

    late.wait_for(follows=presenter.data("presents"))
    presenter.wait_for_text("[data-presenting]", "1 viewer")
    wait_for_address(late, f"follow={presenter.data('presents')}")
    presenter.page.locator("[data-following]").wait_for(state="hidden")
    presenter.page.get_by_role("button", name="1m", exact=True).click()
    late.wait_for_text("#windows [aria-pressed=true]", "^1分$")
    presenter.page.get_by_role("button", name="Stop").click()
    late.wait_for_text("[data-notice]", "発表は終了しました")
    late.wait("() => document.querySelector('[data-following]').hidden")


def test_a_name_that_the_server_does_not_take_holds_nothing_up(shared, view):
    presenter, follower = followed(view, shared.url)

    for name, told in (("Ada", "^Following Ada"), ("B\u200bob", "^Following Ada")):
        presenter.page.fill("[data-presenting] input", name)
        presenter.page.keyboard.press("Tab")
        follower.wait_for_text("[data-following]", told)
    presenter.wait_for_text(
        "[data-presenting]", "1 viewer.*name is not fit; expected 1 to 40 printable characters"
    )
    presenter.page.get_by_role("button", name="1m", exact=True).click()

    follower.wait_for_text("#windows [aria-pressed=true]", "^1m$")
    follower.wait_for_text("[data-following]", "^Following Ada")
    presenter.page.fill("[data-presenting] input", "")
    presenter.page.keyboard.press("Tab")
    follower.wait_for_text("[data-following]", "^Following viewer ")
    presenter.wait_for_text("[data-presenting]", "^You present to 1 viewer.Copy")


def test_the_link_to_follow_leaves_to_others_what_is_their_own(shared, view):
    query = "?window=1m&theme=dark&lang=en&kiosk=0"
    clipboard = ["clipboard-read", "clipboard-write"]
    presenter = presenting(view, shared.url, query, permissions=clipboard)

    presenter.page.get_by_role("button", name="Copy link to follow").click()
    presenter.wait_for_text("[data-presenting]", "Link copied")
    link = presenter.page.evaluate("() => navigator.clipboard.readText()")

    assert link == f"{shared.url}/fx?window=1m&follow={presenter.data('presents')}"
    presenter.wait_for_text("[data-presenting]", "Copy link to follow")


def test_who_leaves_may_follow_again(shared, view):
    presenter, follower = followed(view, shared.url)
    follower.page.keyboard.press("ArrowLeft")
    follower.wait_for_text("[data-following]", "presents")
    follower.wait("() => !document.querySelector('main').dataset.follows")

    follower.page.locator("[data-following]").get_by_role("button", name="Follow").click()

    follower.wait_for(follows=presenter.data("presents"))
    check_follows(follower, presenter)
    press(follower, "Stop")
    follower.wait_for_text("[data-following]", "presents")
    press(follower, "Not now")
    follower.page.locator("[data-following]").wait_for(state="hidden")


def test_who_has_presented_is_not_offered_itself(shared, view):
    presenter, other = presenting(view, shared.url), view(f"{shared.url}/fx")
    other.wait_for_text("[data-following]", "presents")
    presenter.page.evaluate(WATCH_OFFERS)

    press(presenter, "Stop")

    # The list of those who present is a while behind.
    other.page.locator("[data-following]").wait_for(state="hidden")
    presenter.wait_past("drawnOffset", presenter.number("drawnOffset") + 20)
    assert presenter.page.evaluate("() => window.wasOffered") is False


def test_followers_are_told_at_once_when_the_presenter_leaves(shared, view):
    presenter, follower = followed(view, shared.url)

    presenter.page.goto(f"{shared.url}/")

    follower.wait_for_text("[data-notice]", "presents no more")
    follower.wait("() => !location.search.includes('follow=')")


def test_who_is_lost_is_waited_for_and_no_longer_than_a_while(shared, view, lay_line):
    line = lay_line(shared.port)
    presenter = presenting(view, line.url)
    presenter.allow(NO_LINK)
    url = f"{shared.url}/fx?follow={presenter.data('presents')}"
    follower = view(url, lambda page: page.add_init_script(CLOCK))
    follower.wait_for(follows=presenter.data("presents"))

    line.cut()

    follower.wait_for_text("[data-following]", "connection of viewer .* is lost")
    follower.page.evaluate("() => { window.later_ms = 31_000; }")
    follower.wait_for_text("[data-notice]", "presents no more")
    follower.wait("() => !location.search.includes('follow=')")


def test_who_comes_back_over_another_link_is_followed_on(serve, view, lay_line):
    server = serve("--chart", FAST)
    line = lay_line(server.port)
    presenter = presenting(view, line.url)
    presenter.allow(NO_LINK)
    shown_as = presenter.data("presents")
    follower, other = view(f"{server.url}/fx?follow={shown_as}"), view(f"{server.url}/fx")
    follower.wait_for(follows=shown_as)
    other.wait_for_text("[data-following]", "presents")
    press(other, "Not now")

    line.cut()
    follower.wait_for_text("[data-following]", "connection of viewer .* is lost")
    late = view(f"{server.url}/fx?follow={shown_as}")
    late.wait_for_text("[data-following]", "Nobody presents")
    line.mend()

    for viewing in (follower, late):
        viewing.wait_for_text("[data-following]", "^Following viewer")
        wait_for_address(viewing, f"follow={shown_as}")
        check_follows(viewing, presenter)
    assert presenter.data("presents") == shown_as
    other.wait("() => document.querySelector('[data-following]').hidden")


def test_a_presentation_goes_on_when_the_server_has_started_afresh(serve, view):
    server = serve("--chart", FAST, "--port", str(free_port()))
    presenter, follower = followed(view, server.url)
    for viewing in (presenter, follower):
        viewing.allow(NO_LINK)

    server.stop()
    serve("--chart", FAST, "--port", str(server.port))

    for viewing in (presenter, follower):
        viewing.wait_for(state="live")
    check_follows(follower, presenter)
    assert follower.data("follows") == presenter.data("presents")


def test_who_presents_another_chart_is_found_there(shared, view):
    presenter = presenting(view, shared.url)
    shown_as = presenter.data("presents")

    follower = view(f"{shared.url}/demo?follow={shown_as}&lang=en")

    follower.wait_for_text("[data-following]", "^viewer .* presents another chart, fx.")
    assert follower.data("follows") is None
    follower.page.get_by_role("link", name="See it there").click()
    follower.wait_for(follows=shown_as, chart="fx")
    assert follower.page.url.startswith(f"{shared.url}/fx?")
    assert "lang=en" in follower.page.url
