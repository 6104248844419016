"""The leases that this process wants: tried for, renewed while held, and given back.

Knows what is answered about a lease, and not what it gives the right to.
"""

import logging
import random
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chartserver.errors import StoreFault
from chartserver.shared import lease
from chartserver.shared.lease import Ask, Command, Tenure

# Renewed so many times within the time to live; a try for it that is not told when it ends waits
# as long.
RENEWALS = 3
# Of the time to live, over which those who want a lease spread their tries after its end.
SPREAD = 0.1
# In which all who heard that a lease was given back try to get it.
HEARD_SPREAD_S = 0.05
LONGEST_NAP_S = 1.0
# How often is looked whether others, who are to have a lease, are still there.
LOOK_S = 0.25
# A lease that is given back waits so long for what was done under it to be through.
REST_LIMIT_S = 1.0
REST_NAP_S = 0.02

log = logging.getLogger(__name__)


class Tenant(Protocol):
    """Does what a lease gives the right to. Called in the thread of the leases; must not block."""

    def leaves(self, name: str) -> bool:
        """Return whether others are to have this lease: it is not tried for, or given back."""

    def begin(self, name: str, tenure: Tenure) -> None:
        """Begin: the lease was got."""

    def stop(self, name: str) -> None:
        """Do no more: the lease is to be given back."""

    def is_through(self, name: str) -> bool:
        """Return whether all that was done under a lease, before `stop`, is done with."""

    def leave(self, name: str) -> None:
        """Have it be over: the lease was given back, or is lost, then without a `stop`."""


@dataclass(slots=True)
class Claim:
    """What is known of a lease that is wanted.

    Attributes:
        tenure: while it is held.
        due_s: when it is to be renewed, or tried for.
        until_s: until when it is held at least, as far as is known.
        rest_until_s: when it is given back at the latest; None while it is to be kept.
    """

    due_s: float
    tenure: Tenure | None = None
    until_s: float = 0.0
    rest_until_s: float | None = None


