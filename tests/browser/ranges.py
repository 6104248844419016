"""The range that a page shows, as its address says it."""

RANGE = """() => {
  const said = new URLSearchParams(location.search);
  return [said.get("from"), said.get("to")].map((iso) => Date.parse(iso));
}"""
PLOT = "#plots .u-over"


def wait_for_range(viewing, begin, end):
    """Wait until the page shows this range, but for two px of the plot."""
    viewing.wait(
        f"""([from, to]) => {{
          const now = ({RANGE})();
          const px_ms = (to - from) / document.querySelector("{PLOT}").clientWidth;
          return Math.max(Math.abs(now[0] - from), Math.abs(now[1] - to)) <= 2 * px_ms;
        }}""",
        [begin, end],
    )
