"""Attackers, all at once: each goes from one attack to the next until the time is over."""

import random
import threading
import time

from attacks import ATTACKS

ATTACKERS = 8
# However slow the machine is, each makes so many attacks.
ATTACKS_MIN = 20


class Attacker(threading.Thread):
    """Attacks as its `chance` has it, from `source`; `fault` is what it saw that must not be."""

    def __init__(self, url, seed, until_s, source):
        super().__init__(daemon=True)
        self.fault = None
        self.attacks = 0
        self._url = url
        self._chance = random.Random(seed)
        self._until_s = until_s
        self._source = source

    def run(self):
        while self.fault is None and (
            time.monotonic() < self._until_s or self.attacks < ATTACKS_MIN
        ):
            attack = self._chance.choice(ATTACKS)
            try:
                attack(self._url, self._chance, self._source)
            except OSError:  # refused, or cut off
                time.sleep(0.005)
            except Exception as fault:  # told by the thread that made this one
                self.fault = f"{attack.__name__}: {fault!r}"
            self.attacks += 1


def attack_at_once(url, seconds, *sources):
    """Let a mob attack from these addresses, for so long at least.

    Fails when one of them saw what must not be.
    """
    until_s = time.monotonic() + seconds
    mob = [Attacker(url, seed, until_s, sources[seed % len(sources)]) for seed in range(ATTACKERS)]
    for attacker in mob:
        attacker.start()
    for attacker in mob:
        attacker.join()
    assert not [attacker.fault for attacker in mob if attacker.fault]
