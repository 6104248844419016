"""What a soak is to show, judged by its record."""

from collections.abc import Callable, Iterator

from benchmarks.checklist import Check
from benchmarks.soak.record import Record, Rest

GROWTH_MAX = 0.05
STOP_LIMIT_S = 10.0


def check_all(record: Record) -> list[Check]:
    """Return every promise, judged."""
    return [
        _memory(record),
        *_leftovers(record),
        *_deliveries(record),
        *_manners(record),
        *_end(record),
    ]


def _memory(record: Record) -> Check:
    promise = "memory at the end, against that at the early rest"
    wanted = f"at most {GROWTH_MAX:.0%} more"
    early, end = record.rest("early"), record.rest("end")
    if early is None or end is None:
        return Check(promise, "not measured", wanted, None)
    growth = end.rss_mb / early.rss_mb - 1
    measured = f"{growth:+.1%} ({early.rss_mb:.1f} MB : {end.rss_mb:.1f} MB)"
    return Check(promise, measured, wanted, growth <= GROWTH_MAX)


def _leftovers(record: Record) -> Iterator[Check]:
    figures: dict[str, Callable[[Rest], int]] = {
        "descriptors": lambda rest: rest.descriptors,
        "greenlets": lambda rest: rest.greenlets,
        "threads": lambda rest: rest.threads,
        "viewers": lambda rest: rest.viewers,
    }
    start, end = record.rest("start"), record.rest("end")
    for name, figure in figures.items():
        promise = f"{name} at the end, against the start"
        if start is None or end is None:
            yield Check(promise, "not measured", "no more", None)
            continue
        before, after = figure(start), figure(end)
        yield Check(promise, f"{before} : {after}", "no more", after <= before)


def _deliveries(record: Record) -> Iterator[Check]:
    steady, tally = record.steady, record.tally
    promise = "ticks that healthy viewers received"
    if not steady.get("due"):
        yield Check(promise, "not measured", "all", None)
    else:
        is_whole = steady["received"] == steady["due"] and not steady["lost"]
        measured = f"{steady['received']:,} of {steady['due']:,}, {steady['lost']:,} lost"
        yield Check(promise, measured, "all, each once, in order", is_whole)
    yield _none("messages with a value that the source never gave", steady.get("wrong"))
    yield _none("times that a healthy viewer was cut off", steady.get("cuts"))
    lost = tally.get("ticks lost by others", 0) if tally else None
    yield _none("ticks lost by those who came and went, or came back", lost)


def _manners(record: Record) -> Iterator[Check]:
    stalled = record.tally.get("stalls for good", 0)
    evicted = record.tally.get("evicted", 0)
    yield Check(
        "evicted, of those who took nothing for too long",
        f"{evicted} of {stalled}" if stalled else "not measured",
        "all",
        evicted == stalled if stalled else None,
    )
    tracebacks = record.samples[-1].look.tracebacks if record.samples else None
    yield _none("tracebacks in the log", record.stop.get("tracebacks", tracebacks))
    yield _none("other faults", sum(record.faults.values()) if record.samples else None)


def _end(record: Record) -> Iterator[Check]:
    stop, steady = record.stop, record.steady
    promise, wanted = "the end after SIGTERM", f"status 0 in less than {STOP_LIMIT_S:g} s"
    told = "healthy viewers that were told of it, and with a WebSocket got a close frame"
    if not stop:
        yield Check(promise, "not measured", wanted, None)
        yield Check(told, "not measured", "all", None)
        return
    measured = f"status {stop['exit_status']} after {stop['took_s']:.1f} s"
    is_kept = stop["exit_status"] == 0 and stop["took_s"] < STOP_LIMIT_S
    yield Check(promise, measured, wanted, is_kept)
    yield Check(
        told,
        f"{steady['told_to_stop']} of {steady['viewers']},"
        f" {steady['close_frames']} of {steady['websockets']}",
        "all",
        steady["told_to_stop"] == steady["viewers"]
        and steady["close_frames"] == steady["websockets"],
    )


def _none(promise: str, n: int | None) -> Check:
    if n is None:
        return Check(promise, "not measured", "none", None)
    return Check(promise, f"{n:,}", "none", n == 0)
