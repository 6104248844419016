"""How a run of ticks, and what else stands in a log, is written in an entry, and read again.

An entry of ticks has the field `d`: a head of 16 bytes, the times and the values as doubles; `k`,
a line for each push that ends in it, and `w`, who wrote it and the number of the batch. All others
have `x`, their kind, `c`, what is told, as JSON, and `e`, the epoch. Fields that are not known, and
kinds, are passed by.
"""

import json
import logging
import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

import numpy as np

from chartserver.batch import KeptKey
from chartserver.errors import ConfigError, StoreFault
from chartserver.notes import Note
from chartserver.ticks import Floats, Limit, Series, Ticks

VERSION = 1
# Version, what is not used yet, epoch, ticks, rows.
HEAD = struct.Struct("<BxH4sII")
# Of one entry: Redis copies entries whole, and readers take some hundreds at a time.
BYTES_MAX = 65_536
# What is found of something that is not as this program, or any, writes it.
DAMAGE = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
    RecursionError,
    struct.error,
    ConfigError,
)

log = logging.getLogger(__name__)


class EntryId(NamedTuple):
    """The id of an entry: the offset of its last tick, and a number that is 0 for ticks."""

    offset: int
    number: int

    def __str__(self) -> str:
        return f"{self.offset}-{self.number}"

    @classmethod
    def read(cls, text: str) -> "EntryId":
        """Return an id as Redis writes it."""
        offset, _, number = text.partition("-")
        return cls(int(offset), int(number))


@dataclass(frozen=True, slots=True)
class TicksEntry:
    """A run of ticks, the pushes that end in it, and who wrote it under which number."""

    id: EntryId
    ticks: Ticks
    keys: Sequence[KeptKey]
    writer: str
    number: int

    @property
    def epoch(self) -> str:
        """The epoch under which it was written."""
        return self.ticks.epoch


@dataclass(frozen=True, slots=True)
class ToldEntry:
    """Something else that all are told in the order of the log."""

    id: EntryId
    epoch: str
    kind: str
    content: Any


Entry = TicksEntry | ToldEntry


def pack(epoch: str, time_ms: Floats, values: Floats) -> bytes:
    """Return a run of ticks as bytes."""
    head = HEAD.pack(VERSION, 0, bytes.fromhex(epoch), len(time_ms), len(values))
    columns = np.ascontiguousarray(values, "<f8")
    return head + np.ascontiguousarray(time_ms, "<f8").tobytes() + columns.tobytes()


