"""The levels of a history that is kept: the ticks themselves, and buckets of them, ever wider."""

from dataclasses import dataclass, fields
from typing import NamedTuple

MINUTE_MS = 60_000.0
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
FOR_EVER_DAYS = float("inf")


class Level(NamedTuple):
    """One resolution. `width_ms` is that of a bucket, 0 for ticks; `kept_by` names how long it is
    kept: a field of `Retention`.
    """

    number: int
    width_ms: float
    kept_by: str


# Each width is a multiple of the one before it, and at most six times as wide: so there is always
# a level with enough buckets for a picture and not many more than that.
LEVELS = (
    Level(0, 0.0, "ticks_days"),
    Level(1, MINUTE_MS, "minutes_days"),
    Level(2, 5 * MINUTE_MS, "minutes_days"),
    Level(3, 20 * MINUTE_MS, "minutes_days"),
    Level(4, HOUR_MS, "hours_days"),
    Level(5, 6 * HOUR_MS, "hours_days"),
    Level(6, DAY_MS, "days_days"),
)
ROLL_UPS = LEVELS[1:]


@dataclass(frozen=True, kw_only=True)
class Retention:
    """For how many days each level of a chart is kept, counted back from its last tick.

    A wider level is kept at least as long as a finer one: what is dropped is dropped from the
    finest on.
    """

    ticks_days: float = 30.0
    minutes_days: float = 365.0
    hours_days: float = 3_650.0
    days_days: float = FOR_EVER_DAYS

    def kept_ms(self, level: Level) -> float:
        """Return for how long a level is kept."""
        names = [field.name for field in fields(self)]
        finer = names[: names.index(level.kept_by) + 1]
        return float(max(getattr(self, name) for name in finer)) * DAY_MS
