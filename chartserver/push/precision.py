"""The unit of a number that is a time: as a request says it, or as the name of the time does.

One rule: a name such as `time_ms` says its unit; else the request's `precision` does; else the
magnitude of each number does, as `sources.times` has it.
"""

from collections.abc import Mapping

from chartserver.errors import BadRequest
from chartserver.sources import times
from chartserver.ticks import short

UNITS_MS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1_000.0}
# Of the first version of InfluxDB's interface, which has other names for some, and more of them.
UNITS_V1_MS = {**UNITS_MS, "n": 1e-6, "u": 1e-3, "m": 60_000.0, "h": 3_600_000.0}


def parse_precision(
    text: str | None, units_ms: Mapping[str, float] = UNITS_MS, default: str = ""
) -> float | None:
    """Return the milliseconds in one unit, None when there is none: then the magnitude decides.

    Raises:
        BadRequest: there is no such unit.
    """
    text = text or default
    if not text:
        return None
    if text not in units_ms:
        raise BadRequest(f"precision is {short(text)}; expected one of {', '.join(units_ms)}")
    return units_ms[text]


def is_time_name(name: str) -> bool:
    """Return whether a value of that name is the time of its tick."""
    return name == "t" or unit_of_name(name) is not None or times.is_time_name(name)


def unit_of_name(name: str) -> float | None:
    """Return the milliseconds in the unit that a name of a time says, None when it says none."""
    stem, _, unit = name.strip().lower().rpartition("_")
    return UNITS_MS.get(unit) if stem in ("time", "timestamp") else None
