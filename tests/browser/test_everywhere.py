"""The page in a frame, as a kiosk, on a phone, on paper; and what is in view as a file."""

import itertools

import pytest

THEME = "() => getComputedStyle(document.documentElement).getPropertyValue('--page').trim()"
DARK, LIGHT = "#0f1317", "#f5f8fb"
PLACES = """(parts) => parts
  .map((one) => document.querySelector(one).getBoundingClientRect().toJSON())"""
# Where all is while the pill says as much as it ever may: at once, before it says another thing.
PLACES_OF_MUCH = f"""(parts) => {{
  document.querySelector(".pill span").append(" why".repeat(99));
  return ({PLACES})(parts);
}}"""
DRAWN = "() => Number(document.querySelector('#chart').dataset.draws) > 1"


def shown(view, url, **options):
    viewing = view(url, **options)
    viewing.wait(DRAWN)
    return viewing


def test_a_theme_is_chosen_by_address_and_button_and_kept(shared, view):
    viewing = shown(view, f"{shared.url}/fx?theme=dark")
    assert viewing.page.evaluate(THEME) == DARK

    viewing.page.click("[data-theme-button]")
    viewing.page.click("[data-theme-button]")

    assert viewing.page.evaluate(THEME) == LIGHT
    viewing.page.goto(f"{shared.url}/fx")
    viewing.wait(DRAWN)
    assert viewing.page.evaluate("() => document.documentElement.dataset.theme") == "light"


def test_all_of_the_screen_is_taken_and_given_back(shared, view):
    viewing = shown(view, f"{shared.url}/fx")

    has_label = "(label) => document.querySelector('[data-full-screen]').ariaLabel === label"
    enter = viewing.page.get_attribute("[data-full-screen]", "aria-label")

    viewing.page.click("[data-full-screen]")
    viewing.wait("() => document.fullscreenElement === document.documentElement")
    viewing.wait(f"(label) => !({has_label})(label)", enter)
    viewing.page.click("[data-full-screen]")

    viewing.wait("() => document.fullscreenElement === null")
    viewing.wait(has_label, enter)


def test_a_kiosk_has_no_controls_and_hides_a_pointer_that_rests(shared, view):
    viewing = shown(view, f"{shared.url}/fx?kiosk=1")

    assert viewing.page.locator(".topbar button:visible").count() == 0
    viewing.wait("() => getComputedStyle(document.querySelector('#plots')).cursor === 'none'")
    # A pointer that was moved may rest again before anybody looks.
    viewing.page.evaluate(
        """() => new MutationObserver(() => { window.hasMoved = true; })
          .observe(document.documentElement, { attributeFilter: ["data-resting"] })"""
    )
    viewing.page.mouse.move(300, 300)
    viewing.wait("() => window.hasMoved")


def test_a_phone_shows_all_within_its_width(shared, view):
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    for path in ("/fx", "/many", "/"):
        viewing = view(f"{shared.url}{path}", **phone)
        viewing.wait("() => document.querySelector('canvas')?.width > 0")

        assert viewing.page.evaluate("() => document.documentElement.scrollWidth") <= 360
    viewing = shown(view, f"{shared.url}/fx", **phone)
    viewing.page.tap("#windows button:first-child")
    viewing.wait(
        "() => document.querySelector('#windows button').getAttribute('aria-pressed') === 'true'"
    )


@pytest.mark.parametrize(("width", "height"), [(844, 390), (667, 375), (740, 360)])
def test_a_phone_held_sideways_shows_its_chart_first(shared, view, width, height):
    phone = {"viewport": {"width": width, "height": height}, "has_touch": True, "is_mobile": True}
    viewing = shown(view, f"{shared.url}/fx", **phone)
    viewing.wait_past("draws", 1)

    panes = [pane.bounding_box() for pane in viewing.page.locator(".pane").all()]
    card = viewing.page.locator(".card").first.bounding_box()

    assert len(panes) == 2
    assert max(pane["y"] + pane["height"] for pane in panes) <= height + 1
    # Of its height the bars leave more than half.
    assert sum(pane["height"] for pane in panes) > height * 0.6
    assert card["x"] >= panes[0]["x"] + panes[0]["width"]
    assert card["y"] < height / 2
    assert viewing.page.evaluate("() => document.documentElement.scrollWidth") <= width
    small = "() => [...document.querySelectorAll('#windows button')].filter((one) =>"
    assert viewing.page.evaluate(f"{small} one.clientWidth < 44 || one.clientHeight < 44)") == []


