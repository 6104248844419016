"""Wrong tokens, counted by the address they come from, so that nobody can guess for long."""

from hashlib import sha256

from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from chartserver.access.windows import Tally, Windows
from chartserver.entrance.proxies import client_of

TRIES_PER_MINUTE = 10
WINDOW_S = 60

_TRIES = RateLimitItemPerMinute(TRIES_PER_MINUTE, namespace="tries")
_ONCE = RateLimitItemPerMinute(1, namespace="token")


class WrongTries:
    """Allows an address so many different wrong tokens a minute; the same again is no other guess.

    So a page whose token is no more may go on asking, and does not shut out its neighbors. Of IPv6
    a network counts as one address. With a `tally` the guesses at other processes count as well.
    """

    tally: Tally | None = None

    def __init__(self) -> None:
        self._windows = Windows()
        self._limiter = FixedWindowRateLimiter(self._windows)

    def add(self, address: str, token: str) -> None:
        """Count a wrong token."""
        who = client_of(address)
        # A digest: what is wrong here may be right elsewhere.
        if self._limiter.hit(
            _ONCE, who, sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
        ):
            self._limiter.hit(_TRIES, who)
            if self.tally:
                self.tally.add(who)

    def is_used_up(self, address: str) -> bool:
        """Return whether an address must wait."""
        who = client_of(address)
        elsewhere = self.tally.elsewhere(who) if self.tally else 0
        return self._windows.get(_TRIES.key_for(who)) + elsewhere >= TRIES_PER_MINUTE
