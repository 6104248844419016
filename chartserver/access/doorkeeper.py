"""Who asks, from where, with what: decides on requests by the rules of `access`, counts guesses."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chartserver.access.credentials import credentials_of
from chartserver.access.origins import Origin, Origins, own_origin
from chartserver.access.rules import ALL_CHARTS, Access, Credentials, Permit
from chartserver.access.wrong_tries import WINDOW_S, WrongTries
from chartserver.entrance.proxies import is_loopback, is_own_machine
from chartserver.errors import AccessDenied
from chartserver.refusals import Refusals
from chartserver.settings import Settings

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
# Of a proxy on this machine, which speaks for others; further headers the gate has taken away.
VIA = "HTTP_VIA"


class Doorkeeper:
    """Lets requests in.

    `host` is where the server listens. Nobody is local where that is not loopback, and nobody where
    the server `has_proxies`: what they hand on comes from this machine, too.

    Attributes:
        tries: wrong tokens, counted.
    """

    def __init__(
        self, access: Access, origins: Origins, refusals: Refusals, host: str, has_proxies: bool
    ) -> None:
        self.access = access
        self.host = host
        self._has_proxies = has_proxies
        self._origins = origins
        self._refusals = refusals
        self.tries = WrongTries()

    def permit(self, environ: dict[str, Any], auth: object = None) -> Permit:
        """Return what the sender of a request, or of a Socket.IO connect with `auth`, may see.

        Raises:
            AccessDenied: nothing, or too many wrong tokens came from its address.
        """
        if self.access.is_open:
            return ALL_CHARTS
        return self.permit_of(environ, credentials_of(environ, auth))

    def permit_of(self, environ: dict[str, Any], shown: Credentials) -> Permit:
        """Return what `shown`, sent with a request, lets see; raise AccessDenied when nothing."""
        counted = self._counted(environ, shown)
        try:
            return self.access.permit(counted)
        except AccessDenied:
            if counted is not shown:
                raise _too_many_tries() from None
            raise

    def check_push(self, environ: dict[str, Any]) -> None:
        """Raise AccessDenied when the sender of a request may not push.

        A token counts only in a header, and a page only of an origin that may connect: browsers
        send cookies unasked, and some requests for any page.
        """
        if not self._origins.allows(environ):
            raise AccessDenied("forbidden", "pages of your origin may not push; see --origins")
        unset = "" if self.access.has_push_tokens else "push"
        self._check({**environ, "HTTP_COOKIE": ""}, self.access.may_push, "push", unset)

    def may_write(self, environ: dict[str, Any], auth: object = None) -> bool:
        """Return whether who asks for a page, or connects with `auth`, may write.

        Here the cookie counts, too: a connect of a page of others has been refused before.
        """
        if not self._origins.allows(environ):
            return False
        counted = self._counted(environ, credentials_of(environ, auth))
        return self.access.may_push(counted, self.is_local(environ))

    def check_metrics(self, environ: dict[str, Any]) -> None:
        """Raise AccessDenied when the sender of a request may not read the metrics."""
        unset = "" if self.access.has_metrics_tokens else "metrics"
        self._check(environ, self.access.may_read_metrics, "read the metrics", unset)

    def is_local(self, environ: dict[str, Any]) -> bool:
        """Return whether a request is of a program on this machine, for a server in development.

        Not of a proxy that hands on what others ask, nor of a page of others, nor of one that has
        made its own name mean this machine (DNS rebinding).
        """
        asked = Origin.parse(own_origin(environ))
        return (
            is_loopback(self.host)
            and not self._has_proxies
            and is_own_machine(environ)
            and VIA not in environ
            and asked is not None
            and asked.host in LOOPBACK_NAMES
            and self._origins.allows_own(environ)
        )

    def _check(
        self,
        environ: dict[str, Any],
        may: Callable[[Credentials, bool], bool],
        what: str,
        unset: str,
    ) -> None:
        """Raise AccessDenied unless one `may`; `unset` names tokens of which there are none."""
        shown = credentials_of(environ)
        counted = self._counted(environ, shown)
        if may(counted, self.is_local(environ)):
            return
        if counted is not shown:
            raise _too_many_tries()
        if unset:
            code = "forbidden" if shown.tokens else "unauthorized"
            raise AccessDenied(
                code,
                f"this server has no {unset} tokens, so only its own machine may {what};"
                f" expected --{unset}-tokens, or CHARTSERVER_{unset.upper()}_TOKENS, to be set",
            )
        if shown.tokens:
            raise AccessDenied("forbidden", f"the token may not {what}; expected one that may")
        raise AccessDenied("unauthorized", f"got no token; expected one that may {what}")

    def _counted(self, environ: dict[str, Any], shown: Credentials) -> Credentials:
        """Return the credentials to go by; no tokens from where too many wrong ones came."""
        if not shown.tokens:
            return shown
        address = environ.get("REMOTE_ADDR", "")
        if self.tries.is_used_up(address):
            self._refusals.note("token_tries", "one more token after too many wrong ones", address)
            return replace(shown, tokens=())
        for token in self.access.wrong_tokens(shown):
            self._refusals.note("bad_token", "a token that is none of ours", address)
            self.tries.add(address, token)
        return shown


def _too_many_tries() -> AccessDenied:
    return AccessDenied(
        "too_many_tries",
        f"got too many wrong tokens from your address; try again in {WINDOW_S} seconds",
    )


def make_doorkeeper(settings: Settings, origins: Origins, refusals: Refusals) -> Doorkeeper:
    """Return the doorkeeper that keeps to `settings`."""
    access = Access(
        view_tokens=settings.view_tokens,
        link_keys=settings.link_keys,
        push_tokens=settings.push_tokens,
        metrics_tokens=settings.metrics_tokens,
    )
    return Doorkeeper(
        access, origins, refusals, host=settings.host, has_proxies=bool(settings.proxies)
    )
