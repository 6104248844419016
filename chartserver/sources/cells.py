"""One cell of text: a number, a missing value, or neither. And the names above the cells."""

import math
import re
from collections.abc import Sequence

MISSING = frozenset(["", "n/a", "na", "#n/a", "null", "none", "nan", "-", "--"])
DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+")
WITH_UNIT = re.compile(r"[-+]?(\d++\.?\d*+|\.\d++)[a-zA-Zµμ°%][a-zA-Z/%]{0,4}")


def number(text: str) -> float:
    """Return what a cell holds; NaN for a missing value and for the infinities.

    Raises:
        ValueError: it is no number. `1_000` is none, whatever Python says.
    """
    if text.strip().lower() in MISSING:
        return math.nan
    if "_" in text:
        raise ValueError(text)
    value = float(text)
    return value if math.isfinite(value) else math.nan


def is_number(text: str) -> bool:
    """Return whether a cell holds a number that is not missing."""
    try:
        return not math.isnan(number(text))
    except ValueError:
        return False


def is_missing(text: str) -> bool:
    """Return whether a cell says that there is no value."""
    try:
        return math.isnan(number(text))
    except ValueError:
        return False


def with_point(text: str) -> str:
    """Return a number that is written with a decimal comma as one with a point; others as is."""
    return text.replace(",", ".") if DECIMAL_COMMA.fullmatch(text.strip()) else text


def has_unit(text: str) -> bool:
    """Return whether a cell is a number with a unit glued to it, such as `12.3ms`."""
    return WITH_UNIT.fullmatch(text.strip()) is not None


def column_names(header: Sequence[str]) -> list[str]:
    """Return the names of a header, trimmed and made unique; `column 3` for one without a name."""
    names: list[str] = []
    for i, cell in enumerate(header, 1):
        base = cell.strip() or f"column {i}"
        name, copy = base, 2
        while name in names:
            name, copy = f"{base} ({copy})", copy + 1
        names.append(name)
    return names
