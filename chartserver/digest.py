"""A digest of ticks that a browser and the server work out alike, so that each can tell the other.

The digest of a tick is 64 bits of its offset, its time and its values; that of a run is the sum of
those of its ticks. It finds accidents, and is no proof against who means harm.

Missing values are passed by, so that a series that comes later changes nothing of before, and -0
counts as 0. `static/js/digest.js` does the same.
"""

import numpy as np
import numpy.typing as npt

from chartserver.ticks import Floats, Ticks

Words = npt.NDArray[np.uint32]

SEEDS = (0x9E3779B9, 0x85EBCA6B)


def digest(ticks: Ticks) -> str:
    """Return the digest of a run of ticks, none left out, as 16 hex digits."""
    last = ticks.offset
    offsets = np.arange(last - len(ticks) + 1, last + 1, dtype=np.uint64)
    times, rows = _words(ticks.time_ms), [_words(row) for row in ticks.values]
    halves = []
    for seed in SEEDS:
        state = np.full(len(ticks), seed, np.uint32)
        for word in (*_split(offsets), *times):
            state = _mix(state ^ word)
        for i, (row, words) in enumerate(zip(ticks.values, rows, strict=True)):
            mixed = _mix(state ^ np.uint32(i + 1))
            for word in words:
                mixed = _mix(mixed ^ word)
            state = np.where(np.isnan(row), state, mixed)
        halves.append(int(state.sum(dtype=np.uint64)) & 0xFFFF_FFFF)
    return "".join(f"{half:08x}" for half in halves)


def _words(numbers: Floats) -> tuple[Words, Words]:
    """Return the lower and the upper halves of doubles; adding 0 makes 0 of -0."""
    return _split((np.ascontiguousarray(numbers) + 0.0).view(np.uint64))


def _split(numbers: npt.NDArray[np.uint64]) -> tuple[Words, Words]:
    return numbers.astype(np.uint32), (numbers >> np.uint64(32)).astype(np.uint32)


def _mix(state: Words) -> Words:
    """Spread each bit over all. Source: the finalizer of MurmurHash3, 32 bits."""
    state = (state ^ (state >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    state = (state ^ (state >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return state ^ (state >> np.uint32(16))
