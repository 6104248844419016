"""Where a request carries its credentials.

A token comes in a header, in the cookie of who has signed in, or in what a Socket.IO client sends
with its connect; never in an address, which browsers, proxies and logs keep. A signed link is an
address: it comes as `?link=` or in the place of a token.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from werkzeug.http import parse_cookie

from chartserver.access.rules import Credentials

COOKIE = "chartserver_token"
LINK = "link"
# `Token`, as clients of InfluxDB say.
SCHEMES = ("bearer", "token")


def credentials_of(environ: Mapping[str, Any], auth: object = None) -> Credentials:
    """Return the credentials of a request, and of a Socket.IO connect's `auth` when there is one.

    That of `auth` comes first; the request is that of the handshake.
    """
    either = [*_of_auth(auth), *_of_header(environ.get("HTTP_AUTHORIZATION", ""))]
    cookies = parse_cookie(environ.get("HTTP_COOKIE", "")).getlist(COOKIE)[:1]
    links = parse_qs(environ.get("QUERY_STRING", "")).get(LINK, [])[:1]
    return Credentials(tuple(filter(None, [*either, *cookies])), (*either, *links))


def _of_auth(auth: object) -> list[str]:
    token = auth.get("token") if isinstance(auth, Mapping) else None
    return [token] if isinstance(token, str) and token else []


def _of_header(header: str) -> list[str]:
    scheme, _, text = header.strip().partition(" ")
    return [text.strip()] if scheme.lower() in SCHEMES and text.strip() else []
