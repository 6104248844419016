"""Several charts: the list of them, the way from one to the other, and names that are unknown."""

import re

# Whether both are as they are to be, and differ.
ARE_TOLD_APART = """(states) => {
  const colors = Object.entries(states).map(([name, state]) => {
    const tile = document.querySelector(`[data-chart=${name}]`);
    const { backgroundColor } = getComputedStyle(tile.querySelector(".dot"));
    return tile.dataset.state === state && backgroundColor;
  });
  return colors.every(Boolean) && new Set(colors).size === colors.length;
}"""


def test_several_charts_are_listed_with_their_status_and_newest_values(shared, view):
    viewing = view(shared.url)
    tile = "[data-chart={}]".format

    for name in ("fx", "many", "demo"):
        viewing.wait("(tile) => document.querySelector(tile)?.dataset.state === 'live'", tile(name))
        viewing.wait_for_text(f"{tile(name)} [data-viewers]", "^1$")
        viewing.wait_for_text(f"{tile(name)} dd", r"^[\d.]+$")

    assert viewing.page.locator(".tile").count() == 3
    assert viewing.page.locator(f"{tile('many')} dd").count() == 7
    viewing.wait_for_text("[data-text=headline]", "^Connected$")


def test_the_list_marks_only_charts_that_are_live_as_live(serve, view):
    server = serve("--chart", "fx=walk?interval_s=0.1", "--chart", "gone=python:feeds:nothing")
    viewing = view(server.url)

    viewing.wait(ARE_TOLD_APART, {"fx": "live", "gone": "ended"})
    viewing.wait("() => document.documentElement.dataset.state === 'live'")


def test_one_gets_from_the_list_to_a_chart_to_the_next_and_back(shared, view):
    viewing = view(shared.url)

    viewing.page.click("[data-chart=fx] a")
    viewing.wait_for(chart="fx", state="live")
    viewing.page.click("nav.charts a[href='/demo']")
    viewing.wait_for(chart="demo", state="live")
    viewing.page.click("text=Classic page")
    # The page that is left shows the same chart.
    viewing.page.wait_for_url(f"{shared.url}/classic?chart=demo")
    viewing.wait_for(chart="demo", state="live")
    viewing.page.click("h1 a")
    viewing.page.wait_for_url(f"{shared.url}/demo")
    viewing.wait_for(chart="demo", state="live")
    viewing.page.click("[aria-label='All charts']")

    viewing.page.wait_for_url(f"{shared.url}/")
    viewing.wait_for_text("h1", "Charts")


def test_a_single_chart_is_at_the_top(serve, view):
    server = serve("--chart", "fx=walk")

    viewing = view(server.url)

    viewing.wait_for(chart="fx", state="live")
    assert viewing.page.locator("nav.charts").count() == 0


def test_an_unknown_chart_is_a_clear_404(shared, view):
    viewing = view(f"{shared.url}/nope")
    viewing.allow("status of 404")
    told = viewing.page.text_content("main")

    assert "404" in told
    assert "chart is 'nope'; expected one of: fx, many, demo" in told
    answer = viewing.page.goto(f"{shared.url}/classic?chart=nope")
    assert answer.status == 404
    assert re.search("chart is 'nope'", viewing.page.text_content("main"))
    viewing.page.click("text=All charts")
    viewing.wait_for_text("h1", "Charts")
