"""The nouns that everything else speaks in: series, ticks, positions and runs of ticks.

Plain values: no clock, no lock, no I/O.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeGuard

import numpy as np
import numpy.typing as npt

from chartserver.errors import BadRequest, ConfigError

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
        "publish",
        "readyz",
        "sign-in",
        "sign-out",
        "static",
        "write",
    ]
)
SERIES_NAME_CHARS_MAX = 128
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
class Series:
    """One line of a chart.

    `name` is what ticks use, `label` what people read (the name when empty), `unit` a symbol
    such as "%" or "°C", `color` a CSS colour or "" for the palette's, `digits` the decimals to
    show or None to let the values decide.
    """

    name: str
    label: str = ""
    unit: str = ""
    color: str = ""
    digits: int | None = None

    def __post_init__(self) -> None:
        if not self.name or len(self.name) > SERIES_NAME_CHARS_MAX or not self.name.isprintable():
            raise ConfigError(
                f"series name is {self.name[:40]!r}; expected 1 to {SERIES_NAME_CHARS_MAX}"
                " printable characters, such as 'EURUSD'"
            )

    def describe(self) -> dict[str, Any]:
        """Return the series as it stands in a description."""
        return {
            "name": self.name,
            "label": self.label or self.name,
            "unit": self.unit,
            "color": self.color,
            "digits": self.digits,
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


def _is_epoch(raw: object) -> TypeGuard[str]:
    return isinstance(raw, str) and re.fullmatch(r"[0-9a-f]{8}", raw) is not None


def _is_offset(raw: object) -> TypeGuard[int]:
    return isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < 2**53


def short(raw: object) -> str:
    """Return what somebody sent as it may stand in an error: one line, cut when long."""
    text = repr(raw)
    return text if len(text) <= 80 else text[:77] + "..."