class Leases:
    """Tries for the leases of charts, renews those that are held; by a thread of its own.

    Attributes:
        got: leases that were got, since the start.
        lost: those that were lost, and not given back.
    """

    def __init__(
        self,
        ask: Ask,
        tenant: Tenant,
        ttl_s: float,
        *,
        tell_given_back: Callable[[str], object] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.got = self.lost = 0
        self._ask_redis = ask
        self._tenant = tenant
        self._ttl_s = ttl_s
        self._ttl_ms = max(1, round(ttl_s * 1000))
        self._tell_given_back = tell_given_back
        self._clock = clock
        self._chance = chance
        self._lock = threading.Lock()
        self._claims: dict[str, Claim] = {}
        self._wake = threading.Event()
        self._is_ending = False
        self._is_over = threading.Event()
        self._has_complained = False
        self._thread = threading.Thread(target=self._run, name="leases", daemon=True)

    @property
    def held(self) -> Mapping[str, Tenure]:
        """The leases that are held, as far as is known."""
        with self._lock:
            claims = dict(self._claims)
        return {name: one.tenure for name, one in claims.items() if one.tenure is not None}

    def want(self, name: str) -> None:
        """Try for the lease of a chart from now on."""
        with self._lock:
            self._claims.setdefault(name, Claim(self._clock()))
        self._wake.set()

    def hear(self, name: str) -> None:
        """Take note that another process has given a lease back."""
        with self._lock:
            claim = self._claims.get(name)
            if claim is None or claim.tenure is not None:
                return
            claim.due_s = self._clock() + self._chance() * HEARD_SPREAD_S
        self._wake.set()

    def look_again(self) -> None:
        """Look soon at whether others are to have what is held."""
        self._wake.set()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def end(self) -> None:
        """Try for nothing any more and give all back; returns at once."""
        self._is_ending = True
        self._wake.set()

    @property
    def is_over(self) -> bool:
        """Whether all was given back after `end`, or could not be; or nothing was ever begun."""
        return self._is_over.is_set() or self._thread.ident is None

    def _run(self) -> None:
        while not self._is_ending or self.held:
            self._wake.clear()
            try:
                nap_s = self.step()
            except Exception:  # a lease that nobody renews any more must not look as if held
                log.exception("leases: a step failed, the next goes on")
                nap_s = LONGEST_NAP_S
            if not self._is_ending or self.held:
                self._wake.wait(nap_s)
        self._is_over.set()

    def step(self) -> float:
        """Do all that is due; return in how many seconds to come again at the latest."""
        with self._lock:
            claims = dict(self._claims)
        self._begin_to_leave(claims)
        try:
            self._give_back(claims)
            self._renew(claims)
            self._try_for(claims)
        except StoreFault as fault:
            self._complain(fault)
            now_s = self._clock()
            for claim in claims.values():
                claim.due_s = max(claim.due_s, now_s + self._jittered(self._ttl_s / RENEWALS / 2))
            if self._is_ending:
                for claim in claims.values():
                    claim.tenure = None  # it ends by itself
        self._notice_losses(claims)
        return self._nap_s(claims)

    def _begin_to_leave(self, claims: Mapping[str, Claim]) -> None:
        for name, claim in claims.items():
            if claim.tenure is None or claim.rest_until_s is not None:
                continue
            if self._is_ending or self._tenant.leaves(name):
                claim.rest_until_s = self._clock() + REST_LIMIT_S
                self._tenant.stop(name)

    def _give_back(self, claims: Mapping[str, Claim]) -> None:
        now_s = self._clock()
        leaving = [
            (name, claim, claim.tenure)
            for name, claim in claims.items()
            if claim.tenure is not None
            and claim.rest_until_s is not None
            and (claim.rest_until_s <= now_s or self._tenant.is_through(name))
        ]
        if not leaving:
            return
        self._ask(*(lease.give_back(name, tenure.token) for name, _, tenure in leaving))
        for name, claim, _ in leaving:
            claim.tenure = claim.rest_until_s = None
            # Those to whom it is left are to be first.
            claim.due_s = self._clock() + self._jittered(LONGEST_NAP_S)
            self._tenant.leave(name)
            self._tell_given_back(name)

    def _renew(self, claims: Mapping[str, Claim]) -> None:
        now_s = self._clock()
        due = [
            (claim, claim.tenure)
            for claim in claims.values()
            if claim.tenure is not None and claim.due_s <= now_s
        ]
        if not due:
            return
        names = {id(claim): name for name, claim in claims.items()}
        answers = self._ask(
            *(lease.renew(names[id(claim)], held.token, self._ttl_ms) for claim, held in due)
        )
        for (claim, _), answer in zip(due, answers, strict=True):
            if answer == 1:
                claim.until_s = now_s + self._ttl_s
                claim.due_s = now_s + self._ttl_s / RENEWALS
            else:
                claim.until_s = now_s
                # Where nobody has it Redis has lost its data, or we were away: it is free.
                claim.due_s = now_s if answer == 0 else now_s + self._jittered(self._ttl_s)
        self._notice_losses(claims)

    def _try_for(self, claims: Mapping[str, Claim]) -> None:
        now_s = self._clock()
        if self._is_ending:
            return
        due = [
            (name, claim, secrets.token_hex(8))
            for name, claim in claims.items()
            if claim.tenure is None and claim.due_s <= now_s
        ]
        left = [one for one in due if self._tenant.leaves(one[0])]
        for _, claim, _ in left:
            claim.due_s = now_s + self._jittered(LOOK_S)
        due = [one for one in due if one not in left]
        if not due:
            return
        answers = self._ask(*(lease.get(name, token, self._ttl_ms) for name, _, token in due))
        for (name, claim, token), answer in zip(due, answers, strict=True):
            if answer[0] == 1:
                claim.tenure = Tenure(token, str(answer[1]), int(answer[2]))
                claim.until_s = now_s + self._ttl_s
                claim.due_s = now_s + self._ttl_s / RENEWALS
                self.got += 1
                self._tenant.begin(name, claim.tenure)
            else:
                left_s = max(0, answer[1]) / 1000
                claim.due_s = (
                    now_s + min(left_s, self._ttl_s) + self._chance() * SPREAD * self._ttl_s
                )

    def _notice_losses(self, claims: Mapping[str, Claim]) -> None:
        now_s = self._clock()
        for name, claim in claims.items():
            if claim.tenure is not None and claim.until_s <= now_s:
                claim.tenure = claim.rest_until_s = None
                self.lost += 1
                log.warning("chart %s: the lease of its source is lost; it stops here", name)
                self._tenant.leave(name)

    def _nap_s(self, claims: Mapping[str, Claim]) -> float:
        if any(claim.rest_until_s is not None for claim in claims.values()):
            return REST_NAP_S
        now_s = self._clock()
        ends = [
            min(claim.due_s, claim.until_s) if claim.tenure else claim.due_s
            for claim in claims.values()
        ]
        return max(0.0, min([now_s + LONGEST_NAP_S, *ends]) - now_s)

    def _ask(self, *commands: Command) -> Sequence[Any]:
        answers = self._ask_redis(*commands)
        self._has_complained = False
        return answers

    def _jittered(self, seconds: float) -> float:
        return seconds * (0.75 + self._chance() / 2)

    def _complain(self, fault: StoreFault) -> None:
        if not self._has_complained:
            self._has_complained = True
            log.warning("leases cannot be renewed: %s; it is tried again", fault)
