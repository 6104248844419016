"""The rounds of one part: each in a folder of its own, tried once more when it fails."""

import shutil
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from benchmarks.page.browser import chromium_version
from benchmarks.page.part import Pace, Part, Run
from benchmarks.processes import RunFailed
from benchmarks.results import Results, Sample

TRIES = 2


@dataclass(frozen=True)
class Rounds:
    """How a part is measured; of one that `goes_long` each sample is kept at once."""

    name: str
    part: Part
    pace: Pace
    minutes: float
    goes_long: bool
    began_s: float = field(default_factory=time.monotonic)

    def measure(self, results: Results, n: int, file: Path) -> None:
        """Measure so many rounds, less those that `results` have; what comes is kept in `file`.

        Raises:
            RunFailed: a round has failed, and again when it was tried once more.
        """
        done = {sample["round"] for sample in results.samples}
        for number in (one for one in range(1, n + 1) if one not in done):
            results.versions.setdefault("chromium", chromium_version())
            results.samples += self._round(number, n, results, file)
            results.save(file)

    def _round(self, number: int, n: int, results: Results, file: Path) -> list[Sample]:
        for attempt in range(1, TRIES + 1):
            try:
                return self._tried(number, n, results, file)
            except RunFailed as failure:
                self._tell(f"round {number} of {n} failed: {failure}")
                if attempt == TRIES:
                    raise
        raise AssertionError("unreachable")

    def _tried(self, number: int, n: int, results: Results, file: Path) -> list[Sample]:
        samples: list[Sample] = []
        folder = Path(tempfile.mkdtemp(prefix=f"chartserver-page-{self.name}-"))
        head = f"round {number} of {n}"
        run = Run(
            number, self.pace, folder, self.minutes, lambda text: self._tell(f"{head}: {text}")
        )
        try:
            for sample in self.part(run):
                samples.append(sample)
                run.tell(f"{sample['measure']} {sample['peer']} {_brief(sample)}")
                if self.goes_long:
                    replace(results, samples=[*results.samples, *samples]).save(file)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return samples

    def _tell(self, text: str) -> None:
        spent_s = time.monotonic() - self.began_s
        click.echo(f"[{spent_s:5.0f} s] {self.name}, {text}")


def _brief(sample: Sample) -> str:
    said = (f"{name}={value:.4g}" for name, value in sample["figures"].items() if value is not None)
    return f"{' '.join(said)} {sample['fault']}".rstrip()
