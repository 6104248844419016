"""The nouns that everything else speaks in: series, ticks, positions and runs of ticks.

Plain values: no clock, no lock, no I/O.
"""

import math
import re
import reprlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import islice
from typing import Any, NamedTuple, TypeGuard

import numpy as np
import numpy.typing as npt

from chartserver.css_color import hex_color
from chartserver.errors import BadRequest, ConfigError
from chartserver.one_line import is_one_line

Floats = npt.NDArray[np.float64]
Values = Sequence[float | None] | Mapping[str, float | None]

CHART_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
# The first parts of the server's paths, those that are spelt like a chart's name.
RESERVED_NAMES = frozenset(
    [
        "api",
        "classic",
        "docs",
        "embed",
        "healthz",
        "metrics",
        "ping",
        "publish",
        "query",
        "readyz",
        "sign-in",
        "sign-out",
        "static",
        "write",
    ]
)
SERIES_NAME_CHARS_MAX = 128
# What may be pushed to a chart at once, and wait there: more would hold up a frame.
RUN_TICKS_MAX = 20_000
# Nothing is seen of them: the fillers of Hangul, blank Braille; spaces, joiners, and marks alone.
BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
UNSEEN = frozenset(["Zs", "Cf", "Mn", "Mc", "Me"])
SEVERITIES = ("warning", "critical")
# Of names that an error lists.
NAMED_MAX = 10
# The years 1 to 9999, which ISO 8601 and `datetime` can say.
EARLIEST_MS, LATEST_MS = -62_135_596_800_000, 253_402_300_799_000


def check_chart_name(name: str) -> str:
    """Return `name`, or raise ConfigError when it cannot be a chart's name."""
    if not isinstance(name, str) or not CHART_NAME.fullmatch(name):
        raise ConfigError(
            f"chart name is {name!r}; expected 1 to 64 of a-z, 0-9, '_' and '-',"
            " the first a letter or a digit, such as 'fx'"
        )
    if name in RESERVED_NAMES:
        raise ConfigError(
            f"chart name is {name!r}, which is a path of the server;"
            f" choose another, such as '{name}-1'"
        )
    return name


