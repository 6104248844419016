"""Draws a scene with matplotlib. To be imported by a process that does nothing else."""

import io
import logging
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import matplotlib
import numpy as np
from matplotlib import dates, font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from chartserver.pictures.wish import UTC as UTC_NAME

# As browsers have it, so that a pixel of either form is one.
DPI = 96
# Sizes in points are 1/72 inch.
PX = 72 / DPI
MARGIN_PX = 14
HEAD_PX = 30
# Narrower pictures say below the title how the chart is.
NARROW_PX = 480
HEAD_LINE_PX = 18
LEGEND_LINE_PX = 19
LEGEND_ENTRY_PX = 190
AXIS_PX = 26
VALUES_PX = 62
BETWEEN_PX = 10
# What the system has of these speaks where the first has no sign for it.
FONTS = (
    *("DejaVu Sans", "Noto Sans CJK JP", "Noto Sans JP", "IPAexGothic", "TakaoPGothic"),
    *("VL Gothic", "Hiragino Sans", "Yu Gothic", "WenQuanYi Zen Hei", "Unifont"),
)
SETTINGS: dict[str, Any] = {
    # As text, not as outlines: it can be read aloud, searched, and has the signs of any script.
    "svg.fonttype": "none",
    # The same scene is the same picture.
    "svg.hashsalt": "chartserver",
    "text.parse_math": False,
    "axes.unicode_minus": True,
    "font.size": 12 * PX,
}

logging.getLogger("matplotlib").setLevel(logging.ERROR)


def paint(scene: dict[str, Any]) -> bytes:
    """Return the picture, in the form that the scene asks for."""
    there = {font.name for font in font_manager.fontManager.ttflist}
    family = [name for name in FONTS if name in there]
    with matplotlib.rc_context({**SETTINGS, "font.family": family or "sans-serif"}):
        figure = _draw(scene)
        picture = io.BytesIO()
        if scene["form"] == "svg":
            FigureCanvasSVG(figure)
            figure.savefig(picture, format="svg", metadata={"Date": None, "Creator": None})
        else:
            FigureCanvasAgg(figure)
            figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()


def _draw(scene: dict[str, Any]) -> Figure:
    theme = scene["theme"]
    # Pixels are cut off, not rounded.
    size = (scene["width_px"] + 0.01) / DPI, (scene["height_px"] + 0.01) / DPI
    figure = Figure(figsize=size, dpi=DPI, facecolor=theme["surface"])
    _head(figure, scene)
    if not scene["panels"]:
        figure.text(0.5, 0.45, "No tick has come yet", ha="center", color=theme["muted"])
        return figure
    zone: tzinfo = UTC if scene["zone"] == UTC_NAME else ZoneInfo(scene["zone"])
    moments = dates.date2num([datetime.fromtimestamp(ms / 1000, zone) for ms in scene["time_ms"]])
    all_axes = _place(figure, scene)
    for axes, members in zip(all_axes, scene["panels"], strict=True):
        _panel(axes, scene, moments, members)
    _time_axis(all_axes, zone, theme)
    return figure


