"""A browser's own EventSource takes a chart's events."""

from itertools import pairwise

TAKE = """() => {
  window.held = [];
  window.source = new EventSource("/api/charts/fx/events");
  const keep = ({ type, data, lastEventId }) => {
    const { offset, t } = JSON.parse(data);
    window.held.push({ type, id: lastEventId, first: offset - t.length + 1, last: offset });
  };
  for (const name of ["snapshot", "tick"]) window.source.addEventListener(name, keep);
}"""


def test_an_event_source_has_every_tick(shared, view):
    viewing = view(f"{shared.url}/docs")
    viewing.page.evaluate(TAKE)
    viewing.wait("() => window.held.length > 5")

    held = viewing.page.evaluate("() => window.held")
    viewing.page.evaluate("() => window.source.close()")

    assert held[0]["type"] == "snapshot"
    for before, after in pairwise(held):
        assert after["first"] == before["last"] + 1
        assert after["id"].endswith(f":{after['last']}")
