"""The plot of the report: four figures over the number of viewers."""

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANELS = (
    ("fixed", "cpu_us_per_tick", "µs of processor per delivered tick"),
    ("saturated", "messages_per_s", "saturated messages/s on one core"),
    ("fixed", "p99_ms", "delivery latency p99, ms"),
    ("join", "join_s", "all join with an hour of history, s"),
)
COLORS = (
    *("#d1495b", "#e8a2ab", "#00798c", "#66b2bf"),
    *("#edae49", "#3c8d2f", "#9bc995", "#999999", "#222222"),
)


def new_figure(width: float, height: float) -> "Figure":
    """Return an empty figure in the style of all our plots; its size is in inches."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams["svg.hashsalt"] = "benchmarks"
    mpl.rcParams["svg.fonttype"] = "none"
    mpl.rcParams["font.size"] = 9
    mpl.rcParams["lines.markersize"] = 4
    return Figure(figsize=(width, height), layout="constrained")


def save(figure: "Figure", path: Path) -> None:
    """Write a figure as SVG; the same figure gives the same bytes."""
    figure.savefig(path, format="svg", metadata={"Date": None})


def draw(results: Results, path: Path) -> None:
    """Write the plot as SVG; the same results give the same bytes."""
    from matplotlib.artist import Artist
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    figure = new_figure(10, 7.5)
    handles: dict[str, Artist] = {}
    for place, (measure, name, title) in enumerate(PANELS):
        axes = figure.add_subplot(2, 2, place + 1)
        sizes = results.sizes(measure)
        axes.set(title=title, xscale="log", yscale="log", xlabel="viewers")
        axes.set_xticks(sizes, [f"{n:,}" for n in sizes], minor=False)
        axes.set_xticks([], minor=True)
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.grid(True, which="both", alpha=0.25)
        for color, peer in zip(COLORS, results.titles, strict=False):
            points = [(n, results.median(measure, n, peer, name)) for n in sizes]
            there = [(n, value) for n, value in points if value and value > 0]
            if there:
                width = 2.5 if peer == "chartserver" else 1.2
                (line,) = axes.plot(*zip(*there, strict=True), "o-", color=color, linewidth=width)
                handles[results.titles[peer]] = line
    known = [title for title in results.titles.values() if title in handles]
    figure.legend([handles[title] for title in known], known, loc="outside lower center", ncols=4)
    save(figure, path)
