"""What a request for a picture asks for, checked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import overload
from zoneinfo import ZoneInfo

from chartserver.errors import BadRequest
from chartserver.pictures.themes import THEMES
from chartserver.ticks import short

TYPES = {"svg": "image/svg+xml", "png": "image/png"}
WIDTHS_PX, WIDTH_PX = range(200, 2_001), 800
HEIGHTS_PX, HEIGHT_PX = range(120, 1_501), 400
THEME = "light"
# A leap year.
MINUTES_MAX = 527_040
SERIES_MAX = 12
UTC = "UTC"

_WHOLE = re.compile(r"[0-9]{1,6}")
_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9+_-]*(/[A-Za-z0-9+_-]+){0,2}")

Query = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Wish:
    """A picture: its form (of `TYPES`), its size, its theme and what it is to show.

    `minutes` is None for all that is kept; `series` are names, none for the first `SERIES_MAX`;
    `zone` is that of the times.
    """

    form: str
    width_px: int = WIDTH_PX
    height_px: int = HEIGHT_PX
    theme: str = THEME
    minutes: float | None = None
    series: tuple[str, ...] = ()
    zone: str = UTC

    @property
    def is_plain(self) -> bool:
        """Whether it asks for no more than a form and a theme, as most do."""
        return self == Wish(self.form, theme=self.theme)

    @classmethod
    def parse(cls, form: str, query: Query) -> "Wish":
        """Return what the parameters of a request ask for.

        Raises:
            BadRequest: what is wrong, in one line.
        """
        theme = _only(query, "theme", THEME)
        if theme not in THEMES:
            raise BadRequest(f"theme is {short(theme)}; expected one of: {', '.join(THEMES)}")
        return cls(
            form,
            _size(query, "width", WIDTHS_PX, WIDTH_PX),
            _size(query, "height", HEIGHTS_PX, HEIGHT_PX),
            theme,
            _minutes(query),
            _series(query),
            _zone(query),
        )


def _size(query: Query, name: str, sizes_px: range, default_px: int) -> int:
    text = _only(query, name)
    if text is None:
        return default_px
    if _WHOLE.fullmatch(text) and int(text) in sizes_px:
        return int(text)
    raise BadRequest(
        f"{name} is {short(text)}; expected pixels from {sizes_px[0]} to {sizes_px[-1]},"
        f" such as {default_px}"
    )


def _minutes(query: Query) -> float | None:
    text = _only(query, "minutes")
    if text is None:
        return None
    if _NUMBER.fullmatch(text) and 0 < float(text) <= MINUTES_MAX:
        return float(text)
    raise BadRequest(
        f"minutes is {short(text)}; expected a number above 0, up to {MINUTES_MAX}, such as 60"
    )


def _series(query: Query) -> tuple[str, ...]:
    names = tuple(query.get("series", ()))
    if len(names) > SERIES_MAX:
        raise BadRequest(f"series is given {len(names)} times; expected at most {SERIES_MAX}")
    return tuple(dict.fromkeys(names))


def _zone(query: Query) -> str:
    name = _only(query, "tz", UTC)
    try:
        # Told before, it would be looked for as a file.
        if name != UTC and _ZONE.fullmatch(name):
            ZoneInfo(name)
        elif name != UTC:
            raise ValueError
    except (ValueError, LookupError, OSError):
        raise BadRequest(
            f"tz is {short(name)}; expected the name of a time zone, such as Europe/Zurich"
        ) from None
    return name


@overload
def _only(query: Query, name: str) -> str | None: ...


@overload
def _only(query: Query, name: str, default: str) -> str: ...


def _only(query: Query, name: str, default: str | None = None) -> str | None:
    """Return the one value of a parameter: of two, others might take the other one."""
    values = query.get(name, ())
    if len(values) > 1:
        raise BadRequest(f"{name} is given {len(values)} times; expected it once")
    return values[0] if values else default