@dataclass(frozen=True, slots=True)
class Limit:
    """A value above or below which a series ought not to be; one of the two is given.

    `severity` is one of `SEVERITIES`; `label` is what people read beside it.
    """

    above: float | None = None
    below: float | None = None
    severity: str = "warning"
    label: str = ""

    def __post_init__(self) -> None:
        given = [bound for bound in (self.above, self.below) if bound is not None]
        if len(given) != 1 or not math.isfinite(given[0]):
            raise ConfigError(
                f"limit has above {self.above!r} and below {self.below!r};"
                " expected a number for one of them, such as above = 1.2"
            )
        if self.severity not in SEVERITIES:
            raise ConfigError(
                f"severity of a limit is {short(self.severity)};"
                f" expected one of {', '.join(SEVERITIES)}"
            )

    def describe(self) -> dict[str, Any]:
        """Return the limit as it stands in a description."""
        bound = {"below": self.below} if self.above is None else {"above": self.above}
        return bound | {"severity": self.severity, "label": self.label}


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart.

    `name` is what ticks use, `label` what people read (the name when empty), `unit` a symbol
    such as "%" or "°C", `color` `#rgb`, `#rrggbb` or a name of CSS (kept as `#rrggbb`) or "" for
    the palette's, `digits` the decimals to show or None to let the values decide, `limits` what
    its values ought not to pass.
    """

    name: str
    label: str = ""
    unit: str = ""
    color: str = ""
    digits: int | None = None
    limits: Sequence[Limit] = ()

    def __post_init__(self) -> None:
        if (
            len(self.name) > SERIES_NAME_CHARS_MAX
            or not is_one_line(self.name)
            or not _is_visible(self.name)
        ):
            raise ConfigError(
                f"series name is {self.name[:40]!r}; expected 1 to {SERIES_NAME_CHARS_MAX}"
                " printable characters, one of them visible, such as 'EURUSD'"
            )
        color = self.color and hex_color(self.color)
        if color is None:
            raise ConfigError(
                f"color of series {self.name!r} is {short(self.color)};"
                " expected #rgb, #rrggbb or a name of CSS, such as '#0072b2' or 'tomato'"
            )
        object.__setattr__(self, "color", color)
        object.__setattr__(self, "limits", tuple(self.limits))

    def completed(self, by: "Series") -> "Series":
        """Return the series with what it leaves open taken from `by`."""
        open_ = [one.name for one in fields(self) if getattr(self, one.name) == one.default]
        return replace(self, **{name: getattr(by, name) for name in open_})

    def describe(self) -> dict[str, Any]:
        """Return the series as it stands in a description."""
        return {
            "name": self.name,
            "label": self.label or self.name,
            "unit": self.unit,
            "color": self.color,
            "digits": self.digits,
            "limits": [limit.describe() for limit in self.limits],
        }


def default_names(n: int) -> list[str]:
    """Return names for `n` series that nobody has named."""
    return ["value"] if n == 1 else [f"value {i}" for i in range(1, n + 1)]


class Tick(NamedTuple):
    """One beat: a time and one value for each series.

    `time_ms` is in milliseconds since the Unix epoch, or None for "now". `values` stand in the
    order of the series or by name; None and NaN are missing.
    """

    time_ms: float | None
    values: Values


@dataclass(frozen=True, slots=True)
class Run:
    """Ticks from outside as columns, not numbered yet, and in any order.

    `names` are those of the series whose values follow; None for all series of the chart, in its
    order. `time_ms` has shape (n,), NaN for "now"; `values` has shape (series, n), NaN for missing.
    """

    names: Sequence[str] | None
    time_ms: Floats
    values: Floats

    def __len__(self) -> int:
        return len(self.time_ms)


class Position(NamedTuple):
    """A place in a chart's history: what a viewer is.

    `epoch` is 8 hex digits that change only when the numbering starts afresh; `offset` is that
    of the last tick seen, 0 for none.

    Source: recovery by epoch and offset, Centrifugo documentation.
    """

    epoch: str
    offset: int

    def __str__(self) -> str:
        return f"{self.epoch}:{self.offset}"

    @classmethod
    def parse(cls, raw: object) -> "Position":
        """Return the position that a client sent, or raise BadRequest.

        Takes the object of the wire (`{"epoch": …, "offset": …}`) or the text `epoch:offset`.
        """
        epoch: object = None
        offset: object = None
        if isinstance(raw, str):
            epoch, _, digits = raw.partition(":")
            offset = int(digits) if re.fullmatch(r"[0-9]{1,16}", digits) else None
        elif isinstance(raw, Mapping):
            epoch, offset = raw.get("epoch"), raw.get("offset")
        if _is_epoch(epoch) and _is_offset(offset):
            return cls(epoch, offset)
        raise BadRequest(
            f"since is {short(raw)}; expected an epoch of 8 hex digits and an offset from 0,"
            ' such as {"epoch": "9f2c41aa", "offset": 812}'
        )


@dataclass(frozen=True, slots=True)
class Ticks:
    """A run of ticks as columns.

    `time_ms` has shape (n,), `values` shape (n_series, n), NaN for missing; `offset` is that of
    the last column (of the chart's end, when n is 0). `is_reduced` tells that columns were left
    out, so offsets in between cannot be counted.
    """

    epoch: str
    offset: int
    time_ms: Floats
    values: Floats
    is_reduced: bool = False

    def __len__(self) -> int:
        return len(self.time_ms)

    def first(self, n: int) -> "Ticks":
        """Return the first `n` ticks of a run that is not reduced."""
        left_out = max(0, len(self) - n)
        return Ticks(self.epoch, self.offset - left_out, self.time_ms[:n], self.values[:, :n])

    @property
    def position(self) -> Position:
        """The position of a viewer that has seen this run."""
        return Position(self.epoch, self.offset)


def joined(runs: Sequence[Ticks]) -> Ticks:
    """Return runs that follow each other as one; series that a run does not have are missing."""
    if len(runs) == 1:
        return runs[0]
    n_series = max(len(run.values) for run in runs)
    values = np.full((n_series, sum(map(len, runs))), np.nan)
    end = 0
    for run in runs:
        begin, end = end, end + len(run)
        values[: len(run.values), begin:end] = run.values
    time_ms = np.concatenate([run.time_ms for run in runs])
    return Ticks(runs[-1].epoch, runs[-1].offset, time_ms, values)


def _is_epoch(raw: object) -> TypeGuard[str]:
    return isinstance(raw, str) and re.fullmatch(r"[0-9a-f]{8}", raw) is not None


def _is_offset(raw: object) -> TypeGuard[int]:
    return isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < 2**53


def _is_visible(name: str) -> bool:
    return any(one not in BLANKS and unicodedata.category(one) not in UNSEEN for one in name)


class _Short(reprlib.Repr):
    """Writes no more of a value than an error has room for, however deep or long it is."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxstring, self.maxlong, self.maxother = 20, 400, 400, 400
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdict = 40

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        """Write a dict in its own order, which the library would sort."""
        if level <= 0 and x:
            return "{...}"
        shown = [
            f"{self.repr1(name, level - 1)}: {self.repr1(value, level - 1)}"
            for name, value in islice(x.items(), self.maxdict)
        ]
        return "{" + ", ".join(shown) + (", ..." if len(x) > self.maxdict else "") + "}"


_SHORT = _Short()


def short(raw: object) -> str:
    """Return what somebody sent as it may stand in an error: one line, cut when long."""
    text = _SHORT.repr(raw)
    return text if len(text) <= 80 else text[:77] + "..."


def some_of(names: Iterable[str]) -> str:
    """Return names as they may stand in an error: the first, and how many more there are."""
    known = list(names)
    more = f" and {len(known) - NAMED_MAX} more" if len(known) > NAMED_MAX else ""
    return ", ".join(known[:NAMED_MAX]) + more
