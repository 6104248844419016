"""Addresses as people give them to clients: of a server, of one of its charts, of a signed link."""

import re
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from chartserver.errors import ConfigError
from chartserver.ticks import CHART_NAME


class Address(NamedTuple):
    """A server's address, and what of it an address names: a chart, and a signed link to it."""

    url: str
    chart: str | None
    link: str | None


def split_url(url: str) -> Address:
    """Return what an address names; None for what it does not.

    Raises:
        ConfigError: it is no address of a server or of a chart.
    """
    text = url.strip() if "://" in url else f"http://{url.strip()}"
    try:
        parts = urlsplit(text)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        link = query.pop("link", [""])[-1]
    except ValueError:  # a port that is no number, an address with half a bracket, a query of none
        raise _bad_url(url) from None
    if not is_good or re.search(r"\s", text) or query or parts.fragment:
        raise _bad_url(url)
    path = parts.path.strip("/").removesuffix("/embed")
    if path and not CHART_NAME.fullmatch(path):
        raise ConfigError(
            f"URL is {url!r}, whose path is no chart's name; expected one of a-z, 0-9, '_' and '-',"
            f" such as {parts.scheme}://{parts.netloc}/fx"
        )
    return Address(f"{parts.scheme}://{parts.netloc}", path or None, link or None)


def _bad_url(url: str) -> ConfigError:
    return ConfigError(
        f"URL is {url!r}; expected a server or one of its charts,"
        " such as http://127.0.0.1:8000 or http://127.0.0.1:8000/fx"
    )
