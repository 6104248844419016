"""A lease: of the processes that could run the source of a chart, one has the right to.

A lease is a key in Redis that ends by itself, by Redis' clock; its value, the token, is another for
each time that it is got. So there are never two holders, and whatever is written under a token that
is not there any more can be refused. Knows neither charts nor sources.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

# How often is looked whether a chart is known that was not.
UNKNOWN_MS = 100
# No lease holds for longer, and no log is closed for longer.
TTL_MOST_MS = 60_000

# Where Redis has lost a chart nobody gets its lease before it is known again where that ends: those
# who hold more of it than others may add that for a while. What would last longer than anything
# does is from before the clock was set back.
GET = """
local meta = redis.call('HMGET', KEYS[2], 'epoch', 'offset', 'closed_until')
if not meta[1] then
  return {0, tonumber(ARGV[3])}
end
local time = redis.call('TIME')
local closed_ms = tonumber(meta[3] or 0) - (time[1] * 1000 + math.floor(time[2] / 1000))
if closed_ms > 0 and closed_ms <= tonumber(ARGV[4]) then
  return {0, math.ceil(closed_ms)}
end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return {1, meta[1], meta[2] or '0'}
end
local left_ms = redis.call('PTTL', KEYS[1])
if left_ms > tonumber(ARGV[4]) then
  left_ms = tonumber(ARGV[4])
  redis.call('PEXPIRE', KEYS[1], left_ms)
end
return {0, left_ms}
"""
# 0: nobody has it.
RENEW = """
local token = redis.call('GET', KEYS[1])
if token == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return token and -1 or 0
"""
GIVE_BACK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
"""

Command = Sequence[str | int]


class Ask(Protocol):
    """Sends commands to Redis together, and returns what it answers, texts as `str`.

    Blocks, for a time that is bounded; raises StoreFault when an answer cannot be had.
    """

    def __call__(self, *commands: Command) -> Sequence[Any]: ...


class Tenure(NamedTuple):
    """A lease that was got: its token, and where the history of its chart ended then."""

    token: str
    epoch: str
    offset: int


def get(name: str, token: str, ttl_ms: int) -> Command:
    """Return the command that gets a lease, if nobody has it.

    Answered is 1, with epoch and offset of the chart; or 0, with the ms until it may be free.
    """
    return _script(GET, name, token, ttl_ms, UNKNOWN_MS, TTL_MOST_MS)


def renew(name: str, token: str, ttl_ms: int) -> Command:
    """Return the command that renews a lease; answered is 1, 0 if nobody has it, else -1."""
    return _script(RENEW, name, token, ttl_ms)


def give_back(name: str, token: str) -> Command:
    """Return the command that ends a lease, if it is still held."""
    return _script(GIVE_BACK, name, token)


def _script(text: str, name: str, *arguments: str | int) -> Command:
    # All that is of one chart lies in one slot of a cluster.
    of_chart = f"chartserver:{{{name}}}"
    return ("EVAL", text, 2, f"{of_chart}:lease", f"{of_chart}:meta", *arguments)
