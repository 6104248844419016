"""The raw results of a benchmark: a JSON file, and medians over its rounds. No report here."""

import json
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Sample = dict[str, Any]


@dataclass
class Results:
    """All samples of one benchmark, with what a reader must know about where they come from.

    `versions` and `missing` are by the name of the peer: what was measured, and why not.
    """

    machine: dict[str, Any]
    started: str
    is_quick: bool
    titles: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)

    def save(self, path: Path) -> None:
        """Write everything, a line for each sample; a reader never sees half a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        head = {name: value for name, value in vars(self).items() if name != "samples"}
        lines = ",\n".join(json.dumps(sample) for sample in self.samples)
        text = json.dumps(head, indent=1).removesuffix("\n}") + f',\n "samples": [\n{lines}\n]}}\n'
        part = path.with_suffix(".part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Results":
        """Read what `save` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def has(self, key: tuple[int, str, int, str]) -> bool:
        """Whether the sample (round, measure, viewers, peer) is there."""
        return any(key == sample_key(sample) for sample in self.samples)

    def peers(self) -> list[str]:
        """Return the names of the peers with samples, in the order of the line-up."""
        there = {sample["peer"] for sample in self.samples}
        return [name for name in self.titles if name in there]

    def sizes(self, measure: str) -> list[int]:
        """Return the numbers of viewers at which `measure` was done."""
        return sorted({s["viewers"] for s in self.samples if s["measure"] == measure})

    def median(self, measure: str, viewers: int, peer: str, figure: str) -> float | None:
        """Return the median of a figure over the rounds; None when there is none."""
        return median_of(
            sample["figures"].get(figure)
            for sample in self.samples
            if sample_key(sample)[1:] == (measure, viewers, peer)
        )

    def rounds(self) -> int:
        """Return how many rounds there are."""
        return max((sample["round"] for sample in self.samples), default=0)

    def faults(self) -> list[Sample]:
        """Return the samples in which something was wrong with what viewers got."""
        return [sample for sample in self.samples if sample["fault"]]


def sample_key(sample: Mapping[str, Any]) -> tuple[int, str, int, str]:
    """Return what tells a sample from all others."""
    return sample["round"], sample["measure"], sample["viewers"], sample["peer"]


def median_of(values: Iterable[float | None]) -> float | None:
    """Return the median of the values that are there."""
    there = [value for value in values if value is not None]
    return statistics.median(there) if there else None
