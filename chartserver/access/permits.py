"""What each viewer that has connected may see, and those whose links have come to their end."""

import logging
import time
from collections.abc import Callable

from chartserver.access.rules import Permit
from chartserver.errors import AccessDenied

CHECK_EVERY_S = 1.0

log = logging.getLogger(__name__)


class Permits:
    """The permits of viewers, by their session.

    A viewer with a link is ended within a second of the link's end: `run` looks through them, and
    through nobody else's.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._held: dict[str, Permit] = {}
        self._linked: dict[str, float] = {}

    def of(self, sid: str) -> Permit:
        """Return the permit of a viewer; raise AccessDenied when it has left, or was ended."""
        try:
            return self._held[sid]
        except KeyError:
            raise AccessDenied("unauthorized", "the viewer has left; expected a new one") from None

    def give(self, sid: str, permit: Permit) -> None:
        """Note the permit of a viewer that is let in."""
        self._held[sid] = permit
        if not permit.sees_all:
            self._linked[sid] = permit.expires_s

    def take_back(self, sid: str) -> None:
        """Forget a viewer that has left."""
        self._held.pop(sid, None)
        self._linked.pop(sid, None)

    def expired(self) -> list[str]:
        """Return the viewers whose links have come to their end, each once."""
        now_s = self._clock()
        ended = [sid for sid, expires_s in self._linked.copy().items() if now_s >= expires_s]
        for sid in ended:
            self._linked.pop(sid, None)
        return ended

    def run(self, sleep: Callable[[float], object], end: Callable[[str], object]) -> None:
        """Call `end` with each viewer whose link has come to its end, for ever."""
        while True:
            sleep(CHECK_EVERY_S)
            for sid in self.expired():
                try:
                    end(sid)
                except Exception:
                    log.exception("a viewer whose link has expired was not ended")
