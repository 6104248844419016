"""The folder in which results are kept: a JSON file for each part, so that parts may run apart."""

from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import describe
from benchmarks.page.part import TITLES, VIEWERS
from benchmarks.results import Results


class Folder:
    """The results in `path`, which need not be there yet."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def file(self, part: str) -> Path:
        """Return where the results of a part are."""
        return self._path / f"page-{part}.json"

    def begin(self, part: str, *, is_quick: bool, goes_on: bool) -> Results:
        """Return results to go on with, or new ones."""
        file = self.file(part)
        if goes_on and file.exists():
            return Results.load(file)
        started = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        return Results(machine=describe(), started=started, is_quick=is_quick, titles=dict(TITLES))

    def load(self, parts: list[str]) -> dict[str, Results]:
        """Return what there is of these parts."""
        return {part: Results.load(self.file(part)) for part in parts if self.file(part).exists()}


def median(results: Results | None, measure: str, peer: str, figure: str) -> float | None:
    """Return the median of a figure over all its samples; None when there is none."""
    return results.median(measure, VIEWERS, peer, figure) if results else None


def spread(results: Results, measure: str, peer: str, figure: str) -> tuple[float, float] | None:
    """Return the least and the greatest of a figure; None when there is none."""
    found = [
        value
        for sample in results.samples
        if (sample["measure"], sample["peer"]) == (measure, peer)
        if (value := sample["figures"].get(figure)) is not None
    ]
    return (min(found), max(found)) if found else None
