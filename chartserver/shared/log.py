"""The log of a chart in Redis, and what stands beside it: asked for, one question at a time."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from chartserver.batch import KeptKey
from chartserver.errors import StoreFault
from chartserver.notes import KeptNotes
from chartserver.push_keys import OF
from chartserver.shared import scripts
from chartserver.shared.coding import (
    DAMAGE,
    VERSION,
    newer,
    note_of,
    series_of,
    series_text,
    ticks_of,
)
from chartserver.shared.link import Client, faults, together
from chartserver.store.store import Restored
from chartserver.ticks import CHART_NAME, Series, Ticks, joined

# Of a log, read at once.
ENTRIES_AT_ONCE = 500
TOLD = "told:"
EPOCH_BYTES = 4
TRIES = 5

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """What Redis says of a chart beside its ticks."""

    epoch: str
    offset: int
    series_text: str
    title: str = ""
    is_pushed: bool = False
    came_from: str = ""
    came_at: int = 0
    closed_until_ms: float = 0.0
    made_ms: float = 0.0
    notes_revision: int = 0
    told: Mapping[str, Mapping[str, Any]] | None = None

    @classmethod
    def read(cls, raw: Mapping[bytes, bytes] | Sequence[bytes]) -> "State | None":
        """Return it from its hash, None when there is none.

        Raises:
            StoreFault: it is newer than this program, or damaged.
        """
        try:
            return cls._read(raw if isinstance(raw, Mapping) else pairs(raw))
        except DAMAGE as error:
            text = f"has a chart whose meta is damaged ({type(error).__name__}: {error}); forget it"
            raise StoreFault(text) from error

    @classmethod
    def _read(cls, raw: Mapping[bytes, bytes]) -> "State | None":
        texts = {name.decode(): value.decode() for name, value in raw.items()}
        if "epoch" not in texts:
            return None
        if int(texts.get("v", VERSION)) > VERSION:
            raise newer(int(texts["v"]))
        if len(bytes.fromhex(texts["epoch"])) != EPOCH_BYTES:
            raise ValueError(f"its epoch is {texts['epoch']!r:.100}")
        series_of(json.loads(texts.get("series", "[]")))
        return cls(
            epoch=texts["epoch"],
            offset=int(texts["offset"]),
            series_text=texts.get("series", "[]"),
            title=texts.get("title", ""),
            is_pushed=texts.get("is_pushed") == "1",
            came_from=texts.get("came_from", ""),
            came_at=int(texts.get("came_at", 0)),
            closed_until_ms=float(texts.get("closed_until", 0)),
            made_ms=float(texts.get("made_ms", 0)),
            notes_revision=int(texts.get("notes_revision", 0)),
            told={
                name.removeprefix(TOLD): json.loads(value)
                for name, value in texts.items()
                if name.startswith(TOLD)
            },
        )

    @property
    def series(self) -> Sequence[Series]:
        """The series in the one order."""
        return series_of(json.loads(self.series_text))


class Found(NamedTuple):
    """A chart as it was read, and which batch of each writer is the last in it."""

    restored: Restored
    is_pushed: bool
    writers: Mapping[str, tuple[int, int]]


def join(
    client: Client, chart: str, epoch: str, series: Sequence[Series], title: str, is_pushed: bool
) -> State:
    """Return the state of a chart, made under `epoch` when it is not there."""
    given = (epoch, series_text(series), title, int(is_pushed), VERSION)
    state = State.read(scripts.run(client, "join", scripts.keys(chart), *given))
    assert state is not None, "a chart that was joined is there"
    if is_pushed:
        mark_pushed(client, chart)
    return state


def mark_pushed(client: Client, chart: str) -> None:
    """Have a chart among those that pushes have made."""
    with faults():
        seconds, micros = client.time()
        client.zadd(scripts.PUSHED, {chart: seconds * 1000 + micros / 1000}, nx=True)


def agree(
    client: Client, chart: str, known: Sequence[Series], series: Sequence[Series]
) -> Sequence[Series]:
    """Add series that are new behind those that are there; return all in the one order.

    `known` are those that are there as far as is known.
    """
    text = series_text(known)
    while True:
        known = series_of(json.loads(text))
        names = {one.name for one in known}
        new = [one for one in series if one.name not in names]
        if not new:
            return known
        wanted = series_text([*known, *new])
        said = scripts.answer(scripts.run(client, "agree", scripts.keys(chart), text, wanted))
        if said[0] == "kept":
            return [*known, *new]
        if said[0] == "lost":
            raise StoreFault("has lost what it kept of a chart; it is given back")
        text = said[1]


def state_of(client: Client, chart: str) -> State | None:
    """Return the state of a chart; None when it is not there."""
    with faults():
        return State.read(client.hgetall(scripts.key(chart, "meta")))


def restore(client: Client, chart: str, capacity: int) -> Found | None:
    """Return a chart with its last `capacity` ticks; None when it is not there."""
    for _ in range(TRIES):
        raw, keys, notes, writers = at_once(
            client,
            ("HGETALL", scripts.key(chart, "meta")),
            ("HGETALL", scripts.key(chart, "keys")),
            ("HVALS", scripts.key(chart, "notes")),
            ("HGETALL", scripts.key(chart, "writers")),
        )
        state = State.read(raw)
        if state is None:
            return None
        ticks = last_ticks(client, chart, state, capacity)
        after = state_of(client, chart)
        # Lost, and given back, while it was read.
        if after is not None and after.epoch == state.epoch:
            return found_of(state, ticks, keys, notes, writers)
    raise StoreFault("changes faster than it can be read")


def found_of(
    state: State,
    ticks: Ticks,
    keys: Sequence[bytes],
    notes: Sequence[bytes],
    writers: Sequence[bytes],
) -> Found:
    """Return a chart from its parts as Redis answers with them.

    Raises:
        StoreFault: some of it is damaged.
    """
    try:
        by_key, by_writer = kept_keys(pairs(keys)), kept_writers(pairs(writers))
    except DAMAGE as error:
        text = f"has a chart whose pushes are damaged ({type(error).__name__}: {error}); forget it"
        raise StoreFault(text) from error
    restored = Restored(
        state.title,
        state.series,
        ticks,
        by_key,
        kept_notes(state, notes),
        state.told or {},
        state.came_from,
        state.came_at,
    )
    return Found(restored, state.is_pushed, by_writer)


def at_once(client: Client, *commands: Sequence[str]) -> list[Any]:
    """Return the answers to commands between which nothing comes."""
    *_, answers = together(client, [("MULTI",), *commands, ("EXEC",)])
    found: list[Any] = [answers] if isinstance(answers, Exception) else answers
    for one in found:
        if isinstance(one, Exception):
            with faults():
                raise one
    return found


def pairs(raw: Sequence[bytes]) -> Mapping[bytes, bytes]:
    """Return a hash as Redis answers with it."""
    return dict(zip(raw[::2], raw[1::2], strict=True))


def last_ticks(client: Client, chart: str, state: State, capacity: int) -> Ticks:
    """Return the last ticks up to the offset of `state`, without a gap."""
    n_series = len(state.series)
    runs: list[Ticks] = []
    for run in read_ticks(client, chart, max(0, state.offset - capacity), state.offset, n_series):
        if runs and runs[-1].offset != run.offset - len(run):
            runs.clear()
        runs.append(run)
    if not runs or runs[-1].offset != state.offset:
        return Ticks(state.epoch, state.offset, np.empty(0), np.empty((n_series, 0)))
    ticks = joined(runs)
    begin = max(0, len(ticks) - capacity)
    return Ticks(state.epoch, state.offset, ticks.time_ms[begin:], ticks.values[:, begin:])


def read_ticks(
    client: Client, chart: str, after: int, until: int, n_series: int
) -> Iterator[Ticks]:
    """Yield the ticks of the entries after the offset `after`, with those before in the first."""
    begin, end = f"{after + 1}-0", f"{until}-0"
    while True:
        with faults():
            raw = client.xrange(scripts.key(chart, "log"), begin, end, count=ENTRIES_AT_ONCE)
        yield from (widened(run, n_series) for run in ticks_of(raw))
        if len(raw) < ENTRIES_AT_ONCE:
            return
        begin = "(" + raw[-1][0].decode()


def widened(ticks: Ticks, n_series: int) -> Ticks:
    """Return ticks with so many series, those that they do not have missing."""
    rows, n = ticks.values.shape
    if rows >= n_series:
        return ticks
    values = np.full((n_series, n), np.nan)
    values[:rows] = ticks.values
    return Ticks(ticks.epoch, ticks.offset, ticks.time_ms, values)


def kept_keys(raw: Mapping[bytes, bytes]) -> Sequence[KeptKey]:
    """Return pushes in the order of their offsets."""
    keys = []
    for name, value in raw.items():
        offset, n, n_kept, content = value.decode().split(" ", 3)
        digest = name.decode() + (OF + content if content else "")
        keys.append(KeptKey(digest, int(offset), int(n), int(n_kept)))
    return sorted(keys, key=lambda key: key.offset)


def kept_notes(state: State, raw: Sequence[bytes]) -> KeptNotes:
    """Return notes in the order of their ids."""
    notes = []
    for one in raw:
        try:
            notes.append(note_of(json.loads(one)))
        except DAMAGE as error:
            log.warning("a note that is kept cannot be read: %s", error)
    return KeptNotes(state.notes_revision, tuple(sorted(notes, key=lambda note: note.id)))


def kept_writers(raw: Mapping[bytes, bytes]) -> Mapping[str, tuple[int, int]]:
    """Return the last batch of each writer."""
    found = {name.decode(): value.decode().split(" ") for name, value in raw.items()}
    return {name: (int(number), int(offset)) for name, (number, offset, *_) in found.items()}


def pushed_names(client: Client) -> Sequence[str]:
    """Return the charts that pushes have made, the oldest first; what is no chart's name is not."""
    with faults():
        raw = client.zrange(scripts.PUSHED, 0, -1)
    return [name for one in raw if CHART_NAME.fullmatch(name := one.decode("utf-8", "replace"))]
