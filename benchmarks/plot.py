"""The plot of the report: four figures over the number of viewers."""

from pathlib import Path

from benchmarks.results import Results

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


def draw(results: Results, path: Path) -> None:
    """Write the plot as SVG; the same results give the same bytes."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams["svg.hashsalt"] = "benchmarks"
    mpl.rcParams["font.size"] = 9
    mpl.rcParams["lines.markersize"] = 4
    figure = Figure(figsize=(10, 7), layout="constrained")
    for place, (measure, name, title) in enumerate(PANELS):
        axes = figure.add_subplot(2, 2, place + 1)
        for color, peer in zip(COLORS, results.titles, strict=False):
            points = [(n, results.median(measure, n, peer, name)) for n in results.sizes(measure)]
            there = [(n, value) for n, value in points if value]
            if there:
                sizes, values = zip(*there, strict=True)
                axes.plot(sizes, values, "o-", color=color, label=results.titles[peer])
        axes.set(title=title, xscale="log", yscale="log", xlabel="viewers")
        axes.grid(True, which="both", alpha=0.25)
        if axes.lines:
            axes.legend(fontsize=6)
    figure.savefig(path, format="svg", metadata={"Date": None})
