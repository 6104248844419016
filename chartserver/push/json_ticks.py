"""Ticks as JSON has them: one, a list of them, columns; or one in each line.

A tick is an object, `{"time": …, "EURUSD": 1.08}` or `{"time": …, "values": [1.08, 149.8]}`, or the
list of its values alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from chartserver.errors import BadPush
from chartserver.push import column
from chartserver.push.body import Body, check_count, check_size, columns, lines_of, located
from chartserver.push.precision import is_time_name, unit_of_name
from chartserver.ticks import Run, short

VALUES = "values"
# Of a frame, as the server sends it; the names of its rows are added by who has them.
FRAME_TIMES, FRAME_ROWS, FRAME_NAMES = "t", "y", "names"
EXAMPLE = '{"time": "2026-10-30T14:00:00Z", "EURUSD": 1.08}'


def parse_json(body: bytes, unit_ms: float | None, most_series: int) -> Body:
    """Return the ticks of a JSON text.

    Raises:
        BadPush: it is none, or is not of ticks; says which tick, or which line.
    """
    content = _loads(body)
    if isinstance(content, dict) and _is_frame(content):
        # Times of frames are in milliseconds, whatever their magnitude.
        return Body(_of_frame(content, 1.0 if unit_ms is None else unit_ms, most_series))
    if isinstance(content, dict) and _is_columns(content):
        return Body(_of_columns(content, unit_ms, most_series))
    ticks = [content] if isinstance(content, dict) else content
    if not isinstance(ticks, list) or not ticks or not isinstance(ticks[0], dict | list):
        raise BadPush(
            f"body is {short(content)}; expected a tick, a list of ticks or columns,"
            f" such as {EXAMPLE}"
        )
    return Body(_of_ticks(ticks, unit_ms, most_series))


def parse_lines(body: bytes, unit_ms: float | None, most_series: int) -> Body:
    """Return the ticks of lines, each a JSON text of one tick. Blank lines are none.

    Raises:
        BadPush: a line is not of a tick; says which one.
    """
    ticks, lines = [], []
    for number, line in lines_of(body, b"\n"):
        if line.strip():
            ticks.append(_tick_of(line, number))
            lines.append(number)
            check_count(len(ticks))
    if not ticks:
        raise BadPush(f"body holds no line; expected one for each tick, such as {EXAMPLE}")
    try:
        return Body(_of_ticks(ticks, unit_ms, most_series), lines)
    except BadPush as fault:
        raise located(fault, lines) from None


def _tick_of(line: bytes, number: int) -> object:
    try:
        content = _loads(line)
    except BadPush as fault:
        raise BadPush(str(fault), line=number) from None
    # A line with one number is a tick with one value.
    return [content] if type(content) in column.NUMBERS else content


def _loads(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadPush(f"got no JSON: {error}; expected {EXAMPLE}", line=error.lineno) from None


def _is_frame(content: Mapping[str, Any]) -> bool:
    rows = content.get(FRAME_ROWS)
    # A list of numbers is a series that is called so.
    return FRAME_TIMES in content and isinstance(rows, list) and isinstance((rows or [[]])[0], list)


def _is_columns(content: Mapping[str, Any]) -> bool:
    times = [value for name, value in content.items() if is_time_name(name)]
    if times:
        return isinstance(times[0], list)
    return any(isinstance(value, list) for name, value in content.items() if name != VALUES)


def _of_columns(content: Mapping[str, Any], unit_ms: float | None, most_series: int) -> Run:
    time_name = _time_name(content)
    named = {name: values for name, values in content.items() if name != time_name}
    if not named:
        raise BadPush("got no values; expected at least one column of numbers")
    n_ticks = _length(content)
    check_count(n_ticks)
    check_size(len(named), n_ticks, most_series)
    times = [None] * n_ticks if time_name is None else content[time_name]
    found = [column.numbers(values, name) for name, values in named.items()]
    return Run(list(named), column.times_ms(times, _unit(time_name, unit_ms)), columns(found))


def _of_frame(content: Mapping[str, Any], unit_ms: float, most_series: int) -> Run:
    rows, times = content[FRAME_ROWS], content[FRAME_TIMES]
    if not rows:
        raise BadPush(
            f'"y" is {short(rows)}; expected a list of values for each series,'
            ' such as {"t": [1793368800000], "y": [[1.08]]}'
        )
    check_size(len(rows), 0, most_series)
    _length({FRAME_TIMES: times} | {f"y[{i}]": row for i, row in enumerate(rows)})
    found = [column.numbers(row, f"y[{i}]") for i, row in enumerate(rows)]
    names = _frame_names(content.get(FRAME_NAMES), len(rows))
    return Run(names, column.times_ms(times, unit_ms), columns(found))


def _frame_names(names: object, n_series: int) -> list[str] | None:
    """Return the names of a frame's rows, None where they are in the order of the chart."""
    if names is None:
        return None
    if (
        isinstance(names, list)
        and all(isinstance(name, str) for name in names)
        and len(set(names)) == len(names) == n_series
    ):
        return names
    raise BadPush(
        f'"names" is {short(names)}; expected {n_series}, one for each list in "y",'
        ' such as {"names": ["EURUSD"], "t": [1793368800000], "y": [[1.08]]}'
    )


