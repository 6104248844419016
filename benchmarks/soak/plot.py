"""The plot of a soak: memory, viewers, descriptors and greenlets over time."""

from pathlib import Path

from benchmarks.plot import new_figure, save
from benchmarks.soak.record import Record


def draw(record: Record, path: Path) -> None:
    """Write the plot as SVG; the same record gives the same bytes."""
    figure = new_figure(10, 5)
    samples = record.samples
    minutes = [sample.at_s / 60 for sample in samples]
    panels = (
        ("memory of the server (RSS), MB", [sample.look.rss_mb for sample in samples]),
        ("viewers", [sum(sample.look.viewers.values()) for sample in samples]),
        ("descriptors", [sample.look.descriptors for sample in samples]),
        ("greenlets", [sample.look.greenlets for sample in samples]),
    )
    for place, (title, values) in enumerate(panels):
        axes = figure.add_subplot(2, 2, place + 1)
        axes.plot(minutes, values, color="#00798c", linewidth=1)
        for rest in record.rests:
            axes.axvline(rest.at_s / 60, color="#d1495b", linewidth=0.8, alpha=0.6)
        axes.set(title=title, xlabel="minutes; red: at rest" if place > 1 else "")
        axes.set_ylim(bottom=0)
        axes.grid(True, alpha=0.25)
    save(figure, path)
