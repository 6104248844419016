"""Which pages may connect: those of the server itself, and of the origins that are listed."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from chartserver.refusals import Refusals

DEFAULT_PORTS = {"http": 80, "https": 443}
# What browsers say of where a request comes from: a page of this very origin, or a person.
OWN_SITES = ("same-origin", "none")

_ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:(?P<port>[0-9]{1,5}))?",
    re.ASCII | re.IGNORECASE,
)


class Origin(NamedTuple):
    """Scheme, host and port, spelt in one way only."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Origin | None":
        """Return the origin that `text` is, None when it is none (such as `null`, or two)."""
        found = _ORIGIN.fullmatch(text)
        if not found:
            return None
        scheme = found["scheme"].lower()
        return cls(scheme, found["host"].lower(), int(found["port"] or DEFAULT_PORTS[scheme]))


class Origins:
    """One rule for Socket.IO, over polling and WebSocket, for `/publish`, and for forms.

    A request without `Origin` is a program's, which could say what it likes: it is let in. One of
    a page is let in when the page is ours, by the address that the request itself was sent to, or
    when its origin is listed; `*` lists all. `null`, the origin of pages that have none, and
    several at once are never ours.
    """

    def __init__(self, listed: Sequence[str], refusals: Refusals) -> None:
        self._lets_all_in = "*" in listed
        self._listed = set(filter(None, map(Origin.parse, listed)))
        self._refusals = refusals

    def allows(self, environ: Mapping[str, Any]) -> bool:
        """Return whether the page that sent a request may; count it when it may not."""
        said = environ.get("HTTP_ORIGIN")
        if said is None or self._lets_all_in or self._is_own(said, environ):
            return True
        if Origin.parse(said) in self._listed:
            return True
        self._refusals.note(
            "bad_origin",
            f"see --origins, --proxies: page of {said}, not {own_origin(environ)}",
            environ.get("REMOTE_ADDR", ""),
        )
        return False

    def allows_origin(self, _origin: str, environ: Mapping[str, Any]) -> bool:
        """Return the same, called as Engine.IO calls it."""
        return self.allows(environ)

    def allows_own(self, environ: Mapping[str, Any]) -> bool:
        """Return whether a request is of a page of ours, or of a program."""
        said = environ.get("HTTP_ORIGIN")
        if said is None:
            # Some requests that browsers make for a page have no other sign of it.
            return environ.get("HTTP_SEC_FETCH_SITE", "none") in OWN_SITES
        return self._is_own(said, environ)

    def _is_own(self, said: str, environ: Mapping[str, Any]) -> bool:
        origin = Origin.parse(said)
        return origin is not None and origin == Origin.parse(own_origin(environ))


def own_origin(environ: Mapping[str, Any]) -> str:
    """Return the origin that a request was sent to, as its sender sees it."""
    return f"{environ.get('wsgi.url_scheme', 'http')}://{environ.get('HTTP_HOST', '')}"