def test_alerts_that_come_move_no_panes_of_a_phone(serve, view, tmp_path):
    path = tmp_path / "charts.toml"
    path.write_text(
        "[charts.lab]\nsource = 'walk?series=a'\n"
        "series = [{ name = 'a', limits = [{ above = 1e9 }] }]"
    )
    viewing = view(f"{serve('--config', path).url}/lab", viewport={"width": 360, "height": 740})
    viewing.page.wait_for_selector(".alerts")

    [plots, alerts] = viewing.page.evaluate(PLACES_OF_MUCH, ["#plots", ".alerts"])

    assert alerts["y"] > plots["y"] + plots["height"]


def test_of_many_charts_the_one_that_is_shown_is_in_sight(serve, view):
    charts = [f"--chart=chart-with-a-name-{i}=walk?interval_s=0.2" for i in range(12)]
    url = f"{serve(*charts).url}/chart-with-a-name-7"
    viewing = view(url, viewport={"width": 360, "height": 740})

    viewing.wait(
        """() => {
          const { left, right } = document.querySelector(".charts [aria-current]")
            .getBoundingClientRect();
          return left >= 0 && right <= innerWidth;
        }"""
    )


@pytest.mark.parametrize("width", range(1251, 1500, 31))
def test_a_number_of_the_bar_does_not_stand_without_its_word(shared, view, width):
    viewing = shown(view, f"{shared.url}/fx", viewport={"width": width, "height": 700})

    halves = viewing.page.evaluate(
        """() => [40, 60, 80].flatMap((length) => {
          document.querySelector("[data-text=title]").textContent = "M ".repeat(length);
          return [...document.querySelectorAll(".count")].filter((one) => {
            const place = one.getBoundingClientRect();
            const [number, word] = [one.querySelector("strong"), one.lastChild].map((part) => {
              const range = document.createRange();
              range.selectNodeContents(part);
              const { top, right } = range.getBoundingClientRect();
              return top < place.bottom - 1 && right < place.right + 1;
            });
            return number !== word;
          });
        }).length"""
    )

    assert halves == 0


@pytest.mark.parametrize("query", ["", "?lang=ja"])
def test_the_bar_of_a_phone_has_two_lines_and_room_for_fingers(shared, view, query):
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    viewing = shown(view, f"{shared.url}/fx{query}", **phone)
    parts = [".topbar", ".brand", ".told .pill", "#windows", "[data-pause]", ".more-button"]

    bar, *boxes = viewing.page.evaluate(PLACES_OF_MUCH, parts)

    assert bar["height"] <= 110
    assert [one for one in boxes if one["x"] < 0 or one["x"] + one["width"] > 360] == []
    assert [pair for pair in itertools.combinations(boxes, 2) if is_overlap(*pair)] == []
    assert [one for one in small(viewing, ".topbar :is(button, a), .charts a") if one] == []
    viewing.page.tap(".more-button")
    viewing.page.wait_for_selector("#more")
    menu = viewing.page.locator("#more").bounding_box()
    assert menu["x"] >= 0
    assert menu["y"] + menu["height"] <= 740
    assert small(viewing, "#more > :is(button, details)") == []


def is_overlap(one, other):
    return all(
        one[at] < other[at] + other[size] - 0.5 and other[at] < one[at] + one[size] - 0.5
        for at, size in (("x", "width"), ("y", "height"))
    )


def small(viewing, selector):
    """Return what can be touched and is lower than 44 px."""
    return viewing.page.evaluate(
        """(selector) => [...document.querySelectorAll(selector)]
          .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
          .map((one) => `${one.outerHTML.slice(0, 60)}: ${one.getBoundingClientRect().height}`)""",
        selector,
    )


