"""A server that is not there: how long to wait before the next try, and why, in words for people.

Pure. Knows the texts of the libraries that connect, and no connection.
"""

import re

PAUSE_MIN_S = 1.0
PAUSE_MAX_S = 30.0
# The text of `requests` is a chain of reprs; this is the part of it that is for people.
CAUSE = re.compile(
    r"\[Errno -?\d+\] ([^'\")(]+)|Error\(\d+, '([^']+)'\)|\[SSL: (\w+)\]|(timed out)"
    r"|(remote end closed connection)|(IncompleteRead)",
    re.IGNORECASE,
)
CAUSES = {
    "remote end closed connection": "connection closed without an answer",
    "incompleteread": "the answer was cut",
}


def pause_s(tries: int, chance: float) -> float:
    """Return the pause after `tries` failures: doubling, and spread by `chance` (0 to 1).

    Spread, so that the clients of a server that comes back do not come in step.
    """
    return float(min(PAUSE_MAX_S, PAUSE_MIN_S * 2 ** min(tries, 16)) * (0.5 + chance))


def cause_of(error: BaseException) -> str:
    """Return why a connection failed, such as "connection refused"; "" when it does not tell."""
    found = CAUSE.search(str(error))
    if found is None:
        return ""
    said: str = next(filter(None, found.groups()))
    cause = said.replace("_", " ").strip().lower()
    return CAUSES.get(cause, cause)
