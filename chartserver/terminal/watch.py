"""`chartserver watch`: a viewer in the terminal, drawn or as a line of JSON per tick."""

import json
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

import click

from chartserver.clients.client import Client
from chartserver.clients.viewer import SeenTick
from chartserver.errors import AccessDenied, ChartServerError
from chartserver.settings import TOKEN_VARIABLE
from chartserver.terminal.text import printable
from chartserver.ticks import Position

REDRAW_S = 0.25
# Without anything new the picture is drawn again for what it says of time.
REDRAW_IDLE_S = 1.0
WAKE_S = 0.5
STALE_INTERVALS = 3
STALE_AT_LEAST_S = 2.0
POINTS_DRAWN = 100_000

WAYS_IN = f"give a token as --token or {TOKEN_VARIABLE}, or watch the link, whole and in quotes"
# Of a source, what is told to who waits for ticks.
QUIET = {"ended": "has ended", "failed": "has failed", "stalled": "is late"}

EXAMPLES = """\b
Examples:
  chartserver watch http://127.0.0.1:8000              the server's first chart
  chartserver watch 127.0.0.1:8000/fx --window-s 300   the last five minutes of fx
  chartserver watch 127.0.0.1:8000 --chart fx --json | jq .values.EURUSD
  chartserver watch 127.0.0.1:8000/fx --history --ticks 100 > ticks.ndjson
  chartserver watch 127.0.0.1:8000/fx --json --since 9f2c41aa:812 >> ticks.ndjson
  chartserver watch 'https://charts.example.org/fx?link=...'   a signed link, in quotes
"""


@click.command(epilog=EXAMPLES)
@click.argument("url")
@click.option("--chart", metavar="NAME", help="the chart, unless the URL names it")
@click.option(
    "--json",
    "is_json",
    is_flag=True,
    help="print a line of JSON for each tick; so it is too when the output is no terminal",
)
@click.option(
    "--history", "has_history", is_flag=True, help="print the ticks of the history first (JSON)"
)
@click.option(
    "--since",
    metavar="EPOCH:OFFSET",
    help="print first what came after that tick, as an earlier watch has printed it (JSON)",
)
@click.option("--ticks", "ticks_max", type=click.IntRange(1), metavar="N", help="end after N ticks")
@click.option(
    "--window-s",
    type=click.FloatRange(0, min_open=True),
    metavar="S",
    help="seconds of ticks to draw; default: as many ticks as fit",
)
@click.option(
    "--token",
    metavar="TOKEN",
    envvar=TOKEN_VARIABLE,
    help=f"for servers that want one; others see an option, not a variable  [{TOKEN_VARIABLE}]",
)
def watch(
    url: str,
    chart: str | None,
    is_json: bool,
    has_history: bool,
    since: str | None,
    ticks_max: int | None,
    window_s: float | None,
    token: str | None,
) -> None:
    """Watch the chart at URL, live, in the terminal; q or Ctrl-C ends it.

    URL is that of a server, of one of its charts, or a signed link. Lost connections are made
    again, and what was missed is fetched: each tick is seen once. What is not a tick is told on
    stderr.
    """
    try:
        if is_json or not sys.stdout.isatty():
            client = Client(url, chart, token=token, since=since, history=has_history)
            print_ticks(client, ticks_max)
        else:
            client = Client(url, chart, token=token, points=POINTS_DRAWN, history=True)
            draw(client, ticks_max, window_s)
    except AccessDenied as error:
        raise ChartServerError(f"{error}; {WAYS_IN}") from None


def print_ticks(client: Client, ticks_max: int | None) -> None:
    """Print a line of JSON for each tick, until `ticks_max` or until nobody reads."""
    printed = 0
    with client:
        teller = Teller(client)
        while ticks_max is None or printed < ticks_max:
            ticks = client.poll(WAKE_S)
            teller.tell()
            for tick in ticks[: None if ticks_max is None else ticks_max - printed]:
                try:
                    print(line_of(tick), flush=True)
                except BrokenPipeError:
                    # The reader has what it wants. Python flushes once more at its end.
                    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                    return
                printed += 1