@pytest.mark.parametrize("width", [1440, 1280, 360])
@pytest.mark.parametrize("size_px", [20, 24])
def test_text_is_as_large_as_the_reader_has_set_it(shared, view, width, size_px):
    viewing = shown(view, f"{shared.url}/fx", viewport={"width": width, "height": 800})
    viewing.enlarge_text(size_px)

    boxes = viewing.page.evaluate(
        PLACES_OF_MUCH, [".brand", ".told .pill", "#windows", "[data-pause]", "#plots", "#cards"]
    )

    assert [pair for pair in itertools.combinations(boxes, 2) if is_overlap(*pair)] == []
    assert viewing.page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert viewing.page.evaluate(BROKEN) == []


# Labels and values that are cut, or need more than a line.
BROKEN = """() => [
  ...document.querySelectorAll(".card-label span, .card-value, .pane-label, #windows button"),
].filter((one) => one.checkVisibility()).filter((one) => {
  const range = document.createRange();
  range.selectNodeContents(one.lastChild);
  const { width, height } = range.getBoundingClientRect();
  const { parentElement } = one;
  const hasBox = getComputedStyle(parentElement).display !== "contents";
  const room = (hasBox ? parentElement : parentElement.parentElement).getBoundingClientRect();
  return width > room.width + 1 || height > 1.9 * parseFloat(getComputedStyle(one).fontSize);
}).map((one) => one.outerHTML)"""


def test_what_the_pill_says_moves_nothing(shared, view):
    viewing = shown(view, f"{shared.url}/fx", viewport={"width": 1280, "height": 800})

    before, after = viewing.page.evaluate(
        f"(parts) => [({PLACES})(parts), ({PLACES_OF_MUCH})(parts)]",
        [".topbar", ".tools", "#chart", "#cards"],
    )

    assert after == before


@pytest.mark.parametrize("width", [1440, 1280, 1100])
def test_the_pill_has_room_to_say_how_far_a_view_is_behind(shared, view, width):
    viewing = shown(view, f"{shared.url}/fx", viewport={"width": width, "height": 800})
    viewing.page.keyboard.press(" ")
    viewing.wait_for_text("[data-text=detail]", "behind")

    room = viewing.page.evaluate(
        """(text) => {
          const detail = document.querySelector("[data-text=detail]");
          detail.textContent = text;
          return [detail.scrollWidth, detail.clientWidth];
        }""",
        "12 min 41 s behind, 1,482 new",
    )

    assert room[0] <= room[1]


def test_colors_that_the_system_forces_are_drawn_with(shared, view):
    viewing = shown(view, f"{shared.url}/fx?hide=USDJPY", forced_colors="active")

    # A line of a few ticks may have its color nowhere quite.
    viewing.wait(f"() => ({FORCED_COLORS})().ink")

    assert viewing.page.evaluate(FORCED_COLORS) == {"ink": True, "blue": False}


FORCED_COLORS = """() => {
          const canvas = document.querySelector(".u-wrap canvas");
          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
          copy.drawImage(canvas, 0, 0);
          const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
          const seen = new Set();
          for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3] === 255) seen.add(`rgb(${data.slice(i, i + 3).join(", ")})`);
          }
          const probe = document.body.appendChild(document.createElement("i"));
          probe.style.forcedColorAdjust = "none";
          probe.style.color = "CanvasText";
          const { color } = getComputedStyle(probe);
          return { ink: seen.has(color), blue: seen.has("rgb(0, 114, 178)") };
        }"""


def test_who_wants_little_motion_gets_steps(shared, view):
    viewing = shown(view, f"{shared.url}/fx", reduced_motion="reduce")
    viewing.wait_past("drawnOffset", 10)

    draws, elapsed_s = viewing.page.evaluate(
        """async () => {
          const { dataset } = document.querySelector("main");
          const [draws, at_ms] = [Number(dataset.draws), performance.now()];
          await new Promise((done) => setTimeout(done, 5000));
          return [dataset.draws - draws, (performance.now() - at_ms) / 1000];
        }"""
    )

    # Beside the beat there is what an answer of the server asks for; else it were dozens.
    assert draws <= elapsed_s + 6
