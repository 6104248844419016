"""The keys of pushes that a chart has seen, so that one that is repeated is not taken twice."""

from collections import OrderedDict
from collections.abc import Callable, Iterable

from chartserver.batch import KeptKey
from chartserver.receipt import Receipt

KEYS_MAX = 10_000
KEPT_S = 86_400.0


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
        self._seen: OrderedDict[str, tuple[float, Receipt]] = OrderedDict()
        self._begun: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def find(self, digest: str) -> Receipt | None:
        """Return the receipt of the push that had this key."""
        self._forget()
        seen = self._seen.get(digest)
        return seen[1] if seen else None

    def add(self, digest: str, receipt: Receipt) -> None:
        """Keep the receipt of a push that is taken."""
        self._begun.pop(digest, None)
        self._seen[digest] = self._clock(), receipt
        self._forget()

    def restore(self, keys: Iterable[KeptKey], epoch: str) -> None:
        """Keep what a server before this one has kept, the oldest first."""
        for key in keys:
            if key.n_kept < key.n:
                self._begun[key.digest] = key.n_kept
                continue
            receipt = Receipt(key.n)
            receipt.complete(epoch, key.offset)
            self.add(key.digest, receipt)

    def n_kept(self, digest: str) -> int:
        """Return how many ticks of a push were kept before a server ended in the midst of it."""
        return self._begun.get(digest, 0)

    def _forget(self) -> None:
        oldest_s = self._clock() - self._kept_s
        while self._seen:
            digest, (seen_s, _) = next(iter(self._seen.items()))
            if len(self._seen) <= self._most and seen_s >= oldest_s:
                return
            del self._seen[digest]
