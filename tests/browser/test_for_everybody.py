"""The pages are for everybody: accessible, valid, in their language, and silent.

`/classic` is left out: it is the original page as it was.
"""

import json
import subprocess
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from serving import Servers
from viewing import LIMIT_MS

JS = Path(__file__).parent / "js"
AXE = JS / "node_modules" / "axe-core" / "axe.min.js"
TOKEN = "a-token-of-some-length-for-the-page-0123"
PATHS = {
    "chart": "/fx",
    "wall": "/",
    "embed": "/fx/embed",
    "docs": "/docs",
    "error": "/no-such-chart",
    "sign-in": "/sign-in",
}
# Each violation in a line: the rule, and where.
VIOLATIONS = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
    `${id}: ${target.join(" ")}: ${failureSummary}`));
}"""


@pytest.fixture(scope="module")
def address(shared, closed):
    """Return the address of a page, by its name."""
    return lambda name: (closed if name == "sign-in" else shared).url + PATHS[name]


@pytest.fixture(scope="module")
def closed():
    """Start a server that asks for a token."""
    with Servers() as servers:
        yield servers.start("--chart", "fx=walk", "--view-tokens", TOKEN)


@pytest.fixture(scope="module")
def axe():
    return AXE.read_text()


def opened(view, address, name, lang, theme):
    """Open a page, wait until it shows what it is for."""
    viewing = view(f"{address(name)}?lang={lang}", color_scheme=theme)
    if name in ("error", "sign-in"):
        viewing.allow("status of 40[14]")
    if name in ("chart", "embed"):
        viewing.wait_for(state="live")
        viewing.wait_past("draws", 1)
    if name == "wall":
        viewing.wait("() => document.documentElement.dataset.state === 'live'")
    return viewing


# Colors are those of the theme, in any language.
@pytest.mark.parametrize(("theme", "lang"), [("light", "en"), ("dark", "ja")])
@pytest.mark.parametrize("name", PATHS)
def test_axe_finds_nothing(view, address, axe, name, theme, lang):
    page = opened(view, address, name, lang, theme).page

    page.evaluate(axe)

    assert page.get_attribute("html", "lang") == lang
    assert page.evaluate(VIOLATIONS) == []


def test_every_page_is_valid_html(address):
    pages = {
        f"{name}-{lang}": source(f"{address(name)}?lang={lang}")
        for name in PATHS
        for lang in ("en", "ja")
    }

    found = subprocess.run(
        ["node", JS / "validate.mjs"],
        input=json.dumps(pages),
        capture_output=True,
        text=True,
        timeout=110,
        check=True,
    )

    assert found.stdout.splitlines() == []


def source(url):
    """Return a page as the server writes it, whatever its status."""
    request = Request(url, headers={"Accept": "text/html"})
    try:
        with urlopen(request, timeout=LIMIT_MS / 1_000) as answer:
            return answer.read().decode()
    except HTTPError as refused:
        return refused.read().decode()


def test_a_sheet_tells_of_the_keys_and_takes_none_itself(view, shared):
    viewing = view(f"{shared.url}/fx?lang=ja", color_scheme="light")
    viewing.wait_for(state="live", look="live")

    viewing.page.keyboard.press("?")
    # What knows the keys is fetched with the first of them.
    viewing.page.locator("#keys-sheet").wait_for(timeout=LIMIT_MS)
    assert "一時停止" in viewing.page.text_content("#keys-sheet")
    viewing.page.keyboard.press("ArrowLeft")
    viewing.page.keyboard.press("Escape")

    viewing.page.locator("#keys-sheet").wait_for(state="hidden")
    assert viewing.data("look") == "live"


def test_arrows_look_back_and_letters_choose_the_kind(view, shared):
    viewing = view(f"{shared.url}/fx")
    viewing.wait_past("draws", 1)

    viewing.page.keyboard.press("c")
    viewing.wait_for(kind="candles")
    viewing.page.keyboard.press("l")
    viewing.wait_for(kind="line")
    viewing.page.keyboard.press("ArrowLeft")
    viewing.wait_for(look="paused")


def test_the_chart_is_told_in_words(view, shared):
    viewing = view(f"{shared.url}/fx")

    label = viewing.wait_for_value(
        "() => document.querySelector('#plots canvas[role=img]')?.ariaLabel"
    )

    assert "EURUSD: " in label
    assert "lowest" in label
    assert viewing.wait_for_text("[data-latest]", "EURUSD .*, USDJPY ")


def test_keys_point_at_ticks_which_are_said_and_noted(serve_fed, view, fetch):
    fed = serve_fed("?series=a,b")
    for n in range(5):
        fed.tick(n, -n, time_ms=1_700_000_000_000 + 1000 * n)
    viewing = view(f"{fed.url}/lab")
    viewing.wait_past("drawnOffset", 5)

    viewing.page.keyboard.press(",")
    viewing.wait_for_text("[data-pointed]", r"a 4(\.0*)?, b .4")
    viewing.page.keyboard.press(",")
    viewing.wait_for_text("[data-pointed]", r"a 3(\.0*)?, b .3")
    viewing.wait_for_text(".pane-hover", "3")
    viewing.page.keyboard.press("a")
    viewing.page.keyboard.press("Enter")
    viewing.page.wait_for_selector("#note-dialog[open]")
    viewing.page.keyboard.type("by keys")
    viewing.page.keyboard.press("Enter")
    viewing.wait_for(notes=1)
    viewing.wait("() => !document.querySelector('#note-dialog').open")
    for _ in range(2):
        viewing.page.keyboard.press(".")

    viewing.wait("() => !document.querySelector('.pane-hover').textContent")
    [note] = fetch(f"{fed.url}/api/charts/lab/notes")["notes"]
    assert note["time_ms"] == 1_700_000_003_000


@pytest.mark.parametrize("width", [1600, 1280, 1100])
def test_all_of_the_bar_is_reached_by_keys_export_and_its_menu_too(view, shared, width):
    viewing = view(f"{shared.url}/fx", viewport={"width": width, "height": 800})
    viewing.wait("() => !document.querySelector('.is-idle')")
    page, reached = viewing.page, []
    wanted = page.locator(".tools :is(button, summary):visible").count()

    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => document.activeElement.outerHTML.slice(0, 120)"))
        if reached[-1].startswith("<summary"):
            page.keyboard.press("Enter")

    inside = [one for one in reached if one.startswith(("<button", "<summary"))]
    assert any("data-csv" in one for one in inside)
    assert any("data-png" in one for one in inside)
    assert len(set(inside)) >= wanted + 2
