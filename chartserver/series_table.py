"""The series of a chart, and how values that come by name or in order are brought into theirs."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from chartserver.errors import BadTick, ConfigError
from chartserver.sources.source import SERIES_MAX
from chartserver.ticks import Run, Series, Values, default_names, short, some_of


class SeriesTable:
    """The series in the order of the values; one that is there stays where it is.

    Has no lock: its chart has one. `before_add` is given the number of series there are to be,
    before they are there: a snapshot must find a row for each series that is described.

    Attributes:
        values_refused: infinite values taken for missing ones, since the start.
    """

    def __init__(self, chart_name: str, before_add: Callable[[int], object]) -> None:
        self.values_refused = 0
        self._chart_name = chart_name
        self._before_add = before_add
        self._series: list[Series] = []
        self._index: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._series)

    def all(self) -> Sequence[Series]:
        """Return the series in their order."""
        return tuple(self._series)

    def add(self, series: Iterable[Series], most: int = SERIES_MAX) -> None:
        """Add series after the others; those that are known stay as they are.

        Raises:
            ConfigError: there would be more than `most`, or one is named twice. None is added.
        """
        added = [one for one in series if one.name not in self._index]
        self._check_new([one.name for one in added], most)
        self._before_add(len(self._series) + len(added))
        for one in added:
            self._index[one.name] = len(self._series)
            self._series.append(one)

    def complete(self, series: Iterable[Series]) -> None:
        """Take over what is said of series that are known, where nothing was said before."""
        for one in series:
            if one.name in self._index:
                known = self._index[one.name]
                self._series[known] = self._series[known].completed(one)

    def take_over(self, series: Sequence[Series]) -> None:
        """Have the series that all processes have agreed on, in their order, beside those known."""
        added = [one for one in series if one.name not in self._index]
        if added:
            self.add(added, len(self._series) + len(added))

    def replace(self, series: Sequence[Series]) -> bool:
        """Have these series alone, of a history that begins anew; whether none has moved.

        What is said here of those that are known stays.
        """
        before, known = self._series, {one.name: one for one in self._series}
        self._series = [known.get(one.name, one) for one in series]
        self._index = {one.name: i for i, one in enumerate(self._series)}
        names = [one.name for one in self._series]
        return names[: len(before)] == [one.name for one in before]

    def new_in(self, values: Values) -> Sequence[Series]:
        """Return the series that a tick would add; raises as `row` does."""
        if self._series and not isinstance(values, Mapping):
            return ()
        named = values if isinstance(values, Mapping) else _named(values)
        new = [str(name) for name in named if str(name) not in self._index]
        if new:
            # A bad tick must not name the series; an infinity is counted when it is taken.
            refused = self.values_refused
            for name, value in named.items():
                self._number(value, str(name))
            self.values_refused = refused
        try:
            return [Series(name) for name in new]
        except ConfigError as error:
            raise BadTick(str(error)) from None

    def would_grow(self, run: Run) -> bool:
        """Return whether a run names series that are not there, or would be the first to."""
        if run.names is None:
            return not self._series
        return not self._index.keys() >= set(run.names)

    def row(self, values: Values) -> list[float]:
        """Return the values of one tick in the order of the series; new names are added.

        Raises:
            BadTick: the wrong number of values, something that is no number, or a name that
                cannot be that of a series. Nothing is added.
        """
        if isinstance(values, Mapping):
            return self._row_by_name(values)
        if not self._series:
            return self._row_by_name(_named(values))
        if len(values) != len(self._series):
            raise BadTick(self._wrong_number(len(values)))
        return [self._number(value, i) for i, value in enumerate(values)]

    def added_by(self, run: Run, most: int) -> Sequence[Series]:
        """Return the series that a run brings along; for `add`, once all of it is known as good.

        Raises:
            BadTick: the wrong number of rows, a name that cannot be that of a series or is there
                twice, or there would be more than `most` series.
        """
        n = len(run.values)
        names = run.names
        if names is None and self._series:
            if n != len(self._series):
                raise BadTick(self._wrong_number(n))
            return ()
        if names is None:
            names = default_names(n)
        if n != len(names) or not n:
            raise BadTick(f"got {n} rows of values for {len(names)} names; expected one for each")
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise BadTick(f"series {short(twice)} is named twice; expected each once")
        new = [name for name in names if name not in self._index]
        try:
            # First how many: the names of a thousand are nothing to be read one by one.
            self._check_new(new, max(most, len(self._series)))
            return [Series(name) for name in new]
        except ConfigError as error:
            raise BadTick(str(error)) from None

    def places(self, run: Run) -> list[int]:
        """Return the row of each series of `run`, all of which are there."""
        if run.names is None:
            return list(range(len(self._series)))
        return [self._index[name] for name in run.names]

    def _row_by_name(self, values: Mapping[str, float | None]) -> list[float]:
        # All are read before the first series is added: a bad tick must not name the series.
        numbers = {str(name): self._number(value, str(name)) for name, value in values.items()}
        if not numbers and not self._series:
            raise BadTick("got no values; expected at least one number, such as 1.5")
        if not numbers.keys() <= self._index.keys():
            try:
                self.add([Series(name) for name in numbers if name not in self._index])
            except ConfigError as error:
                raise BadTick(str(error)) from None
        row = [math.nan] * len(self._series)
        for name, number in numbers.items():
            row[self._index[name]] = number
        return row

    def _number(self, value: object, which: int | str) -> float:
        if value is None:
            return math.nan
        if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            name = which if isinstance(which, str) else self._series[which].name
            raise BadTick(
                f"value of {name!r} is {str(value)[:40]!r}; expected a number or None, such as 1.5"
            )
        try:
            number = float(value)
        except OverflowError:  # an int beyond all floats
            number = math.inf
        if math.isinf(number):
            self.values_refused += 1
            return math.nan
        return number

    def _check_new(self, names: Sequence[str], most: int) -> None:
        n_series = len(self._series) + len(names)
        if n_series > most:
            raise ConfigError(
                f"chart {self._chart_name!r} would have {n_series} series; expected at most {most}"
            )
        for name in names:
            if names.count(name) > 1:
                raise ConfigError(
                    f"chart {self._chart_name!r} names the series {name!r} twice;"
                    " expected each once"
                )

    def _wrong_number(self, n: int) -> str:
        wanted = some_of(series.name for series in self._series)
        return f"got {n} values; expected {len(self._series)}, one for each of {wanted}"


def _named(values: Sequence[float | None]) -> Mapping[str, float | None]:
    return dict(zip(default_names(len(values)), values, strict=True))
