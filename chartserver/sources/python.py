"""Python of the user's as a source: a function that is read on a beat, or what can be iterated."""

import importlib
import inspect
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chartserver.errors import ConfigError, SourceFailed
from chartserver.sources.last_told import LastTold, Resumed, takes_last
from chartserver.sources.options import Options
from chartserver.sources.source import Beat, Source
from chartserver.ticks import Series, Tick, short

INTERVAL_S = 1.0


class Iterated:
    """The items of something that can be iterated, as they come, or one on each beat.

    `iterate` is called anew after a failure. Without `interval_s` the items set the pace.
    """

    def __init__(
        self,
        iterate: Callable[[], Iterable[Any]],
        *,
        series: Sequence[Series] = (),
        interval_s: float | None = None,
        title: str = "",
    ) -> None:
        self.title = title
        self.series = series
        self.interval_s = interval_s
        self._iterate = iterate

    def ticks(self, stop: threading.Event) -> Iterator[Tick]:
        """Yield a tick for each item; the iterator is closed at the end, or at `stop`."""
        items = iter(self._iterate())
        try:
            yield from (
                self._paced(items, stop) if self.interval_s else self._as_they_come(items, stop)
            )
        finally:
            close = getattr(items, "close", None)
            if callable(close):
                close()

    def _as_they_come(self, items: Iterator[Any], stop: threading.Event) -> Iterator[Tick]:
        for item in items:
            if stop.is_set():
                return
            yield tick_of(item)

    def _paced(self, items: Iterator[Any], stop: threading.Event) -> Iterator[Tick]:
        assert self.interval_s is not None
        end = object()

        def read() -> Tick:
            item = next(items, end)
            if item is end:
                raise _Ended
            return tick_of(item)

        beat = Beat(read, series=self.series, interval_s=self.interval_s)
        try:
            yield from beat.ticks(stop)
        except _Ended:
            return


class Called:
    """What a function returns on each beat; the items of an iterator, when it returns one.

    Which of both is known once it was called. Items come as those of `Iterated`.
    """

    def __init__(
        self,
        function: Callable[[], Any],
        *,
        series: Sequence[Series] = (),
        interval_s: float | None = None,
        default_interval_s: float = INTERVAL_S,
        title: str = "",
    ) -> None:
        self.title = title
        self.series = series
        self.interval_s: float | None = interval_s or default_interval_s
        self._items_interval_s = interval_s
        self._function = function

    def ticks(self, stop: threading.Event) -> Iterator[Tick]:
        """Yield a tick at once and then one on each beat, or for each item."""
        first = [self._function()]
        if isinstance(first[0], Iterator):
            items = Iterated(lambda: first[0], interval_s=self._items_interval_s)
            yield from items.ticks(stop)
            return

        def read() -> Tick:
            return tick_of(first.pop() if first else self._function())

        assert self.interval_s is not None
        yield from Beat(read, series=self.series, interval_s=self.interval_s).ticks(stop)


class _Ended(Exception):
    """The items have come to their end."""


def make_source(
    thing: Any,
    *,
    series: Sequence[Series] = (),
    interval_s: float | None = None,
    default_interval_s: float = INTERVAL_S,
    title: str = "",
) -> Source:
    """Return a source of what a user has: a function, a generator function, or an iterable.

    A function is called each `interval_s`, or each `default_interval_s` when that is None. The
    items of an iterable, of a generator function, and of an iterator that a function returns come
    one each `interval_s`, or when that is None as they come. An item, and what a function returns
    else, is a number, a sequence of numbers, a mapping by name, or a Tick. A function that has a
    parameter `last` is given the last tick of its chart, a `Last`, or None while there is none.

    Raises:
        ConfigError: it is none of these, or needs other arguments.
    """
    if isinstance(thing, Iterable) and not isinstance(thing, str | bytes | Mapping | type):
        return Iterated(lambda: thing, series=series, interval_s=interval_s, title=title)
    if not callable(thing):
        raise ConfigError(
            f"got {short(thing)}; expected a function, a generator, or something to iterate over"
        )
    if inspect.iscoroutinefunction(thing) or inspect.isasyncgenfunction(thing):
        raise ConfigError(
            f"{_name(thing)} is asynchronous; expected an ordinary function or generator:"
            " it runs in a thread of its own and may block"
        )
    _check_arguments(thing)
    call = LastTold(thing) if takes_last(thing) else thing
    source: Source
    if inspect.isgeneratorfunction(inspect.unwrap(thing)):
        source = Iterated(call, series=series, interval_s=interval_s, title=title)
    else:
        source = Called(
            call,
            series=series,
            interval_s=interval_s,
            default_interval_s=default_interval_s,
            title=title,
        )
    return Resumed(source, call) if isinstance(call, LastTold) else source


