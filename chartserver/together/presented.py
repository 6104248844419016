"""What somebody presents, as it comes: the view, and the key under which it goes on.

The id that others see is worked out from the key, and the key not from the id: whoever can follow
cannot present in its place.
"""

import hashlib
import math
import re
from collections.abc import Mapping
from typing import Any

from chartserver.errors import BadRequest
from chartserver.notes import check_text
from chartserver.ticks import SERIES_NAME_CHARS_MAX, short

NUMBERS = ("from_ms", "to_ms", "span_ms", "time_ms", "pinned_ms", "candle_ms")
WORDS = {"kind": ("line", "candles"), "panels": ("auto", "single", "stacked")}
HIDDEN_MAX = 200
KEY = re.compile(r"[A-Za-z0-9_-]{22,64}")
# 96 bits: nobody finds another key for it.
ID_CHARS = 24


def parse_key(raw: object) -> str:
    """Return a key as it should be; "" where there is none.

    Raises:
        BadRequest: it is not; the text does not tell it.
    """
    if raw is None:
        return ""
    if isinstance(raw, str) and KEY.fullmatch(raw):
        return raw
    raise BadRequest("key is not fit; expected 22 to 64 random letters, digits, - and _")


def id_of(chart: str, key: str) -> str:
    """Return the id under which others know who presents a chart with that key."""
    return hashlib.sha256(f"present\n{chart}\n{key}".encode()).hexdigest()[:ID_CHARS]


def parse_view(raw: object) -> dict[str, Any]:
    """Return what of a view is known and as it should be; the rest is not handed on.

    Raises:
        BadRequest: something known is not.
    """
    if not isinstance(raw, Mapping):
        raise BadRequest(f"view is {short(raw)}; expected an object such as {{'span_ms': 300000}}")
    view: dict[str, Any] = {}
    for name in NUMBERS:
        if raw.get(name) is not None:
            view[name] = _number(name, raw[name])
    for name, known in WORDS.items():
        if raw.get(name) is not None:
            if raw[name] not in known:
                raise BadRequest(f"{name} is {short(raw[name])}; expected one of {known}")
            view[name] = raw[name]
    if "hidden" in raw:
        view["hidden"] = _names(raw["hidden"])
    return view


def _number(name: str, raw: object) -> float:
    if isinstance(raw, int | float) and not isinstance(raw, bool) and math.isfinite(raw):
        return raw
    raise BadRequest(f"{name} is {short(raw)}; expected a number or null")


def _names(raw: object) -> list[str]:
    if not isinstance(raw, list) or len(raw) > HIDDEN_MAX:
        raise BadRequest(f"hidden is {short(raw)}; expected at most {HIDDEN_MAX} names of series")
    return [check_text(name, "name of a series", SERIES_NAME_CHARS_MAX) for name in raw]
