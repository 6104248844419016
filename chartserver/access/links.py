"""Signed links: texts that name a chart and end, and that nobody without a key can make.

Who has the link may view; nothing is kept of it here, so it cannot be taken back but by its key.
"""

import hashlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from itsdangerous import BadData, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from chartserver.errors import AccessDenied, ConfigError
from chartserver.ticks import CHART_NAME, short

SALT = "chartserver.clients.link"
LINK_BYTES_MAX = 512
DAYS_MAX = 366
DAY_S = 86_400
UNIT_S = {"m": 60, "h": 3_600, "d": DAY_S}

_TEXT = re.compile(r"[\w-]+\.[\w-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Link:
    """What a signed link says: whoever has it may view `chart` until `expires_s` (Unix time)."""

    chart: str
    expires_s: int


class Links:
    """Makes and reads signed links.

    Args:
        keys: the newest first, which signs; those of links by all of them are read. Without keys
            no link is good.
        clock: Unix time, in seconds.
    """

    def __init__(self, keys: Sequence[str], clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._serializer = URLSafeSerializer(
            # Where this has its newest key at the end, settings have it at the front.
            list(reversed(keys)),
            salt=SALT,
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )
        self._has_keys = bool(keys)

    def sign(self, chart: str, expires_s: float) -> str:
        """Return a link to `chart` that is good until `expires_s`."""
        return str(self._serializer.dumps([chart, int(expires_s)]))

    def read(self, text: str) -> Link:
        """Return what a link says.

        Raises:
            AccessDenied: it was not made here, or has expired.
        """
        link = self._signed(text)
        if link is None:
            raise AccessDenied(
                "unauthorized",
                "got no link of this server; expected one as it was given out, whole",
            )
        if self._clock() >= link.expires_s:
            ended = datetime.fromtimestamp(link.expires_s, UTC).strftime("%Y-%m-%d %H:%M UTC")
            raise AccessDenied(
                "expired", f"the link has expired, on {ended}; ask who gave it to you for a new one"
            )
        return link

    def is_signed(self, text: str) -> bool:
        """Return whether a text is a link of ours, expired or not."""
        return self._signed(text) is not None

    def _signed(self, text: str) -> Link | None:
        if not self._has_keys or len(text) > LINK_BYTES_MAX or not _TEXT.fullmatch(text):
            return None
        # Base64 has several spellings of the same bytes, of which only one is ours.
        signature = text.rpartition(".")[2]
        try:
            if base64_encode(base64_decode(signature)).decode() != signature:
                return None
            chart, expires_s = self._serializer.loads(text)
        except (BadData, ValueError, TypeError):
            return None
        is_link = isinstance(chart, str) and type(expires_s) is int
        return Link(chart, expires_s) if is_link else None


def parse_duration_s(raw: str) -> int:
    """Return the seconds of a text such as `24h`, or raise ConfigError."""
    found = re.fullmatch(r"([0-9]{1,6})([mhd])", raw.strip())
    seconds = int(found[1]) * UNIT_S[found[2]] if found else 0
    if not 0 < seconds <= DAYS_MAX * DAY_S:
        raise ConfigError(
            f"--expires is {short(raw)}; expected minutes, hours or days, at most {DAYS_MAX}d,"
            " such as 30m, 24h or 7d"
        )
    return seconds


def check_linked_chart(name: str) -> str:
    """Return `name`, or raise ConfigError when no chart can be called so."""
    if not CHART_NAME.fullmatch(name):
        raise ConfigError(
            f"chart is {short(name)}; expected the name of a chart, such as fx: 1 to 64 of a-z,"
            " 0-9, '_' and '-'"
        )
    return name
