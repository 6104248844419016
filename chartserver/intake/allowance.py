"""What one viewer may send: how large, how often, and which events; and what it may ask for."""

from collections.abc import Collection, Sized

from chartserver.entrance.proxies import Proxies
from chartserver.errors import BadMessage
from chartserver.intake import packets
from chartserver.intake.bucket import Bucket
from chartserver.intake.budgets import Budgets
from chartserver.refusals import Refusals
from chartserver.settings import Settings

TOO_LARGE = 1009
# That may be sent at once: a subscribe, and a PONG or another subscribe.
MESSAGES_PER_CHART = 2


class Allowance:
    """What each viewer of a server may send; `events` are the names of those it may.

    A page with all `charts` on it subscribes to all of them at once, and may.

    Attributes:
        refusals: where that is noted which is not allowed.
        budgets: what answers may cost.
        exact_ticks: so many are sent exactly to who is behind.
    """

    def __init__(
        self,
        settings: Settings,
        events: Collection[str],
        refusals: Refusals,
        charts: Sized = (),
    ) -> None:
        self.refusals = refusals
        self.budgets = Budgets(refusals, Proxies(settings.proxies).is_free)
        self.exact_ticks = settings.exact_ticks
        self._charts = charts
        self._events = frozenset(events)
        self._message_bytes = settings.message_bytes
        self._messages_per_s = settings.messages_per_s
        self._message_burst = settings.message_burst

    def bucket(self) -> Bucket:
        """Return what one viewer's messages are counted by."""
        burst = max(self._message_burst, MESSAGES_PER_CHART * len(self._charts))
        return Bucket(self._messages_per_s, burst)

    def packet(self, message: str | bytes) -> packets.Packet:
        """Return the packet that `message` is, or raise BadMessage: a viewer may send no such."""
        return packets.parse(message, self._events)

    def check_rate(self, bucket: Bucket) -> None:
        """Count one message; raise BadMessage when it is one too many."""
        if not bucket.take():
            raise BadMessage(
                "too_fast",
                packets.NOT_ALLOWED,
                f"got too many messages; expected at most {self._messages_per_s:g} a second, after"
                " a burst of them at once, as --messages-per-s and --message-burst say",
            )

    def check_size(self, n_bytes: int) -> None:
        """Raise BadMessage when a message, or what is posted, has so many bytes."""
        if n_bytes > self._message_bytes:
            raise BadMessage(
                "too_large",
                TOO_LARGE,
                f"got a message of {n_bytes} bytes; expected at most {self._message_bytes}",
            )
