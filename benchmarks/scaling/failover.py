"""How long a chart has no holder when its holder dies: the leases' own code, on a clock of ours.

No Redis, no threads, no waiting: what Redis would answer is computed, and each process's next step
is due when its last one said.
"""

import heapq
import random
from collections.abc import Sequence
from typing import Any

from chartserver.shared.lease import GET, GIVE_BACK, RENEW, Tenure
from chartserver.shared.leases import Leases

CHART = "fx"


class Redis:
    """The one key that matters, by the clock of the simulation."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.token = ""
        self.until_s = 0.0

    def ask(self, *commands: Sequence[str | int]) -> Sequence[Any]:
        """Answer as the scripts of the leases would."""
        return [self._answer(str(text), [str(one) for one in rest]) for _, text, *rest in commands]

    def _answer(self, text: str, rest: Sequence[str]) -> Any:
        if self.now_s >= self.until_s:
            self.token = ""
        # A count, two keys, the token and perhaps a time.
        token, ttl_s = rest[3], float(rest[4]) / 1000 if len(rest) > 4 else 0.0
        if text == GET:
            if self.token:
                return [0, round((self.until_s - self.now_s) * 1000)]
            self.token, self.until_s = token, self.now_s + ttl_s
            return [1, "9f2c41aa", "0"]
        if self.token != token:
            return 0
        if text == RENEW:
            self.until_s = self.now_s + ttl_s
        elif text == GIVE_BACK:
            self.token = ""
        return 1


class Tenant:
    """Notes whether it holds the lease."""

    def __init__(self) -> None:
        self.holds = False

    def leaves(self, _name: str) -> bool:
        """Return that nothing is left to others."""
        return False

    def begin(self, _name: str, _tenure: Tenure) -> None:
        """Hold it."""
        self.holds = True

    def end(self, _name: str, *, is_lost: bool) -> None:
        """Hold it no more."""
        self.holds = False

    def is_through(self, _name: str) -> bool:
        """Return that nothing is left to do."""
        return True


class Fleet:
    """Processes that want the same lease."""

    def __init__(self, n: int, ttl_s: float, seed: int) -> None:
        self._chance = random.Random(seed)
        self._redis = Redis()
        self._tenants: list[Tenant] = []
        self._leases: list[Leases] = []
        self._due: list[tuple[float, int]] = []
        self._ttl_s = ttl_s
        for _ in range(n):
            self._add(self._chance.uniform(0.0, ttl_s))

    def takeovers_s(self, times: int) -> list[float]:
        """Kill the holder so often; return how long it took until another one held the lease."""
        took = []
        for _ in range(times):
            self._run_until(self._redis.now_s + 3 * self._ttl_s)
            self._run_until(self._redis.now_s + self._chance.uniform(0.0, self._ttl_s))
            killed_s = self._redis.now_s
            holder = next(place for place, one in enumerate(self._tenants) if one.holds)
            self._tenants[holder].holds = False
            self._due = [one for one in self._due if one[1] != holder]
            heapq.heapify(self._due)
            while not any(one.holds for one in self._tenants):
                self._step()
            took.append(self._redis.now_s - killed_s)
            self._add(self._redis.now_s)
        return took

    def _add(self, began_s: float) -> None:
        tenant = Tenant()
        leases = Leases(
            self._redis.ask,
            tenant,
            self._ttl_s,
            clock=lambda: self._redis.now_s,
            chance=self._chance.random,
        )
        leases.want(CHART)
        heapq.heappush(self._due, (began_s, len(self._leases)))
        self._leases.append(leases)
        self._tenants.append(tenant)

    def _run_until(self, end_s: float) -> None:
        while self._due[0][0] <= end_s:
            self._step()
        self._redis.now_s = end_s

    def _step(self) -> None:
        due_s, place = heapq.heappop(self._due)
        self._redis.now_s = max(self._redis.now_s, due_s)
        nap_s = self._leases[place].step()
        heapq.heappush(self._due, (self._redis.now_s + max(nap_s, 0.001), place))
