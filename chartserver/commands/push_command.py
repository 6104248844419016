"""`chartserver push`: numbers from a pipe or a file to a chart of a server, none lost."""

import os
import signal
import sys
import threading
import time
from types import FrameType

import click

from chartserver.clients.address import split_url
from chartserver.clients.backlog import Backlog
from chartserver.clients.endpoint import Endpoint
from chartserver.clients.feed import Feed
from chartserver.clients.pusher import Pusher
from chartserver.commands.push_progress import PushProgress
from chartserver.errors import ChartServerError, ConfigError
from chartserver.settings import PUSH_TOKEN_VARIABLE
from chartserver.ticks import Series

UNCONFIRMED_STATUS = 1
INTERRUPTED_STATUS = 130
# Between a signal and the end.
FLUSH_S = 3.0
LOOK_S = 0.25
KEEP_TICKS = 100_000
BATCH_TICKS = 5_000

EXAMPLES = """\b
Examples:
  vmstat -n 1 | chartserver push http://127.0.0.1:8000/host
  chartserver push https://charts.example.org/fx rates.csv
  sensors.py | chartserver push 127.0.0.1:8000/lab --series inside,outside
  tail -F app.ndjson | chartserver push 127.0.0.1:8000/app --skip-bad --quiet
"""


@click.command(epilog=EXAMPLES)
@click.argument("url")
@click.argument("file", default="-", metavar="[FILE]")
@click.option(
    "--series",
    "series",
    default="",
    metavar="A,B",
    help="the columns to take, or names for numbers that have none",
)
@click.option("--skip-bad", is_flag=True, help="go on after a line that makes no sense; count it")
@click.option(
    "--batch-ticks",
    type=click.IntRange(1),
    default=BATCH_TICKS,
    show_default=True,
    metavar="N",
    help="ticks that travel together at most",
)
@click.option(
    "--keep-ticks",
    type=click.IntRange(1),
    default=KEEP_TICKS,
    show_default=True,
    metavar="N",
    help="ticks to keep while they are not confirmed; with so many the input waits",
)
@click.option(
    "--timeout-s",
    type=click.FloatRange(0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="S",
    help="seconds for which the server may be silent before the same is sent again",
)
@click.option(
    "--token",
    metavar="TOKEN",
    envvar=PUSH_TOKEN_VARIABLE,
    help="for servers that want one; others on this machine see an option, not a variable"
    f"  [{PUSH_TOKEN_VARIABLE}]",
)
@click.option("--quiet", is_flag=True, help="say nothing but what ends it")
def push(
    url: str,
    file: str,
    series: str,
    skip_bad: bool,
    batch_ticks: int,
    keep_ticks: int,
    timeout_s: float,
    token: str | None,
    quiet: bool,
) -> None:
    """Push the numbers in FILE, or of standard input, to the chart at URL.

    The lines are read as `chartserver serve --chart -` reads them: numbers between blanks or
    commas, with a header or without, name=value, or JSON. A line without a time gets that of its
    reading. What the server has not confirmed is kept and sent again, for as long as it takes;
    it is taken once and in order, whatever happens to the connection or the server.

    Exit status: 0 all is confirmed; 1 it was ended (SIGTERM) before that; 2 the server refuses,
    or a line makes no sense; 130 on Ctrl-C, which waits a moment for what is on its way.
    """
    address = split_url(url)
    if address.chart is None or address.link:
        raise ConfigError(
            f"URL is {url!r}; expected that of a chart, without a link,"
            f" such as {address.url}/{address.chart or 'fx'}"
        )
    names = [Series(name.strip()).name for name in series.split(",") if name.strip()]
    endpoint = Endpoint(address.url, address.chart, token, timeout_s)
    backlog = Backlog(keep_ticks)
    feed = Feed(_open(file), backlog, series=names, skip_bad=skip_bad)
    pusher = Pusher(backlog, endpoint.post, batch_ticks=batch_ticks, skip_bad=skip_bad)
    progress = PushProgress(feed, pusher, endpoint.chart_url, is_quiet=quiet)
    ended_by = _run(feed, pusher, progress)
    progress.end()
    _leave(backlog, feed, pusher, ended_by)


class Ending:
    """The first signal that asks for the end; a second ends at once."""

    def __init__(self) -> None:
        self.signal = 0
        self.at_s = 0.0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    @property
    def is_over(self) -> bool:
        """Whether the moment that is left after the signal has passed."""
        return bool(self.signal) and time.monotonic() > self.at_s + FLUSH_S

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.signal:
            self.at_s = float("-inf")
        else:
            self.signal, self.at_s = number, time.monotonic()


def _run(feed: Feed, pusher: Pusher, progress: PushProgress) -> int:
    """Read and send until all is done, or a moment after a signal, which is returned."""
    ending = Ending()
    sender = threading.Thread(target=pusher.run, name="chartserver push", daemon=True)
    reader = threading.Thread(target=feed.run, name="chartserver feed", daemon=True)
    sender.start()
    reader.start()
    is_flushing = False
    while sender.is_alive() and not ending.is_over:
        sender.join(LOOK_S)
        progress.show()
        if ending.signal and not is_flushing:
            is_flushing = True
            feed.stop()
            pusher.hurry()
    pusher.stop()
    feed.stop()
    return ending.signal


def _leave(backlog: Backlog, feed: Feed, pusher: Pusher, ended_by: int) -> None:
    """End the process with the status that tells what became of the ticks."""
    fault = pusher.fault or feed.fault
    left = len(backlog)
    if left:
        why = f": {pusher.trouble}" if pusher.trouble else ""
        print(
            f"chartserver: {pusher.confirmed} ticks are confirmed, {left} are not,"
            f" the first of those in line {backlog.first_line}{why}",
            file=sys.stderr,
        )
    if fault:
        raise fault if isinstance(fault, ChartServerError) else ConfigError(f"input: {fault}")
    if ended_by == signal.SIGINT:
        sys.exit(INTERRUPTED_STATUS)
    if left:
        sys.exit(UNCONFIRMED_STATUS)


def _open(file: str) -> int:
    """Return the descriptor of a file, or that of standard input for `-`."""
    if file == "-":
        if sys.stdin is None:
            raise ConfigError(
                "standard input is closed; expected a pipe or a file, such as"
                " 'vmstat -n 1 | chartserver push http://127.0.0.1:8000/host'"
            )
        if sys.stdin.isatty():
            print("chartserver: reading what is typed; Ctrl-D ends it", file=sys.stderr)
        return sys.stdin.fileno()
    try:
        return os.open(file, os.O_RDONLY)
    except OSError as error:
        raise ConfigError(f"file is {file!r}: {error.strerror}; expected one to read") from None
