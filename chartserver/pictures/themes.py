"""The colors of pictures: those of the pages, as `static/css/theme.css` has them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Theme(NamedTuple):
    """The colors of one theme; `series` is the palette, in the order in which it is used."""

    surface: str
    grid: str
    ink: str
    muted: str
    good: str
    warn: str
    bad: str
    series: Sequence[str]


THEMES: Mapping[str, Theme] = {
    "light": Theme(
        surface="#ffffff",
        grid="#e4eaf1",
        ink="#1b2430",
        muted="#5d6a7a",
        good="#1f7a5c",
        warn="#a86200",
        bad="#c0271f",
        series=(
            *("#0072b2", "#b86800", "#00805d", "#b4518a"),
            *("#c44f00", "#2f7fae", "#857a00", "#555f6b"),
        ),
    ),
    "dark": Theme(
        surface="#151a20",
        grid="#222932",
        ink="#e8edf3",
        muted="#8b97a6",
        good="#3aa981",
        warn="#e69f00",
        bad="#ff6f61",
        series=(
            *("#56b4e9", "#e69f00", "#2fbf94", "#dd92bd"),
            *("#f0793a", "#3f97d6", "#f0e442", "#7c8692"),
        ),
    ),
}