def _length(lists: Mapping[str, Any]) -> int:
    """Return the length of the columns, which all have the same."""
    lengths = {}
    for name, values in lists.items():
        if not isinstance(values, list):
            raise BadPush(f"{name!r} is {short(values)}; expected a list, as the other columns are")
        lengths[name] = len(values)
    first, n = next(iter(lengths.items()))
    for name, length in lengths.items():
        if length != n:
            raise BadPush(f"{name!r} has {length} values; expected {n}, as many as {first!r} has")
    if not n:
        raise BadPush("got columns without ticks; expected at least one tick")
    return n


def _of_ticks(ticks: Sequence[Any], unit_ms: float | None, most_series: int) -> Run:
    """Return the run of ticks that all name their values, or all have them in order."""
    check_count(len(ticks))
    kind = type(ticks[0]) if type(ticks[0]) in (dict, list) else dict
    for index, tick in enumerate(ticks):
        if type(tick) is not kind or not tick:
            hint = ", or all as lists of values" if kind is list else ""
            raise BadPush(f"tick is {short(tick)}; expected {EXAMPLE}{hint}", index=index)
    if kind is list:
        return _in_order([None] * len(ticks), ticks, unit_ms, most_series)
    names = _names(ticks, most_series)
    time_name = _time_name(names)
    if time_name is not None:
        del names[time_name]
    for index, tick in enumerate(ticks):
        if len(tick) == (time_name in tick):
            raise BadPush("got a time alone; expected values, such as 1.08", index=index)
    times = [tick.get(time_name) for tick in ticks]
    if VALUES in names:
        rows = _rows(ticks, time_name)
        if type(rows[0]) is list:
            return _in_order(times, rows, _unit(time_name, unit_ms), most_series)
        ticks, names = rows, _names(rows, most_series)
    return _by_name(times, ticks, list(names), _unit(time_name, unit_ms), most_series)


def _names(ticks: Sequence[Mapping[str, Any]], most_series: int) -> dict[str, None]:
    """Return the names that ticks have, in their order; stop where there are too many."""
    names: dict[str, None] = {}
    for tick in ticks:
        names.update(dict.fromkeys(tick))
        # One of them may be that of the time.
        if len(names) > most_series + 1:
            check_size(len(names), 0, most_series)
    return names


def _rows(ticks: Sequence[Mapping[str, Any]], time_name: str | None) -> list[Any]:
    """Return what the ticks have as `values`: all of them a list, or all an object."""
    rows = [tick.get(VALUES) for tick in ticks]
    kind = type(rows[0]) if type(rows[0]) in (dict, list) else list
    for index, (tick, row) in enumerate(zip(ticks, rows, strict=True)):
        if type(row) is not kind or not row or len(tick) > 1 + (time_name in tick):
            raise BadPush(
                f"tick is {short(tick)}; expected values and a time alone, as in the others,"
                ' such as {"time": 1793368800, "values": [1.08, 149.8]}',
                index=index,
            )
    return rows


def _in_order(
    times: Sequence[object], rows: Sequence[Sequence[object]], unit_ms: float | None, most: int
) -> Run:
    width = len(rows[0])
    for index, row in enumerate(rows):
        if len(row) != width:
            raise BadPush(
                f"got {len(row)} values; expected {width}, as in the ticks before", index=index
            )
    check_size(width, len(rows), most)
    found = [
        column.numbers(values, f"number {i}") for i, values in enumerate(zip(*rows, strict=True), 1)
    ]
    return Run(None, column.times_ms(times, unit_ms), columns(found))


def _by_name(
    times: Sequence[object],
    ticks: Sequence[Mapping[str, object]],
    names: Sequence[str],
    unit_ms: float | None,
    most: int,
) -> Run:
    check_size(len(names), len(ticks), most)
    found = [column.numbers([tick.get(name) for tick in ticks], name) for name in names]
    return Run(names, column.times_ms(times, unit_ms), columns(found))


def _time_name(names: Iterable[str]) -> str | None:
    """Return which of the names is that of the time; None when none is."""
    found = [name for name in names if is_time_name(name)]
    if len(found) > 1:
        raise BadPush(f"got {found[0]!r} and {found[1]!r}, both names of times; expected one")
    return found[0] if found else None


def _unit(time_name: str | None, unit_ms: float | None) -> float | None:
    said = None if time_name is None else unit_of_name(time_name)
    return unit_ms if said is None else said
