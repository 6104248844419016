"""The keys of pushes that a chart has seen, so that one that is repeated is not taken twice."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from chartserver.batch import KeptKey
from chartserver.errors import KeyReused
from chartserver.receipt import Receipt

KEYS_MAX = 10_000
KEPT_S = 86_400.0


# Between the name of a push and what it is of, where it has both.
OF = "/"


class Seen(NamedTuple):
    """A push that was taken, when, and what was in it."""

    at_s: float
    receipt: Receipt
    content: str


class Begun(NamedTuple):
    """A push of `n` ticks of which the first were kept before a server ended."""

    n_kept: int
    n: int


def key_of(name: str, content: str) -> str:
    """Return the key of a push that somebody has named, and that holds `content`; of digests."""
    return f"{name}{OF}{content}"


class PushKeys:
    """The latest keys and their receipts: at most `most`, none for longer than `kept_s`.

    Has no lock: its chart has one.
    """

    def __init__(
        self, clock: Callable[[], float], most: int = KEYS_MAX, kept_s: float = KEPT_S
    ) -> None:
        self._clock = clock
        self._most = most
        self._kept_s = kept_s
        self._seen: OrderedDict[str, Seen] = OrderedDict()
        self._begun: dict[str, Begun] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def find(self, key: str) -> Receipt | None:
        """Return the receipt of the push that had this key; raise KeyReused when it was another."""
        self._forget()
        name, _, content = key.partition(OF)
        seen = self._seen.get(name)
        if seen is None:
            return None
        # A store of earlier has kept names alone.
        if seen.content and content and seen.content != content:
            raise reused()
        return seen.receipt

    def add(self, key: str, receipt: Receipt) -> None:
        """Keep the receipt of a push that is taken."""
        name, _, content = key.partition(OF)
        self._begun.pop(name, None)
        self._seen[name] = Seen(self._clock(), receipt, content)
        self._forget()

    def forget(self, key: str) -> None:
        """Know a key no more: its push was not kept, and may come again."""
        self._seen.pop(key.partition(OF)[0], None)

    def restore(self, keys: Iterable[KeptKey], epoch: str) -> None:
        """Keep what a server before this one has kept, the oldest first."""
        for key in keys:
            if key.n_kept < key.n:
                self._begun[key.digest.partition(OF)[0]] = Begun(key.n_kept, key.n)
                continue
            receipt = Receipt(key.n)
            receipt.complete(epoch, key.offset)
            self.add(key.digest, receipt)

    def n_kept(self, key: str, n: int) -> int:
        """Return how many of the `n` ticks of a push were kept before a server ended in its midst.

        Who pushes may have given those that are left another time since.
        """
        begun = self._begun.get(key.partition(OF)[0])
        if begun is None:
            return 0
        if begun.n != n:
            raise reused()
        return begun.n_kept

    def _forget(self) -> None:
        oldest_s = self._clock() - self._kept_s
        while self._seen:
            name, seen = next(iter(self._seen.items()))
            if len(self._seen) <= self._most and seen.at_s >= oldest_s:
                return
            del self._seen[name]


def reused() -> KeyReused:
    """Return what is told of a key that has come with another body."""
    return KeyReused(
        "the Idempotency-Key has come with another body; expected one of its own for each"
    )
