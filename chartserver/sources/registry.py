"""Finds the source that `[NAME=]kind[:target][?option=value&…]` names and opens it."""

import difflib
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from chartserver.errors import ConfigError
from chartserver.operation.masking import Mask
from chartserver.sources.options import Options
from chartserver.sources.push import open_push
from chartserver.sources.python import open_python
from chartserver.sources.random import open_random
from chartserver.sources.replay import open_replay
from chartserver.sources.source import Source
from chartserver.sources.stdin import open_stdin
from chartserver.sources.system import open_system
from chartserver.sources.walk import open_walk
from chartserver.sources.websocket_options import open_websocket
from chartserver.ticks import check_chart_name, short

GROUP = "chartserver.sources"
ATTRIBUTES = ("title", "series", "interval_s", "ticks")
MASK = Mask()
Opener = Callable[[str, Options], Source]

BUILT_IN: Mapping[str, Opener] = {
    "push": open_push,
    "python": open_python,
    "random": open_random,
    "replay": open_replay,
    "stdin": open_stdin,
    "system": open_system,
    "walk": open_walk,
    "ws": open_websocket,
}


class SourceSpec(NamedTuple):
    """A `--chart` taken apart. `name` is "" when none was given.

    An option that is given several times has all of its texts. `place` is what faults begin with;
    files that are named are relative to `directory`.
    """

    text: str
    name: str
    kind: str
    target: str
    options: Mapping[str, Any]
    place: str = ""
    directory: Path = Path()


def parse_spec(text: str) -> SourceSpec:
    """Take `[NAME=]kind[:target][?option=value&…]` apart, or raise ConfigError.

    `-` stands for `stdin`. A NAME is told from an option by standing before any `:` and `?`.
    """
    head, _, query = text.partition("?")
    before, equals, after = head.partition("=")
    name, body = (before, after) if equals and ":" not in before else ("", head)
    if equals and ":" not in before:
        check_chart_name(name)
    kind, _, target = body.partition(":")
    kind = "stdin" if kind == "-" else kind
    if not kind:
        raise ConfigError(
            f"chart is {MASK(text)!r}; expected [NAME=]SOURCE, such as 'fx=walk?series=EURUSD'"
        )
    options: dict[str, Any] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        options[key] = (*_as_many(options[key]), value) if key in options else value
    return SourceSpec(text, name, kind, unquote(target), options, f"chart {MASK(text)!r}")


def _as_many(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def open_source(spec: SourceSpec, defaults: Mapping[str, str]) -> Source:
    """Open the source of `spec`; `defaults` are the general settings its options go before.

    Raises:
        ConfigError: no such kind, or wrong options, or what it names cannot be used.
    """
    try:
        opener = BUILT_IN.get(spec.kind) or _plugin(spec.kind)
        source = opener(spec.target, Options(spec.kind, spec.options, defaults, spec.directory))
    except ConfigError as error:
        raise ConfigError(*(f"{spec.place}: {fault}" for fault in error.faults)) from None
    except Exception as error:
        # Whoever wrote a plugin is not there to read a traceback; whoever runs the server is.
        raise ConfigError(
            f"{spec.place}: source {spec.kind!r} cannot be opened: {error!r}"
        ) from error
    if not all(hasattr(source, name) for name in ATTRIBUTES):
        raise ConfigError(
            f"{spec.place}: source {spec.kind!r} opened {short(source)};"
            f" expected an object with {', '.join(ATTRIBUTES)}"
        )
    return source


def kinds() -> list[str]:
    """Return the names of all kinds of source, those of installed packages included."""
    return sorted({*BUILT_IN, *(entry.name for entry in entry_points(group=GROUP))})


def _plugin(kind: str) -> Opener:
    for entry in entry_points(group=GROUP, name=kind):
        try:
            opener: Opener = entry.load()
        except Exception as error:
            raise ConfigError(
                f"source {kind!r} of {entry.value} cannot be loaded: {error!r}"
            ) from None
        return opener
    near = difflib.get_close_matches(kind, kinds(), 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    if Path(kind).is_file():
        hint = f"; did you mean 'replay:{kind}'?"
    raise ConfigError(
        f"source is {kind!r}; expected one of: {', '.join(kinds())}, such as 'random'{hint}"
    )
