"""The figures that everything else is computed from, as the benchmarks have measured them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.results import Results
from chartserver import frames
from chartserver.ticks import Ticks

# Ethernet, IP and TCP around each message, which is a segment of its own.
WIRE_BYTES = 66
HISTORY_TICKS, MISSED_TICKS = 3_600, 5
VIEWERS, MANY_VIEWERS = 1_000, 5_000
OURS = "chartserver"


class NotMeasured(Exception):
    """A figure is not among the results; the text says which."""


@dataclass(frozen=True)
class Measured:
    """Figures of one process on one core, and of one Redis.

    Attributes:
        message_us: processor time of a message to a viewer.
        message_bytes: of a tick of two series to a viewer, on the wire.
        viewer_kb: memory of a viewer.
        join_us: processor time of a join, of a viewer that comes back too.
        shared_us: what a tick takes of each process more when its charts are in a Redis.
        append_us: what an append takes of Redis.
        read_us, read_us_per_log: what a read takes of Redis, and more for each log that is waited
            for.
        read_bytes: of a read of one entry.
        snapshot_bytes, backfill_bytes: of an hour of ticks, and of five.
        takeover_s: from the death of the holder of a lease to the next tick, of each trial.
    """

    message_us: float
    message_bytes: float
    viewer_kb: float
    join_us: float
    shared_us: float
    append_us: float
    read_us: float
    read_us_per_log: float
    read_bytes: float
    snapshot_bytes: int
    backfill_bytes: int
    takeover_s: tuple[float, ...]

    @classmethod
    def load(cls, folder: Path) -> "Measured":
        """Return the figures of the results in `folder`.

        Raises:
            NotMeasured: one of them is missing.
        """
        one = Results.load(folder / "benchmarks.json")
        shared = Results.load(folder / "shared-benchmarks.json")
        append_us, read_us, read_us_per_log = _fit(shared)
        return cls(
            message_us=_median(one, "fixed", MANY_VIEWERS, OURS, "cpu_us_per_message"),
            message_bytes=_median(one, "fixed", MANY_VIEWERS, OURS, "bytes_per_message")
            + WIRE_BYTES,
            viewer_kb=_median(one, "fixed", MANY_VIEWERS, OURS, "kb_per_viewer"),
            join_us=_median(one, "join", MANY_VIEWERS, OURS, "join_s") / MANY_VIEWERS * 1e6,
            shared_us=_shared_us(shared),
            append_us=append_us,
            read_us=read_us,
            read_us_per_log=read_us_per_log,
            read_bytes=_median(shared, "log", 1, "redis-itself", "bytes_per_read"),
            snapshot_bytes=_answer_bytes(HISTORY_TICKS),
            backfill_bytes=_answer_bytes(MISSED_TICKS),
            takeover_s=tuple(
                sample["figures"]["took_s"]
                for sample in shared.samples
                if sample["measure"] == "takeover" and sample["figures"]
            ),
        )


def _shared_us(results: Results) -> float:
    """Return what a tick costs a process more with a Redis in its path, viewers aside."""
    alone, shared = (
        _median(results, "fixed", VIEWERS, peer, "cpu_us_per_tick") for peer in ("alone", "redis")
    )
    return max(0.0, shared - alone) * VIEWERS


def _fit(results: Results) -> tuple[float, float, float]:
    """Return what an append takes, a read, and each log that is waited for, in µs of Redis.

    By least squares of the relative errors: samples lie two orders apart.
    """
    rows, costs = [], []
    for sample in results.samples:
        if sample["peer"] == "redis-itself":
            measure, followers = sample["measure"], sample["viewers"]
            logs = 1 if measure == "log" else int(measure.removesuffix("-logs"))
            rows.append((1.0, followers, followers * logs))
            costs.append(sample["figures"]["cpu_us_per_append"])
    if len(rows) < 3:
        raise NotMeasured("what a log takes of Redis is not measured")
    known, cost = np.array(rows), np.array(costs)
    fitted, *_ = np.linalg.lstsq(known / cost[:, None], np.ones(len(cost)), rcond=None)
    append_us, read_us, read_us_per_log = (max(0.0, float(value)) for value in fitted)
    return append_us, read_us, read_us_per_log


def _median(results: Results, measure: str, viewers: int, peer: str, figure: str) -> float:
    found = results.median(measure, viewers, peer, figure)
    if found is None:
        raise NotMeasured(f"{figure} of {peer} at {viewers} viewers ({measure}) is not measured")
    return found


def _answer_bytes(n: int) -> int:
    """Return how long an answer of `n` ticks of two series is, values with four decimals."""
    numbers = np.arange(n)
    times = 1.79e12 + 1000.0 * numbers + 0.25
    values = np.stack([1.08 + numbers % 100 / 1e4, 149.83 + numbers % 100 / 1e4]).round(4)
    return len(frames.dump_bytes(frames.frame("fx", Ticks("9f2c41aa", n, times, values))))
