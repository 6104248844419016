"""Who a client is: its address, scheme and host, told by proxies that are trusted, or by nobody.

Whoever may say so makes itself any address it likes: forwarding headers are believed only when the
TCP connection comes from a trusted proxy, and taken out of the request in any case.
"""

import ipaddress
import re
from collections.abc import Iterable
from typing import Any

OWN_ADDRESSES = ("127.0.0.1", "::1")
# In a WSGI environment: a proxy that nobody trusts has passed this request on.
IS_FORWARDED = "chartserver.is_forwarded"
SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
USUAL_PORTS = {"http": "80", "https": "443"}
# The proxies of a chain that are looked at.
HOPS_MAX = 32
HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
PORT = re.compile(r"[1-9][0-9]{0,4}")
# IPv6 addresses are given out by networks of this size: one client has all that are in it.
IPV6_CLIENT_BITS = 64


class Proxies:
    """The proxies that are trusted, by their networks."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ipaddress.ip_network(network) for network in networks]

    def trusts(self, address: str) -> bool:
        """Return whether a plain address is that of a trusted proxy."""
        if not self._networks:
            return False
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._networks)

    def is_free(self, address: str) -> bool:
        """Return whether an address has no limits of its own: this machine, or a trusted proxy."""
        return address in OWN_ADDRESSES or self.trusts(address)

    def apply(self, environ: dict[str, Any]) -> bool:
        """Make a WSGI environment tell of the client; return whether a trusted proxy sent it.

        REMOTE_ADDR, the scheme, HTTP_HOST and SERVER_PORT become the client's, and all forwarding
        headers go.
        """
        peer = plain(environ.get("REMOTE_ADDR", "")) or environ.get("REMOTE_ADDR", "")
        environ["REMOTE_ADDR"] = peer
        told = _take_forwarding_headers(environ)
        if not self.trusts(peer):
            environ[IS_FORWARDED] = bool(told)
            return False
        environ[IS_FORWARDED] = False
        environ["REMOTE_ADDR"] = self._client(peer, told.get("HTTP_X_FORWARDED_FOR", ""))
        _tell_of_host(environ, told)
        return True

    def _client(self, peer: str, forwarded_for: str) -> str:
        """Return the last address that no trusted proxy has: each appends whom it was asked by."""
        address = peer
        for hop in reversed(forwarded_for.rsplit(",", HOPS_MAX)[-HOPS_MAX:]):
            found = plain(hop)
            if found is None or not self.trusts(address):
                break
            address = found
        return address


def plain(text: str) -> str | None:
    """Return an address without brackets, port, zone and the IPv6 around an IPv4; None if none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


def client_of(address: str) -> str:
    """Return what a limit counts a plain address as: its network, of an IPv6 address."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((address, IPV6_CLIENT_BITS), strict=False))
    except ValueError:
        return address


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine's own; a name that is not known to be is not."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_own_machine(environ: dict[str, Any]) -> bool:
    """Return whether a request was made on this machine: by nobody who is behind a proxy on it."""
    return environ.get("REMOTE_ADDR") in OWN_ADDRESSES and not environ.get(IS_FORWARDED)


def _take_forwarding_headers(environ: dict[str, Any]) -> dict[str, str]:
    names = [
        name
        for name in environ
        if name.startswith("HTTP_X_FORWARDED") or name in ("HTTP_FORWARDED", "HTTP_X_REAL_IP")
    ]
    return {name: environ.pop(name) for name in names}


def _tell_of_host(environ: dict[str, Any], told: dict[str, str]) -> None:
    """Take scheme, host and port from the nearest proxy; what makes no sense is not taken."""

    def last(name: str) -> str:
        return told.get(f"HTTP_X_FORWARDED_{name}", "").rpartition(",")[2].strip()

    scheme = SCHEMES.get(last("PROTO").lower(), environ.get("wsgi.url_scheme", "http"))
    environ["wsgi.url_scheme"] = scheme
    if HOST.fullmatch(last("HOST")):
        environ["HTTP_HOST"] = last("HOST")
    port = last("PORT")
    if PORT.fullmatch(port) and int(port) < 65_536:
        environ["SERVER_PORT"] = port
        host = environ.get("HTTP_HOST", "")
        # A host that came with its port is what the client has asked for.
        if host and not re.search(r":[0-9]+\Z", host) and port != USUAL_PORTS[scheme]:
            environ["HTTP_HOST"] = f"{host}:{port}"
