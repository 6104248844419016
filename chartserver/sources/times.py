"""Times as they stand in files and lines, read as milliseconds since the Unix epoch.

ISO 8601 dates and datetimes (without a zone: UTC), or numbers since the epoch, whose unit shows in
their magnitude.
"""

import math
import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
NAMES = frozenset(
    ["time", "date", "timestamp", "datetime", "date_time", "date time", "date/time", "ts"]
).union(["_time", "epoch", "unixtime", "time_s", "time_ms", "timestamp_ms"])
# Numbers below the first bound are seconds, below the next milliseconds, and so on: 1e11 s is
# the year 5138 and 1e11 ms is 1973.
UNITS_MS = ((1e11, 1000.0), (1e14, 1.0), (1e17, 1e-3), (math.inf, 1e-6))
# The least number taken for a time where a name or a place alone does not make it one: 1973.
CLOCK_TIME_LEAST_S = 1e8
# What a browser can show: 100 million days from 1970.
TIME_MS_MAX = 8.64e15

COMPACT_DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([ T]\d{2,6}.*)?")
ISO_START = re.compile(r"\d{4}-(\d\d|W\d\d)")
MONTH = re.compile(r"\d{4}-\d\d")
ZONE_WORD = re.compile(r" ?(UTC|GMT|utc)$")


def is_time_name(name: str) -> bool:
    """Return whether a column of that name holds the times."""
    return name.strip().lower() in NAMES


def unit_ms(number: float) -> float:
    """Return the milliseconds in one unit of `number`, a time since the epoch."""
    return next(ms for bound, ms in UNITS_MS if abs(number) < bound or bound == math.inf)


def time_number(text: str) -> float | None:
    """Return `text` as a number since the epoch, None when it is written another way.

    `20261030` is a date, though it could be a number.
    """
    if COMPACT_DATE.fullmatch(text) or "_" in text:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def iso_ms(text: str) -> float:
    """Return an ISO 8601 date or datetime in milliseconds, exact to the microsecond.

    Raises:
        ValueError: it is none.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.fromisoformat(_mended(text))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) / MILLISECOND


def is_iso(text: str) -> bool:
    """Return whether `text` is an ISO 8601 date or datetime, written with hyphens."""
    if not ISO_START.match(text):
        return False
    try:
        iso_ms(text)
    except ValueError:
        return False
    return True


def time_ms(text: str) -> float:
    """Return a time that is written in any of the ways, in milliseconds.

    Raises:
        ValueError: it is none, or beyond what can be shown.
    """
    text = text.strip()
    number = time_number(text)
    # To the microsecond: what is finer is the error of writing seconds as a binary fraction.
    found = iso_ms(text) if number is None else round(number * unit_ms(number), 3)
    if not abs(found) <= TIME_MS_MAX:
        raise ValueError(f"{text!r} is too far from 1970")
    return found


def is_time(text: str) -> bool:
    """Return whether `text` is a time beyond doubt: a date, or a number since the epoch."""
    number = time_number(text.strip())
    if number is not None and abs(number) < CLOCK_TIME_LEAST_S:
        return False
    try:
        time_ms(text)
    except ValueError:
        return False
    return True


def _mended(text: str) -> str:
    """Return `text` with what ISO 8601 does not know, and others write, in its own way."""
    if MONTH.fullmatch(text):
        return text + "-01"
    return ZONE_WORD.sub("+00:00", text)