def draw(client: Client, ticks_max: int | None, window_s: float | None) -> None:
    """Draw the chart as it moves, until `ticks_max` or `q`."""
    # Here, because a terminal and what draws in it are not to be had everywhere.
    from chartserver.terminal.plot import TerminalPlot
    from chartserver.terminal.screen import Screen

    plot = TerminalPlot(window_s and window_s * 1000)
    with client, Screen() as screen:
        plot.add(client.poll(0.0))
        arrived_s, drawn_s, drawn = time.monotonic(), float("-inf"), None
        seen = 0
        while "q" not in screen.typed() and (ticks_max is None or seen < ticks_max):
            now_s = time.monotonic()
            shows = (screen.size(), client.position, client.link, str(client.description))
            wait_s = REDRAW_S if shows != drawn else REDRAW_IDLE_S
            if now_s >= drawn_s + wait_s:
                status = status_of(client, now_s - arrived_s)
                screen.show(plot.lines(client.description, status, *screen.size()))
                drawn_s, drawn = now_s, shows
            ticks = client.poll(REDRAW_S)
            if ticks:
                arrived_s = time.monotonic()
                seen += len(ticks)
                plot.add(ticks)


class Teller:
    """Tells on stderr what happens to the link and to the history, each thing once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._link = client.link
        self._position = client.position
        self._missed = client.counts.missed
        self._status = ""

    def tell(self) -> None:
        """Tell what has changed since the last call."""
        client, before, now = self._client, self._position, self._client.position
        if client.link != self._link:
            self._link = client.link
            if client.link == "down":
                say(f"{client.link_reason}; connecting again to {client.url}")
            else:
                say(f"connected again to {client.url}")
        if before is not None and now is not None and now.epoch != before.epoch:
            say(f"a new epoch, {now.epoch}: the history of {before.epoch} ended at {before.offset}")
        if client.counts.missed != self._missed:
            lost = client.counts.missed - self._missed
            self._missed = client.counts.missed
            say(f"{lost} ticks are lost: the server keeps them no longer, or has reduced them")
        self._position = now
        self._tell_source()

    def _tell_source(self) -> None:
        status = str(self._client.description.get("status", ""))
        if status == self._status:
            return
        self._status = status
        if status in QUIET:
            reason = str(self._client.description.get("reason") or "")
            why = f" ({reason})" if reason else ""
            say(f"the chart's source {QUIET[status]}{why}; waiting for more ticks, Ctrl-C ends")


def line_of(tick: SeenTick) -> str:
    """Return a tick as a line of JSON."""
    content = {
        "chart": tick.chart,
        "epoch": tick.epoch,
        "offset": tick.offset,
        "time_ms": tick.time_ms,
        "values": tick.values,
    }
    return json.dumps(content, separators=(",", ":"), allow_nan=False)


def status_of(client: Client, silent_s: float) -> str:
    """Return the line that says how the chart is."""
    description, position = client.description, client.position or Position("", 0)
    state = state_of(client.link, client.link_reason, description, silent_s)
    viewers = description.get("viewers", 0)
    return "  ".join(
        [
            state,
            f"| {viewers} viewer{'' if viewers == 1 else 's'}",
            f"| at {position}",
            f"| {description.get('title') or description.get('name', '')}",
        ]
    )


def state_of(link: str, link_reason: str, description: Mapping[str, Any], silent_s: float) -> str:
    """Return live, reconnecting, stale, ended, failed, waiting or stopping, and why."""
    status, reason = str(description.get("status", "live")), str(description.get("reason") or "")
    interval_ms = description.get("interval_ms")
    if link != "up":
        status, reason = "reconnecting", link_reason
    elif status == "stalled":
        status = "stale"
    elif status == "live" and isinstance(interval_ms, int | float):
        is_stale = silent_s > max(STALE_AT_LEAST_S, STALE_INTERVALS * interval_ms / 1000)
        status, reason = ("stale", f"no tick for {silent_s:.0f} s") if is_stale else (status, "")
    return f"{status} ({reason})" if reason else status


def say(text: str) -> None:
    """Tell the person, not the program that reads."""
    print(f"chartserver: {printable(text)}", file=sys.stderr, flush=True)
