"""What all parts of the benchmark have in common: how long each lasts, and what comes of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.results import Sample

OURS, CLASSIC, EPOCH = "ours", "classic", "epoch"
REDUCED, BARE, STACKED = "epoch-reduced", "epoch-bare", "ours-stacked"
HIDDEN, BLANK = "ours-hidden", "blank"
TITLES = {
    OURS: "our page",
    CLASSIC: "the Epoch page (`/classic`)",
    EPOCH: "Epoch, all ticks",
    BARE: "Epoch, all ticks, without the headers of our pages",
    REDUCED: "Epoch, ticks reduced by our server",
    STACKED: "our page, a panel for each series",
    HIDDEN: "our page, hidden",
    BLANK: "Chromium by itself, with blank tabs",
}
# A page has one viewer: who looks at it.
VIEWERS = 1
Figures = Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long everything lasts, and how often it is done in a round."""

    settle_s: float
    cpu_windows: int
    cpu_window_s: float
    frame_window_s: float
    loads: int
    first_loads: int
    hidden_window_s: float
    heap_early_minutes: float
    heap_interval_minutes: float


FULL = Pace(
    settle_s=15,
    cpu_windows=2,
    cpu_window_s=300,
    frame_window_s=30,
    loads=7,
    first_loads=3,
    hidden_window_s=300,
    heap_early_minutes=1,
    heap_interval_minutes=5,
)
QUICK = Pace(
    settle_s=4,
    cpu_windows=1,
    cpu_window_s=20,
    frame_window_s=8,
    loads=3,
    first_loads=1,
    hidden_window_s=12,
    heap_early_minutes=0.25,
    heap_interval_minutes=0.5,
)


@dataclass(frozen=True)
class Run:
    """One round of one part: its number, its pace, an empty folder, and what to tell of it."""

    number: int
    pace: Pace
    folder: Path
    minutes: float
    tell: Callable[[str], None]

    @property
    def is_turned(self) -> bool:
        """Whether the others go before us: so it is every other time."""
        return self.number % 2 == 0

    def turn(self, names: list[str], i: int = 0) -> list[str]:
        """Return the names in the order of this round, for the time `i`."""
        return names[::-1] if (self.number + i) % 2 == 0 else names

    def sample(
        self, measure: str, peer: str, figures: Figures, fault: str = "", **result: Any
    ) -> Sample:
        """Return what came of a measure, as results keep it."""
        return {
            "round": self.number,
            "measure": measure,
            "viewers": VIEWERS,
            "peer": peer,
            "figures": dict(figures),
            "result": result,
            "fault": fault,
        }


Part = Callable[[Run], Iterator[Sample]]
