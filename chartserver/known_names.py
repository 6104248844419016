"""Names that are not known, and those that may have been meant."""

import difflib
from collections.abc import Iterable

NEAR_MAX = 3
LIKENESS_MIN = 0.6


def nearest(name: str, known: Iterable[str], prefix: str = "") -> str:
    """Return the one to three of `known` that are most like `name`; "" when none is like it.

    A `prefix` that all of them have makes them no more alike.
    """
    tails = [one.removeprefix(prefix) for one in known]
    found = difflib.get_close_matches(name.removeprefix(prefix), tails, NEAR_MAX, LIKENESS_MIN)
    near = [prefix + tail for tail in found]
    return " or ".join(filter(None, [", ".join(near[:-1]), *near[-1:]]))
