"""What a soak has measured: a JSON file. No report and no judgment here."""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Look:
    """One look at the server's process.

    `greenlets` and `objects` are what it says of itself, at most some seconds ago.
    """

    rss_mb: float
    descriptors: int
    threads: int
    cpu_s: float
    viewers: Mapping[str, int]
    greenlets: int
    objects: int
    tracebacks: int
    log_bytes: int


@dataclass(frozen=True)
class Sample:
    """One look at the server under load, or at rest, `at_s` after the beginning.

    `load_cpu_s` is what the load itself has used, `load_lag_ms` the longest in which it did not
    come to read since the sample before: so much of a wait may be its own.
    """

    at_s: float
    is_rest: bool
    look: Look
    load_cpu_s: float
    load_lag_ms: float
    received: int
    lost: int
    joins: int


@dataclass(frozen=True)
class Rest:
    """The server with none but its healthy viewers.

    What comes and goes by the moment, such as a connection that is being closed, is left out:
    the fewest are taken of descriptors, threads, greenlets and objects; of memory the median.
    """

    name: str
    at_s: float
    settled_in_s: float
    rss_mb: float
    descriptors: int
    threads: int
    greenlets: int
    objects: int
    viewers: int

    @classmethod
    def of(cls, name: str, at_s: float, settled_in_s: float, looks: Sequence[Look]) -> "Rest":
        """Return what `looks` at a rest come to."""
        return cls(
            name=name,
            at_s=at_s,
            settled_in_s=settled_in_s,
            rss_mb=statistics.median(look.rss_mb for look in looks),
            descriptors=min(look.descriptors for look in looks),
            threads=min(look.threads for look in looks),
            greenlets=min(look.greenlets for look in looks),
            objects=min(look.objects for look in looks),
            viewers=sum(looks[-1].viewers.values()),
        )


@dataclass
class Record:
    """Everything about one soak.

    Attributes:
        rests: "start", before anybody but the healthy came; "early", after some minutes; "end".
        steady: what the healthy viewers got.
        tally: what the others did, counted.
        metrics: by the name of a rest, what the server says of itself.
        stop: how it ended after SIGTERM.
        faults: what should not have happened, in words, each with how often it did.
    """

    machine: dict[str, Any]
    versions: dict[str, str]
    command: str
    started: str
    minutes: float
    viewers: int
    seed: int
    is_quick: bool
    rests: list[Rest] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    steady: dict[str, Any] = field(default_factory=dict)
    tally: dict[str, int] = field(default_factory=dict)
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    stop: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)

    def rest(self, name: str) -> Rest | None:
        """Return the rest of that name; None when it did not come to it."""
        return next((rest for rest in self.rests if rest.name == name), None)

    def cpu_share(self, field_of: str) -> float | None:
        """Return the share of a core that the `server` or the `load` took from first to last."""
        if len(self.samples) < 2:
            return None
        first, last = self.samples[0], self.samples[-1]
        used_s = {
            "server": last.look.cpu_s - first.look.cpu_s,
            "load": last.load_cpu_s - first.load_cpu_s,
        }[field_of]
        return used_s / (last.at_s - first.at_s)

    def save(self, path: Path) -> None:
        """Write everything, a line for each sample; a reader never sees half a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = asdict(self)
        samples = ",\n".join(json.dumps(sample) for sample in whole.pop("samples"))
        head = json.dumps(whole, indent=1, ensure_ascii=False).removesuffix("\n}")
        part = path.with_suffix(".part")
        part.write_text(f'{head},\n "samples": [\n{samples}\n]}}\n', encoding="utf-8")
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Record":
        """Read what `save` wrote."""
        raw: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        rests = [Rest(**rest) for rest in raw["rests"]]
        samples = [Sample(**{**one, "look": Look(**one["look"])}) for one in raw["samples"]]
        return cls(**{**raw, "rests": rests, "samples": samples})
