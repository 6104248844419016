"""The wall: all charts in small, and a chart that comes while one looks."""

import json
from urllib.request import Request, urlopen

PAINTED = """(name) => {
  const canvas = document.querySelector(`[data-chart="${name}"] canvas`);
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  return copy.getImageData(0, 0, canvas.width, canvas.height).data.some((part) => part > 0);
}"""
VALUE = "() => document.querySelector('[data-chart=fx] dd').textContent"


def test_each_tile_in_sight_has_its_plot_and_those_out_of_sight_are_not_drawn(serve, view):
    charts = [f"--chart=c{i}=walk?interval_s=0.2" for i in range(30)]
    viewing = view(serve(*charts).url, viewport={"width": 800, "height": 500})
    viewing.wait("() => document.querySelector('[data-chart=c0]').dataset.draws > 1")

    assert viewing.page.evaluate(PAINTED, "c0")
    last = viewing.page.locator("[data-chart=c29]")
    assert last.get_attribute("data-draws") is None
    last.scroll_into_view_if_needed()
    viewing.wait("() => document.querySelector('[data-chart=c29]').dataset.draws > 0")
    assert viewing.page.evaluate("() => performance.getEntriesByType('resource').length") < 12


def test_one_crosshair_is_over_all_charts(shared, view):
    viewing = view(shared.url)
    viewing.wait("() => document.querySelector('[data-chart=fx]').dataset.draws > 2")
    box = viewing.page.locator("[data-chart=demo] canvas").bounding_box()

    viewing.page.mouse.move(box["x"] + 3, box["y"] + 20)
    viewing.page.wait_for_timeout(700)
    held = viewing.page.evaluate(VALUE)
    viewing.page.wait_for_timeout(700)

    # Where the crosshair is the value is one of the past, and does not change.
    assert viewing.page.evaluate(VALUE) == held


def test_a_chart_that_a_push_makes_appears(serve, view):
    server = serve(
        "--chart", "fx=walk", "--chart", "two=walk", "--push-tokens", "secret-secret-secret"
    )
    viewing = view(server.url)
    viewing.wait("() => document.querySelectorAll('.tile').length === 2")
    push = Request(
        f"{server.url}/api/charts/lab/ticks",
        json.dumps({"a": 1.5}).encode(),
        {"Authorization": "Bearer secret-secret-secret", "Content-Type": "application/json"},
    )

    with urlopen(push, timeout=20):
        viewing.wait_for_text("[data-chart=lab] dd", "1.5")

    assert viewing.page.evaluate(
        "() => [...document.querySelectorAll('.tile')].map((one) => one.dataset.chart)"
    ) == ["fx", "two", "lab"]