def _head(figure: Figure, scene: dict[str, Any]) -> None:
    """Write the title, and how the chart is."""
    theme, width, height = scene["theme"], scene["width_px"], scene["height_px"]
    top = 1 - MARGIN_PX / height
    left, right = MARGIN_PX / width, 1 - MARGIN_PX / width
    said = " \N{MIDDLE DOT} ".join(filter(None, [scene["headline"], scene["as_of"]]))
    color, is_narrow = theme[scene["tone"]], width < NARROW_PX
    line = top - HEAD_LINE_PX / height if is_narrow else top
    status = figure.text(right, line, said, ha="right", va="top", color=theme["muted"])
    status.set_fontsize(11 * PX)
    mark = _width_px(figure, status) + MARGIN_PX + 8
    figure.text(
        1 - mark / width, line, "\N{BLACK CIRCLE}", ha="right", va="top", color=color, size=9 * PX
    )
    title = figure.text(
        left, top, scene["title"], ha="left", va="top", color=theme["ink"], size=14 * PX
    )
    title.set_fontweight("bold")
    room = width - 3 * MARGIN_PX - (0 if is_narrow else mark)
    text = scene["title"]
    while _width_px(figure, title) > room and len(text) > 1:
        text = text[: -max(1, len(text) // 10)]
        title.set_text(text.rstrip() + "\N{HORIZONTAL ELLIPSIS}")


def _width_px(figure: Figure, text: Any) -> float:
    return float(text.get_window_extent(FigureCanvasAgg(figure).get_renderer()).width)


def _place(figure: Figure, scene: dict[str, Any]) -> list[Axes]:
    """Return the axes of the panels, one below the other, each with room for its legend."""
    width, height = scene["width_px"], scene["height_px"]
    columns = _columns(scene)
    legends = [LEGEND_LINE_PX * -(-len(one) // columns) + 6 for one in scene["panels"]]
    head = HEAD_PX + (HEAD_LINE_PX if width < NARROW_PX else 0)
    free = height - head - AXIS_PX - MARGIN_PX - sum(legends) - BETWEEN_PX * (len(legends) - 1)
    each = max(8.0, free / len(legends))
    bottom = height - head - MARGIN_PX / 2
    all_axes: list[Axes] = []
    for legend in legends:
        bottom -= legend + each
        box = (
            MARGIN_PX / width,
            bottom / height,
            1 - (2 * MARGIN_PX + VALUES_PX) / width,
            each / height,
        )
        all_axes.append(figure.add_axes(box, sharex=all_axes[0] if all_axes else None))
        bottom -= BETWEEN_PX
    return all_axes


def _columns(scene: dict[str, Any]) -> int:
    return max(1, int((scene["width_px"] - 2 * MARGIN_PX) // LEGEND_ENTRY_PX))


def _panel(axes: Axes, scene: dict[str, Any], moments: Any, members: list[int]) -> None:
    theme = scene["theme"]
    for i in members:
        series = scene["series"][i]
        values = np.array([np.nan if v is None else v for v in scene["values"][i]], float)
        label = f"{series['label']}  {series['last']}"
        # Of one tick there is no line.
        marker = "o" if np.isfinite(values).sum() == 1 else None
        axes.plot(
            moments, values, color=series["color"], lw=1.5 * PX, label=label, marker=marker, ms=3
        )
        for limit in series["limits"]:
            tone = theme["bad" if limit["severity"] == "critical" else "warn"]
            axes.axhline(limit["at"], color=tone, lw=1 * PX, ls=(0, (2, 3)))
    axes.set_facecolor(theme["surface"])
    axes.grid(color=theme["grid"], lw=1 * PX)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_color(theme["grid"])
    axes.yaxis.tick_right()
    axes.ticklabel_format(axis="y", useOffset=False)
    axes.locator_params(axis="y", nbins=max(2, scene["height_px"] // len(scene["panels"]) // 60))
    axes.tick_params(colors=theme["muted"], length=0, labelsize=11 * PX)
    legend = axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=min(len(members), _columns(scene)),
        frameon=False,
        borderpad=0,
        borderaxespad=0.3,
        handlelength=1.2,
        fontsize=12 * PX,
    )
    for text in legend.get_texts():
        text.set_color(theme["ink"])
    if scene["left_out"] and members[-1] == scene["panels"][-1][-1]:
        more = f"and {scene['left_out']} more series"
        axes.text(0.99, 0.03, more, ha="right", color=theme["muted"], transform=axes.transAxes)


def _time_axis(all_axes: list[Axes], zone: tzinfo, theme: dict[str, Any]) -> None:
    locator = dates.AutoDateLocator(tz=zone, minticks=3, maxticks=8)
    axis = all_axes[-1].xaxis
    axis.set_major_locator(locator)
    axis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=zone))
    axis.get_offset_text().set_color(theme["muted"])
    axis.get_offset_text().set_fontsize(11 * PX)
    for axes in all_axes[:-1]:
        axes.tick_params(labelbottom=False)
        axes.xaxis.get_offset_text().set_visible(False)
    all_axes[0].margins(x=0.005)
