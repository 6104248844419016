"""One column of a push: times, or the numbers of a series. A fault says where in the column it is.

What comes from JSON is numbers, texts and None; cells of a text are read by `cells_as_numbers`.
"""

import math
from collections.abc import Callable, Sequence
from types import NoneType
from typing import Any

import numpy as np

from chartserver.errors import BadPush
from chartserver.sources import cells, times
from chartserver.ticks import Floats, short

NUMBERS = frozenset([int, float])
NUMBERS_OR_MISSING = frozenset([int, float, NoneType])
TIME_EXAMPLES = "2026-10-30T14:00:00Z or 1793368800"


def numbers(values: Sequence[object], name: str) -> Floats:
    """Return the numbers of a series; None is a missing value.

    Raises:
        BadPush: one is neither, such as a text or a bool.
    """
    if not NUMBERS_OR_MISSING.issuperset(map(type, values)):
        index = next(i for i, value in enumerate(values) if type(value) not in NUMBERS_OR_MISSING)
        raise BadPush(
            f"value of {name!r} is {short(values[index])}; expected a number or null, such as 1.5",
            index=index,
        )
    return np.array(values, dtype=float)


def cells_as_numbers(texts: Sequence[str], name: str) -> Floats:
    """Return the numbers in the cells of a series; an empty cell and its like are missing values.

    Raises:
        BadPush: one is neither.
    """
    try:
        found = np.fromiter(map(float, texts), float, len(texts))
        if not np.isinf(found).any() and not any("_" in text for text in texts):
            return found
    except ValueError:
        pass  # a cell may be missing
    return _each(
        texts,
        cells.number,
        lambda text: f"value of {name!r} is {short(text)}; expected a number or nothing",
    )


def times_ms(values: Sequence[object], unit_ms: float | None) -> Floats:
    """Return times in milliseconds, to the microsecond; NaN for None, which means now.

    `unit_ms` is that of the numbers, None when the magnitude of each one decides.

    Raises:
        BadPush: one is no time.
    """
    if not NUMBERS.issuperset(map(type, values)):
        return _each(values, lambda value: _time_ms(value, unit_ms), _no_time)
    found = np.array(values, dtype=float)
    if unit_ms is None:
        bounds = np.array([bound for bound, _ in times.UNITS_MS])
        units = np.array([ms for _, ms in times.UNITS_MS])
        found *= units[np.searchsorted(bounds, np.abs(found), "right")]
    else:
        found *= unit_ms
    return found.round(3)


def _time_ms(value: object, unit_ms: float | None) -> float:
    if value is None:
        return math.nan
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return math.nan
        number = times.time_number(text) if unit_ms is not None else None
        return times.time_ms(text) if number is None else _time_ms(number, unit_ms)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(value)
    return round(value * (times.unit_ms(value) if unit_ms is None else unit_ms), 3)


def _no_time(value: object) -> str:
    return f"time is {short(value)}; expected one such as {TIME_EXAMPLES}"


def _each(
    values: Sequence[Any], read: Callable[[Any], float], fault: Callable[[object], str]
) -> Floats:
    found = np.empty(len(values))
    for i, value in enumerate(values):
        try:
            found[i] = read(value)
        except (ValueError, OverflowError):
            raise BadPush(fault(value), index=i) from None
    return found
