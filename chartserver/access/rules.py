"""Who may do what: what somebody shows, held against the tokens and keys of the settings.

Knows no requests: `credentials` reads what they show, `doorkeeper` counts who guesses.
"""

import hmac
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from chartserver.access.links import Links
from chartserver.errors import AccessDenied


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody shows: texts that may be tokens, and texts that may be signed links.

    A text that may be either is in both. Never to be logged.
    """

    tokens: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<{len(self.tokens)} tokens, {len(self.links)} links>"


@dataclass(frozen=True, slots=True)
class Permit:
    """What a viewer may see: `chart`, until `expires_s` (Unix time); `ALL_CHARTS` is for all."""

    chart: str | None
    expires_s: float

    @property
    def sees_all(self) -> bool:
        """Whether every chart may be seen."""
        return self is ALL_CHARTS

    def sees(self, name: str) -> bool:
        """Return whether the chart of that name may be seen."""
        return self.sees_all or name == self.chart

    def check(self, name: object) -> None:
        """Raise AccessDenied when the chart of that name may not be seen."""
        if not (isinstance(name, str) and self.sees(name)):
            raise AccessDenied(
                "forbidden", "the link is for another chart; expected a link or a token for this"
            )


ALL_CHARTS = Permit(None, math.inf)


class Access:
    """The rules.

    Args:
        view_tokens: see all charts.
        link_keys: sign links, the newest first; a link sees one chart.
        push_tokens: push; without any, only this machine may.
        metrics_tokens: read the metrics; without any, only this machine may.
        clock: Unix time, in seconds.
    """

    def __init__(
        self,
        *,
        view_tokens: Sequence[str] = (),
        link_keys: Sequence[str] = (),
        push_tokens: Sequence[str] = (),
        metrics_tokens: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.links = Links(link_keys, clock)
        self.is_open = not view_tokens and not link_keys
        self.takes_tokens = bool(view_tokens)
        self.has_push_tokens = bool(push_tokens)
        self.has_metrics_tokens = bool(metrics_tokens)
        self._view = [_bytes(token) for token in view_tokens]
        self._push = [_bytes(token) for token in push_tokens]
        self._metrics = [_bytes(token) for token in metrics_tokens]

    def permit(self, credentials: Credentials) -> Permit:
        """Return what may be seen: the most of what any of the credentials opens.

        Raises:
            AccessDenied: nothing may be.
        """
        if self.is_open or _holds(credentials.tokens, self._view):
            return ALL_CHARTS
        expired: AccessDenied | None = None
        for text in credentials.links:
            try:
                link = self.links.read(text)
            except AccessDenied as error:
                expired = error if error.code == "expired" else expired
            else:
                return Permit(link.chart, link.expires_s)
        raise expired or self._unauthorized(credentials)

    def may_view(self, credentials: Credentials, chart_name: str) -> bool:
        """Return whether the chart of that name may be seen."""
        try:
            return self.permit(credentials).sees(chart_name)
        except AccessDenied:
            return False

    def may_push(self, credentials: Credentials, is_local: bool) -> bool:
        """Return whether ticks and notes may be given. `is_local`: see `doorkeeper.is_local`."""
        return _holds(credentials.tokens, self._push) if self._push else is_local

    def may_read_metrics(self, credentials: Credentials, is_local: bool) -> bool:
        """Return whether the metrics may be read."""
        return _holds(credentials.tokens, self._metrics) if self._metrics else is_local

    def wrong_tokens(self, credentials: Credentials) -> list[str]:
        """Return the texts that were shown as tokens and open nothing at all: guesses."""
        known = [*self._view, *self._push, *self._metrics]
        return [
            token
            for token in credentials.tokens
            if not _holds([token], known) and not self.links.is_signed(token)
        ]

    def _unauthorized(self, credentials: Credentials) -> AccessDenied:
        if credentials.tokens or credentials.links:
            text = (
                "got a token or a link that this server has not given out;"
                " expected one as it was given out, whole"
            )
        else:
            wanted = "a token, or a signed link" if self.takes_tokens else "a signed link"
            text = f"got no credentials; expected {wanted}"
        return AccessDenied("unauthorized", text)


def _holds(given: Iterable[str], known: Sequence[bytes]) -> bool:
    """Return whether one of `given` is `known`.

    Each is compared with each to the end: the time that it takes says nothing of which.
    """
    found = [hmac.compare_digest(_bytes(one), each) for one in given for each in known]
    return any(found)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