def tick_of(item: Any) -> Tick:
    """Return what a user's Python has yielded or returned as a tick; None is a missing value.

    Raises:
        SourceFailed: it is no number, sequence, mapping or Tick.
    """
    if isinstance(item, Tick):
        return Tick(item.time_ms, tick_of(item.values).values)
    if isinstance(item, np.ndarray):
        item = item.tolist()
    if isinstance(item, Mapping):
        return Tick(None, {str(name): _number(value) for name, value in item.items()})
    if isinstance(item, Sequence) and not isinstance(item, str | bytes):
        return Tick(None, [_number(value) for value in item])
    return Tick(None, [_number(item)])


def open_python(target: str, options: Options) -> Source:
    """Open `python:module:name[?interval_s=…&series=A,B]`."""
    interval_s = options.interval_s(INTERVAL_S)
    series = options.series()
    module, _, name = target.partition(":")
    if not module or not name:
        options.faults.append(
            f"python names {target!r}; expected a module and what is in it, such as python:lab:read"
        )
    options.finish()
    thing = _load(module, name, options.directory)
    try:
        return make_source(
            thing,
            series=series,
            # The general interval is for what beats; a generator beats only if it is told to.
            interval_s=interval_s if options.is_given("interval_s") else None,
            default_interval_s=interval_s,
            title=name,
        )
    except ConfigError as error:
        raise ConfigError(*(f"{target}: {fault}" for fault in error.faults)) from None


def _load(module: str, name: str, directory: Path) -> Any:
    """Import what `module:name` names; modules in `directory` are found, too."""
    here = str(directory.absolute())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        thing = importlib.import_module(module)
    except (Exception, SystemExit) as error:
        raise ConfigError(
            f"module {module!r} cannot be imported: {type(error).__name__}: {_line(error)};"
            f" expected a module in {here} or an installed one"
        ) from None
    for part in name.split("."):
        try:
            thing = getattr(thing, part)
        except AttributeError as error:
            raise ConfigError(
                f"{name!r} is not in module {module!r}: {_line(error)};"
                " expected a function, a generator or an iterable there"
            ) from None
    return thing


def _check_arguments(thing: Callable[..., Any]) -> None:
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return  # written in C, and tells nothing of itself
    try:
        signature.bind(**dict.fromkeys(["last"] if takes_last(thing) else []))
    except TypeError as error:
        raise ConfigError(
            f"{_name(thing)}{signature} cannot be called: {error};"
            " expected one without arguments, or with `last` alone"
        ) from None


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if not isinstance(value, str | bytes) and hasattr(value, "__float__"):
        try:
            return float(value)
        except (TypeError, ValueError, OverflowError):
            pass
    raise SourceFailed(
        f"got {short(value)}; expected a number, numbers, or numbers by name, such as 1.5,"
        " (1.5, 2.5) or {'a': 1.5}"
    )


def _name(thing: Any) -> str:
    return getattr(thing, "__name__", type(thing).__name__)


def _line(error: BaseException) -> str:
    """Return the text of an error as one line."""
    return " ".join(str(error).split())[:300]