def runs(epoch: str, time_ms: Floats, values: Floats) -> Iterator[tuple[int, bytes]]:
    """Yield ticks as runs that fit an entry each: how many they are, and their bytes."""
    most = max(1, BYTES_MAX // (8 * (1 + len(values))))
    if len(time_ms) <= most:
        if len(time_ms):
            yield len(time_ms), pack(epoch, time_ms, values)
        return
    for begin in range(0, len(time_ms), most):
        part = slice(begin, begin + most)
        yield len(time_ms[part]), pack(epoch, time_ms[part], values[:, part])


def unpack(raw: bytes, offset: int) -> Ticks:
    """Return a run of ticks whose last is at `offset`.

    Raises:
        StoreFault: it was written in another way than this.
    """
    version, _, epoch, n, rows = HEAD.unpack_from(raw)
    if version > VERSION:
        raise newer(version)
    if not n:
        raise ValueError("it has no ticks")
    columns = np.frombuffer(raw, "<f8", offset=HEAD.size).astype(np.float64).reshape(1 + rows, n)
    return Ticks(epoch.hex(), offset, columns[0], columns[1:])


def ticks_of(raw: Sequence[tuple[bytes, Mapping[bytes, bytes]]]) -> Sequence[Ticks]:
    """Return the runs of ticks among entries, some of them joined.

    Of a source that beats each tick is an entry: a day of them is read in one go where they are
    alike. One that is damaged is left out.
    """
    found = [(raw_id, fields[b"d"]) for raw_id, fields in raw if b"d" in fields]
    if not found:
        return []
    offsets = [int(raw_id.partition(b"-")[0]) for raw_id, _ in found]
    first = found[0][1]
    head = first[: HEAD.size]
    is_alike = all(data[: HEAD.size] == head and len(data) == len(first) for _, data in found)
    has_gap = offsets[-1] - offsets[0] + 1 != len(offsets)
    if not is_alike or has_gap or not _is_one_tick(first):
        each = zip(offsets, found, strict=True)
        return [ticks for offset, (_, data) in each if (ticks := _undamaged(data, offset))]
    _, _, epoch, _, rows = HEAD.unpack(head)
    words = np.frombuffer(b"".join(data[HEAD.size :] for _, data in found), "<f8")
    columns = words.astype(np.float64).reshape(len(found), 1 + rows).T
    return [Ticks(epoch.hex(), offsets[-1], columns[0].copy(), columns[1:].copy())]


def _is_one_tick(data: bytes) -> bool:
    if len(data) < HEAD.size:
        return False
    version, _, _, n, rows = HEAD.unpack_from(data)
    return bool(version == VERSION and n == 1 and len(data) == HEAD.size + 8 * (1 + rows))


def _undamaged(data: bytes, offset: int) -> Ticks | None:
    try:
        return unpack(data, offset)
    except DAMAGE as error:
        log.warning("the ticks up to offset %d cannot be read: %s", offset, error)
        return None


def entry(raw_id: bytes, raw: Mapping[bytes, bytes]) -> Entry | None:
    """Return an entry of a log; None when its kind is not known."""
    entry_id = EntryId.read(raw_id.decode())
    if b"d" in raw:
        writer, _, count = raw.get(b"w", b"").decode().rpartition(" ")
        found = [kept_key(line) for line in raw.get(b"k", b"").decode().splitlines()]
        ticks = unpack(raw[b"d"], entry_id.offset)
        return TicksEntry(entry_id, ticks, found, writer, int(count or 0))
    if b"x" in raw:
        epoch, kind = raw.get(b"e", b"").decode(), raw[b"x"].decode()
        return ToldEntry(entry_id, epoch, kind, json.loads(raw[b"c"]))
    return None


def kept_key(line: str) -> KeptKey:
    """Return a push from its line: offset, ticks, those that are kept, digest."""
    offset, n, n_kept, digest = line.split(" ", 3)
    return KeptKey(digest, int(offset), int(n), int(n_kept))


def series_text(series: Sequence[Series]) -> str:
    """Return series as the text that is compared and kept."""
    return json_text([asdict(one) for one in series])


def series_of(given: Sequence[Mapping[str, Any]]) -> Sequence[Series]:
    """Return series as they were told; what a newer version says of them is passed by."""
    return [_series(one) for one in given]


def json_text(content: Any) -> str:
    """Return what is told as text."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def note_text(note: Note) -> str:
    """Return a note as it is kept."""
    return json_text(note.describe())


def note_of(content: Mapping[str, Any]) -> Note:
    """Return a note.

    Raises:
        ValueError: it could not be told.
    """
    note = Note(**_known(Note, content))
    texts, numbers = (note.text, note.by), (note.id, note.offset, note.time_ms)
    is_sound = all(isinstance(one, str) for one in texts)
    if not is_sound or not all(isinstance(one, int | float) for one in numbers):
        raise ValueError(f"{content!r:.100} is no note")
    if not math.isfinite(note.time_ms):
        raise ValueError("its time is no number")
    return note


def newer(version: int) -> StoreFault:
    """Return the fault of a log that a newer program writes."""
    return StoreFault(
        f"is of version {version}; this program knows version {VERSION}: use the newer program"
    )


def _series(given: Mapping[str, Any]) -> Series:
    limits = [Limit(**_known(Limit, one)) for one in given.get("limits", ())]
    return Series(**_known(Series, {**given, "limits": limits}))


def _known(kind: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(kind)}
    return {name: value for name, value in given.items() if name in names}
