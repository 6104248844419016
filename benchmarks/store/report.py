"""The report on stores: Markdown with the figures and what they are held against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.report import table
from benchmarks.store.append import Append
from benchmarks.store.month import Month
from benchmarks.store.windows import AT_RANDOM, POINTS, Window

SHARE_OF_WHOLE, TIMES_A_DAY = 50, 2


@dataclass(frozen=True)
class Measured:
    """All that was measured, in one run."""

    command: str
    machine: Mapping[str, object]
    month: Month
    file_bytes: int
    whole_s: float
    windows: Sequence[Window]
    at_random_s: Sequence[float]
    append: Append

    @property
    def day_s(self) -> float:
        """What a window of a day took."""
        return next(one.took_s for one in self.windows if one.name == "1 day")

    @property
    def worst_s(self) -> float:
        """What the slowest window took."""
        return max([*(one.took_s for one in self.windows), *self.at_random_s])

    def promises(self) -> Mapping[str, bool]:
        """Return what was to be, and whether it is."""
        whole, day = self.whole_s / self.worst_s, self.worst_s / self.day_s
        loop_us, ten_us = self.append.store_cpu_s * 1e6, self.append.delivery_cpu_s * 1e6
        return {
            f"the slowest window takes at most 1/{SHARE_OF_WHOLE} of reading and reducing"
            f" all ticks: 1/{whole:.0f}": whole >= SHARE_OF_WHOLE,
            f"and at most {TIMES_A_DAY} times what a day takes: {day:.2f}": day <= TIMES_A_DAY,
            "keeping a tick takes the loop less than its delivery to ten viewers:"
            f" {loop_us:.0f} µs, {ten_us:.0f} µs": loop_us < ten_us,
        }


def markdown(of: Measured) -> str:
    """Return the whole report."""
    promises = "\n".join(
        f"- {text}: {'yes' if is_kept else '**no**'}" for text, is_kept in of.promises().items()
    )
    return "\n\n".join([_about(of), "## Promises", promises, *_windows(of), *_append(of)]) + "\n"


def _about(of: Measured) -> str:
    known = ("processor", "cores", "memory_gb", "kernel", "python")
    machine = ", ".join(f"{name} {of.machine[name]}" for name in known)
    return f"""\
# Stores

Written by `{of.command}`.

A file of SQLite with {of.month.n:,} ticks of two series, one tick a second for 30 days, roll-ups
included: {of.file_bytes / 1e6:.0f} MB, filled in {of.month.filled_s:.1f} s by batches of 20,000.
Machine: {machine}. Other programs ran beside."""


def _windows(of: Measured) -> Sequence[str]:
    rows = [
        (
            one.name,
            f"{one.took_s * 1e3:.2f}",
            f"1/{of.whole_s / one.took_s:.0f}",
            f"{one.took_s / of.day_s:.2f}",
            f"{one.columns:,}",
        )
        for one in of.windows
    ]
    head = ("window", "ms", "of all ticks", "of a day", "columns")
    return (
        "## Pictures",
        f"""\
A window of {POINTS:,} points by `reduced`, the median of 31, against reading all ticks of the same
file and reducing them in the same process: {of.whole_s * 1e3:.0f} ms. Edges lie on no grid of the
roll-ups. Of {AT_RANDOM} windows at random, a minute to 30 days wide, the slowest took
{max(of.at_random_s) * 1e3:.2f} ms and the median {median(of.at_random_s) * 1e3:.2f} ms.""",
        table(head, rows),
    )


def _append(of: Measured) -> Sequence[str]:
    append = of.append
    return (
        "## One tick",
        f"""\
Processor time of the loop's thread for one tick by itself, from the inbox into the history:
{append.memory_cpu_s * 1e6:.0f} µs in memory, {append.store_cpu_s * 1e6:.0f} µs by way of the store.
Its delivery to ten viewers over TCP, by the fast broadcast: {append.delivery_cpu_s * 1e6:.0f} µs.
A tick is kept, on the disk, {append.kept_s * 1e3:.2f} ms after it was taken from the inbox; what
comes meanwhile is kept together.""",
    )
