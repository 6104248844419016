"""Text of one line, such as a title, a name or a note: what it may have in it.

More than what Python calls printable, which takes of all spaces the one of ASCII alone: the wide
space of Japanese, and the one that keeps a number with its unit, are ordinary there. The joiners
make letters of Persian and Hindi, and families of emoji, what they are.
"""

import unicodedata

SPACES = "Zs"
JOINERS = "\u200c\u200d"


def is_one_line(text: str) -> bool:
    """Return whether all of `text` can be shown in one line, and turns nothing else round."""
    return text.isprintable() or all(_is_fit(one) for one in text)


def one_line(text: str) -> str:
    """Return `text` with a mark in place of what is not fit for one line."""
    return "".join(one if _is_fit(one) else "\N{REPLACEMENT CHARACTER}" for one in text)


def _is_fit(one: str) -> bool:
    return one.isprintable() or one in JOINERS or unicodedata.category(one) == SPACES
