"""What a request for ticks asks for, checked."""

import re
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from chartserver.broadcast.subscription import parse_points
from chartserver.errors import BadRequest
from chartserver.sources.times import is_iso, iso_ms
from chartserver.ticks import EARLIEST_MS, LATEST_MS, Position, short

# As JSON has numbers. Python's own take underscores and the digits of all scripts, too.
WHOLE = re.compile(r"[0-9]{1,12}")
NUMBER = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,4})?")
# A plus that was not escaped comes as a blank: `2026-11-23T09:00:00+09:00`.
PLUS = re.compile(r" (?=[0-9]{2}:?[0-9]{2}$)")
FORMS = ("json", "csv")

Values = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class TicksQuery:
    """The ticks after `since`, or else those between two times (ms), both included.

    `points` is None for all of them, `form` one of `FORMS`. A time that is not given is the
    earliest, or the latest, that there can be.
    """

    since: Position | None = None
    from_ms: float = EARLIEST_MS
    to_ms: float = LATEST_MS
    points: int | None = None
    form: str = "json"

    @classmethod
    def parse(cls, values: Values) -> "TicksQuery":
        """Return what the parameters of a request ask for.

        Raises:
            BadRequest: what is wrong, in one line.
        """
        form = _only(values, "format", "json")
        if form not in FORMS:
            raise BadRequest(f"format is {short(form)}; expected json or csv")
        points = _points(values)
        since = _only(values, "since")
        from_ms, to_ms = _time(values, "from", EARLIEST_MS), _time(values, "to", LATEST_MS)
        if from_ms > to_ms:
            raise BadRequest(f"from is {from_ms} and to is {to_ms}; expected from at or before to")
        position = None if since is None else Position.parse(since)
        return cls(position, from_ms, to_ms, points, form)

    @property
    def has_bounds(self) -> bool:
        """Whether it says where to begin, or where to end."""
        bounds = self.since, self.from_ms, self.to_ms
        return bounds != (None, EARLIEST_MS, LATEST_MS)


def _points(values: Values) -> int | None:
    text = _only(values, "points")
    if text is None:
        return None
    return parse_points(int(text) if WHOLE.fullmatch(text) else text)


def _time(values: Values, name: str, default_ms: float) -> float:
    text = _only(values, name)
    if text is None:
        return default_ms
    time_ms = _number_or_iso_ms(text)
    if time_ms is not None and EARLIEST_MS <= time_ms <= LATEST_MS:
        return time_ms
    raise BadRequest(
        f"{name} is {short(text)}; expected milliseconds since 1970, such as 1763829000000, or a"
        " time such as 2025-11-22T16:30:00Z"
    )


def _number_or_iso_ms(text: str) -> float | None:
    if NUMBER.fullmatch(text):
        return float(text)
    text = PLUS.sub("+", text)
    return iso_ms(text) if is_iso(text) else None


def _only(values: Values, name: str, default: str | None = None) -> str | None:
    """Return the one value of a parameter: of two, others might take the other one."""
    found = values.getlist(name)
    if len(found) > 1:
        raise BadRequest(f"{name} is given {len(found)} times; expected it once")
    return found[0] if found else default
