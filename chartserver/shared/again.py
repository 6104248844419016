"""What becomes of ticks that a log has refused as they stood: made to fit, or told not to.

Pure: works on what a batch was made of. Whoever keeps the chart tells those who pushed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from chartserver.batch import KeptKey
from chartserver.errors import BadTick, ChartServerError
from chartserver.inbox import Part, Pushed, Singles
from chartserver.order import late
from chartserver.push_keys import OF, reused


@dataclass(slots=True)
class Again:
    """What is tried again, and what is not.

    Attributes:
        parts: to be put back.
        refused: pushes that do not fit, and why.
        kept: pushes that were kept before, by another process, as they were kept there.
        dropped: how many ticks of a source do not fit.
    """

    parts: list[Part] = field(default_factory=list)
    refused: list[tuple[Pushed, ChartServerError]] = field(default_factory=list)
    kept: list[tuple[Pushed, KeptKey]] = field(default_factory=list)
    dropped: int = 0


def after_late(parts: Sequence[Part], last_ms: float) -> Again:
    """Have no tick be before `last_ms`, which another process has got in meanwhile.

    Ticks that brought no time are of when they came, and that is `last_ms` then. One that has
    brought a time does not fit, and with it none of the push that it is in.
    """
    again = Again()
    for part in parts:
        if isinstance(part, Singles):
            _move_singles(part, last_ms, again)
        else:
            _move_push(part, last_ms, again)
    gone = {id(part.receipt) for part, _ in again.refused}
    again.parts = [
        part
        for part in again.parts
        if len(part) and (isinstance(part, Singles) or id(part.receipt) not in gone)
    ]
    return again


def without_repeats(parts: Sequence[Part], keys: Sequence[KeptKey]) -> Again:
    """Leave out the pushes, or the part of one, that were kept before under one of `keys`."""
    known = {key.digest.partition(OF)[0]: key for key in keys}
    again = Again()
    for part in parts:
        key = known.get(part.digest.partition(OF)[0]) if isinstance(part, Pushed) else None
        if key is None or not isinstance(part, Pushed) or not part.digest:
            again.parts.append(part)
        elif key.n != part.n or _content(key.digest, part.digest):
            again.refused.append((part, reused()))
        elif part.n_kept <= key.n_kept:
            if part.n_kept == part.n:
                again.kept.append((part, key))
        else:
            begin = part.n_kept - len(part)
            again.parts.append(part.split(max(0, key.n_kept - begin))[1])
    return again


def _move_singles(part: Singles, last_ms: float, again: Again) -> None:
    is_given = set(part.given)
    moved = Singles()
    moved.arrived_s = part.arrived_s
    for i, (time_ms, row) in enumerate(zip(part.times, part.rows, strict=True)):
        if time_ms < last_ms and i in is_given:
            again.dropped += 1
            continue
        if i in is_given:
            moved.given.append(len(moved.times))
        moved.times.append(max(time_ms, last_ms))
        moved.rows.append(row)
    again.parts.append(moved)


def _move_push(part: Pushed, last_ms: float, again: Again) -> None:
    is_late = part.time_ms < last_ms
    if part.is_stamped is not None:
        is_late &= ~part.is_stamped
    if is_late.any():
        again.refused.append((part, _late(part, int(is_late.argmax()), last_ms)))
    else:
        again.parts.append(replace(part, time_ms=np.maximum(part.time_ms, last_ms)))


def _late(part: Pushed, i: int, last_ms: float) -> BadTick:
    # Of a run that was put into order nobody knows any more where in it a tick has stood.
    index = None if part.receipt.n_moved else part.n_kept - len(part) + i
    return late(float(part.time_ms[i]), last_ms, index)


def _content(one: str, other: str) -> bool:
    """Return whether two digests of one name are of different contents."""
    first, second = one.partition(OF)[2], other.partition(OF)[2]
    return bool(first and second and first != second)
