"""What was refused: counted by kind, and told in the log now and then, never once for each.

Whoever floods us would else fill the disk with what we say about it.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable

from chartserver.ticks import short

LOG_EVERY_S = 10.0
# What they are counted under, each from the start on: who watches for a rise must see the zero.
KINDS = (
    "answer_outrun",
    "bad_handshake",
    "bad_json",
    "bad_origin",
    "bad_request",
    "bad_token",
    "bad_utf8",
    "bad_version",
    "bad_websocket",
    "binary",
    "busy",
    "connections",
    "connections_of_address",
    "full",
    "long_answers",
    "long_answers_of_address",
    "malformed",
    "malformed_request",
    "no_connect",
    "not_accepted",
    "not_allowed",
    "out_of_order",
    "overlap",
    "push_bodies",
    "request_too_large",
    "requests_of_address",
    "slow_reader",
    "slow_request",
    "slow_viewer",
    "store_fault",
    "token_tries",
    "too_costly",
    "too_fast",
    "too_large",
    "too_many_notes",
    "unexpected",
    "unknown_event",
    "unknown_namespace",
    "unknown_session",
    "viewers_of_address",
)

log = logging.getLogger(__name__)


class Refusals:
    """Counts refusals; logs the first of a kind, then at most one in `LOG_EVERY_S`.

    Attributes:
        counts: how many, by kind. A kind is a name for machines, such as `too_large`, and never
            made from what came in: there are few of them.
        lines_suppressed: how many of them were not logged.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.counts: Counter[str] = Counter()
        self.lines_suppressed = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._next_s: dict[str, float] = {}
        self._unsaid: Counter[str] = Counter()

    def note(self, kind: str, what: str, who: str = "") -> None:
        """Count a refusal of `kind`; `what` says in words what came, `who` the address it is of."""
        now_s = self._clock()
        with self._lock:
            self.counts[kind] += 1
            if now_s < self._next_s.get(kind, now_s):
                self._unsaid[kind] += 1
                self.lines_suppressed += 1
                return
            self._next_s[kind] = now_s + LOG_EVERY_S
            n_unsaid = self._unsaid.pop(kind, 0)
        more = f" ({n_unsaid} more since the last such line)" if n_unsaid else ""
        of = f" from {short(who)}" if who else ""
        log.warning("refused (%s)%s: %s%s", kind, of, short(what), more)
