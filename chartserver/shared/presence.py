"""Who is there: each process says so once a second, and hears of all others in the answer.

By Redis' clock, so that no other need be right. Knows neither charts nor viewers: what a process
says of itself is given, what the others say is handed on.
"""

import contextlib
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chartserver.errors import StoreFault
from chartserver.shared.lease import TTL_MOST_MS, Ask

KEY = "chartserver:present"
INTERVAL_S = 1.0
# What is said must hold for several times until it is said again.
TIMES = 3
VERSION = 1

# Replaces what one says, and returns what all others say whose time is not over.
SAY = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f ', now + ARGV[2]) .. ARGV[3])
end
local said = redis.call('HGETALL', KEYS[1])
local others = {}
for i = 1, #said, 2 do
  local ends, text = string.match(said[i + 1], '^(%d+) (.*)$')
  -- What would hold for too long was said before the clock was set back.
  if not ends or tonumber(ends) < now or tonumber(ends) > now + ARGV[4] then
    redis.call('HDEL', KEYS[1], said[i])
  elseif said[i] ~= ARGV[1] then
    others[#others + 1] = said[i]
    others[#others + 1] = text
  end
end
return others
"""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Process:
    """What another process says of itself.

    Attributes:
        id: a new one with each start.
        role: `web`, or `ticker`.
        runs: the charts whose sources it would run.
        viewers: by chart, where there are any.
        presenters: who shows something there, as `presented` tells it.
        followers: by the id of who presents: how many follow there.
    """

    id: str
    role: str = "web"
    runs: Sequence[str] = ()
    viewers: Mapping[str, int] = field(default_factory=dict)
    presenters: Sequence[Mapping[str, Any]] = ()
    followers: Mapping[str, int] = field(default_factory=dict)


class Presence:
    """Says that this process is there, in a thread of its own.

    `describe` returns what it says of itself; `on_heard` is called with all others, in the thread,
    after each time.

    Attributes:
        id: of this process.
        others: those that were there the last time.
        is_known: whether others have been heard of at all.
    """

    def __init__(
        self,
        ask: Ask,
        describe: Callable[[str], Process],
        on_heard: Callable[[Sequence[Process]], object],
        *,
        ttl_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.id = secrets.token_hex(8)
        self.others: Sequence[Process] = ()
        self.is_known = False
        self.interval_s = min(INTERVAL_S, ttl_s / TIMES)
        self._ask = ask
        self._describe = describe
        self._on_heard = on_heard
        self._ttl_s = ttl_s
        self._clock = clock
        self._heard_s = clock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def end(self) -> None:
        """Have it said that this process is no more; returns at once."""
        self._end.set()

    @property
    def is_over(self) -> bool:
        """Whether all is said; also when nothing ever was."""
        return not self._thread.is_alive()

    def say(self) -> None:
        """Say what is so now, and hear of the others."""
        said = self._describe(self.id)
        content = {
            "v": VERSION,
            "role": said.role,
            "runs": list(said.runs),
            "viewers": said.viewers,
            "presenters": list(said.presenters),
            "followers": said.followers,
        }
        try:
            self.others = self._tell(json.dumps(content, separators=(",", ":")))
            self._heard_s = self._clock()
            self.is_known = True
        except StoreFault:
            # Leases and the log tell of it. Who is not heard of is not counted for ever.
            if self._clock() - self._heard_s > self._ttl_s:
                self.others = ()
        self._on_heard(self.others)

    def _run(self) -> None:
        while not self._end.is_set():
            try:
                self.say()
            except Exception:
                log.exception("presence: saying it failed, the next time goes on")
            self._end.wait(self.interval_s)
        # What cannot be said any more ends by itself.
        with contextlib.suppress(StoreFault):
            self._tell("")

    def _tell(self, text: str) -> Sequence[Process]:
        ttl_ms = max(1, round(self._ttl_s * 1000))
        [answer] = self._ask(("EVAL", SAY, 1, KEY, self.id, ttl_ms, text, TTL_MOST_MS))
        return [
            process
            for name, raw in zip(answer[::2], answer[1::2], strict=True)
            if (process := _process(name, raw)) is not None
        ]


def _process(name: str, raw: str) -> Process | None:
    """Return what a process says; None when it speaks otherwise, as a newer one may."""
    try:
        said = json.loads(raw)
        return Process(
            name,
            str(said.get("role", "web")),
            tuple(str(one) for one in said.get("runs", ())),
            {str(chart): int(n) for chart, n in said.get("viewers", {}).items()},
            tuple(one for one in said.get("presenters", ()) if isinstance(one, dict)),
            {str(one): int(n) for one, n in said.get("followers", {}).items()},
        )
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
