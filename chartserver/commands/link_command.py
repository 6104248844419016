"""`chartserver link`: signs a link to one chart, for who may see that and no other."""

import os
import time
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from urllib.parse import urlsplit

import click

from chartserver.access.links import Links, check_linked_chart, parse_duration_s
from chartserver.clients.address import split_url
from chartserver.config import load
from chartserver.entrance.proxies import is_loopback
from chartserver.errors import ConfigError
from chartserver.operation.findings_access import weak_secrets
from chartserver.settings import Settings, option_of, variable_of

KEYS = next(one for one in fields(Settings) if one.name == "link_keys")

EXAMPLES = """\b
Examples:
  export CHARTSERVER_LINK_KEYS=...                       as the server has it
  chartserver link fx --expires 24h --url https://charts.example.org
  chartserver link fx --expires 30d --embed --url charts.example.org    for a frame on another page
"""


@click.command(epilog=EXAMPLES)
@click.argument("chart")
@click.option(
    "--expires", required=True, metavar="DURATION", help="how long it is good: 30m, 24h or 7d"
)
@click.option(
    "--url",
    metavar="URL",
    help="where viewers reach the server, https unless it says otherwise; can be left out while"
    " the server listens for this machine alone",
)
@click.option("--embed", "is_embedded", is_flag=True, help="the chart alone, for a frame")
@click.option(
    option_of(KEYS),
    KEYS.name,
    multiple=True,
    metavar=KEYS.metadata["metavar"],
    help=f"the server's keys, of which the first signs  [{variable_of(KEYS)}]",
)
def link(
    chart: str, expires: str, url: str | None, is_embedded: bool, link_keys: Sequence[str]
) -> None:
    """Print a link to CHART for who has no token.

    The link opens that chart and no other, until it expires; nothing is kept of it, so that it
    can be taken back only with the key that has signed it.
    """
    settings = load({KEYS.name: link_keys}, os.environ)
    if not settings.link_keys:
        raise ConfigError(
            f"got no key to sign with; expected the server's in {variable_of(KEYS)}, such as one"
            " that this prints: python3 -c 'import secrets; print(secrets.token_urlsafe())'"
        )
    for line in weak_secrets(Settings(link_keys=settings.link_keys)):
        click.echo(f"chartserver: {line}", err=True)
    expires_s = int(time.time()) + parse_duration_s(expires)
    text = Links(settings.link_keys).sign(check_linked_chart(chart), expires_s)
    path = f"{chart}/embed" if is_embedded else chart
    server = _server(url, settings)
    print(f"{server}/{path}?link={text}")
    until = datetime.fromtimestamp(expires_s, UTC).strftime("%Y-%m-%d %H:%M UTC")
    where = "" if url else ", on this machine only; for others give --url https://..."
    click.echo(f"chartserver: opens {chart} until {until}{where}", err=True)


def _server(url: str | None, settings: Settings) -> str:
    """Return the address of the server, without a slash at its end."""
    if url is None:
        url = _own_url(settings)
    elif "://" not in url:
        # A link is a secret: it travels as plain text only where somebody wants that.
        host = urlsplit(split_url(url).url).hostname or ""
        url = f"{'http' if is_loopback(host) else 'https'}://{url.strip()}"
    address = split_url(url)
    if address.chart or address.link:
        raise ConfigError(
            f"--url is {url!r}; expected that of the server alone, such as {address.url}"
        )
    return address.url


def _own_url(settings: Settings) -> str:
    if not is_loopback(settings.host):
        raise ConfigError(
            f"got no --url, and the server listens on {settings.host}, which tells nobody where to"
            " reach it; expected the address that viewers use, such as"
            " --url https://charts.example.org"
        )
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"
