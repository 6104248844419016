"""Messages in JSON, read as ticks by expressions: what is a tick in them, its time, its values.

Pure: a message in, ticks out. What is no tick (an answer to a subscription, a heartbeat) is
skipped, what makes no sense is refused; both are counted.

Source: JMESPath, jmespath.org.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import jmespath
import orjson
from jmespath.exceptions import JMESPathError

from chartserver.sources import cells, times
from chartserver.ticks import Tick, short

TIME_UNITS_MS: Mapping[str, float] = {"s": 1000.0, "ms": 1.0, "us": 1e-3, "ns": 1e-6}


class Expression:
    """An expression, compiled."""

    def __init__(self, text: str) -> None:
        """Compile `text`, or raise ValueError with what is wrong with it, on one line."""
        try:
            self._compiled = jmespath.compile(text)
        except JMESPathError as error:
            raise ValueError(" ".join(str(error).split("\n")[0].split())) from None

    def __call__(self, content: Any) -> Any:
        """Return what it finds, None for nothing."""
        return self._compiled.search(content)


class Choice(NamedTuple):
    """Which parts of a message are what; None: see `Picker`.

    `each` finds the list of ticks in a message, the others look at one of them: `time`, `values`
    (one expression, or one for each name), `name` (of the series that a single value is of).
    `time_unit` is one of `TIME_UNITS_MS`, or "" for ISO 8601 and what the magnitude tells.
    """

    each: Expression | None = None
    time: Expression | None = None
    values: Expression | Mapping[str, Expression] | None = None
    name: Expression | None = None
    time_unit: str = ""


class Nonsense(Exception):
    """A message makes no sense; the text says why."""


class Picker:
    """Picks ticks out of messages; without expressions, the numbers of an object by their names.

    `series` are the names to take, all when empty. When values are `held`, one that a message does
    not have is the one that came last.

    Attributes:
        messages: how many have come.
        skipped: how many of them had no tick.
        refused: how many made no sense.
        ticks: how many ticks were in the others.
        fault: what was wrong with the one refused last.
    """

    def __init__(
        self, choice: Choice, series: Sequence[str] = (), *, is_held: bool = False
    ) -> None:
        self.messages = self.skipped = self.refused = self.ticks = 0
        self.fault = ""
        self._choice = choice
        self._series = series
        self._is_held = is_held
        self._held: dict[str | int, Any] = {}

    def pick(self, message: str | bytes) -> Sequence[Tick]:
        """Return the ticks in a message; none, when it is skipped or refused."""
        self.messages += 1
        try:
            found = list(self._ticks(message))
        except Nonsense as nonsense:
            self._refuse(message, str(nonsense))
            return ()
        except (JMESPathError, ArithmeticError, TypeError, ValueError) as error:
            self._refuse(message, " ".join(str(error).split()))
            return ()
        if not found:
            self.skipped += 1
        self.ticks += len(found)
        return found

    def _refuse(self, message: str | bytes, why: str) -> None:
        self.refused += 1
        self.fault = f"got {short(message)}; {why}"

    def _ticks(self, message: str | bytes) -> Iterator[Tick]:
        try:
            content = orjson.loads(message)
        except orjson.JSONDecodeError as error:
            raise Nonsense(f'expected JSON ({error}), such as {{"price": 1.5}}') from None
        if self._choice.each is not None:
            content = self._choice.each(content)
        for item in content if self._choice.each and isinstance(content, list) else [content]:
            values = self._hold(self._values(item))
            if values is not None:
                yield Tick(self._time_ms(item), values)

    def _values(self, item: Any) -> dict[str, Any] | list[Any] | None:
        """Return values by name or in order; None when it is no tick."""
        if item is None:
            return None
        wanted = self._choice.values
        named: dict[str, Any] | list[Any]
        if isinstance(wanted, Mapping):
            named = {name: _number(one(item)) for name, one in wanted.items()}
        elif wanted is None:
            named = _numbers_of(item)
        else:
            named = self._named(wanted(item), item)
        if isinstance(named, list):
            return named if any(value is not None for value in named) else None
        if self._series:
            named = {name: named[name] for name in self._series if name in named}
        return named if any(value is not None for value in named.values()) else None

    def _named(self, found: Any, item: Any) -> dict[str, Any] | list[Any]:
        """Return what one expression has found, by name where it has names."""
        if found is None:
            return {}
        if isinstance(found, dict):
            return {name: _number(value) for name, value in found.items()}
        if isinstance(found, list):
            return [_number(value) for value in found]
        if self._choice.name is None:
            return [_number(found)]
        name = self._choice.name(item)
        if name is None:
            return {}
        if not isinstance(name, str | int):
            raise Nonsense(f"expected a text as the series' name, not {short(name)}")
        return {str(name): _number(found)}

    def _hold(self, values: dict[str, Any] | list[Any] | None) -> Any:
        if values is None or not self._is_held:
            return values
        items = enumerate(values) if isinstance(values, list) else values.items()
        self._held |= {key: value for key, value in items if value is not None}
        if isinstance(values, list):
            return [self._held.get(i) for i in range(len(values))]
        return dict(self._held)

    def _time_ms(self, item: Any) -> float | None:
        found = self._choice.time(item) if self._choice.time else _time_of(item)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, str | int | float):
            raise Nonsense(f"expected a time, not {short(found)}")
        try:
            if not self._choice.time_unit:
                return times.time_ms(str(found))
            return float(found) * TIME_UNITS_MS[self._choice.time_unit]
        except (ValueError, OverflowError):
            raise Nonsense(f"{short(found)} is no time; expected one such as 1793368800") from None


def _number(value: Any) -> Any:
    """Return a number, which many send as text; what is none is for the chart to refuse."""
    if isinstance(value, str):
        if cells.is_number(value):
            return float(value)
        return None if cells.is_missing(value) else value
    return value


def _numbers_of(item: Any) -> dict[str, Any]:
    """Return the numbers that an object has by name; words beside them are no values."""
    if not isinstance(item, dict):
        return {}
    return {
        name: _number(value)
        for name, value in item.items()
        if not times.is_time_name(name) and _is_number(value)
    }


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return cells.is_number(value)
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _time_of(item: Any) -> Any:
    """Return what an object calls its time, if it is one beyond doubt."""
    if isinstance(item, dict):
        for name, value in item.items():
            is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
            if times.is_time_name(name) and is_plain and times.is_time(str(value)):
                return value
    return None
