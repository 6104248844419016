"""`chartserver ticker`: runs the sources of charts that other processes serve."""

import logging
import os
import time
from typing import Any

import click

from chartserver.commands.options import CHECKED_BY_US, settings_and_charts, settings_options
from chartserver.config import where_given
from chartserver.operation import process
from chartserver.operation.logs import say, start_logging
from chartserver.server import STOP_POLL_S
from chartserver.settings import secrets_of
from chartserver.sources_server import SourcesServer

NOTHING = (
    "nothing to do without --redis-url (REDIS_URL): the processes that serve run the sources"
    " themselves; waiting to be stopped"
)
EXAMPLES = """\b
Examples:
  chartserver ticker --redis-url redis://127.0.0.1:6379/0 --chart fx=walk
  REDIS_URL=redis://127.0.0.1:6379/0 honcho start -c web=2,ticker=1
"""

log = logging.getLogger(__name__)


@click.command(epilog=EXAMPLES, context_settings=CHECKED_BY_US)
@settings_options
@click.pass_context
def ticker(context: click.Context, /, **options: Any) -> None:
    """Run the sources of charts that other processes serve, and serve nobody.

    Takes the options and variables of `serve`, with the charts of those processes, and the Redis
    that they have together. Where a port is given, `/healthz`, `/readyz` and `/metrics` answer
    there. While it is gone the other processes run the sources.
    """
    settings, charts = settings_and_charts(context, options)
    start_logging(settings.log_format, settings.log_level, secrets_of(settings))
    if not settings.redis_url:
        wait_to_be_stopped()
        return
    is_listening = "port" in where_given(options, os.environ)
    server = SourcesServer(settings, is_listening=is_listening)
    for plan in charts:
        server.open(plan)
        if plan.note:
            log.info("%s", plan.note)
    server.run_sources()


def wait_to_be_stopped() -> None:
    """Do nothing until SIGTERM or SIGINT: where processes are started by a list, all must stay.

    In naps: a signal that comes just before a wait begins, or to another thread, does not end it.
    """
    asked: list[bool] = []
    with process.stop_signals(lambda: asked.append(True)):
        say(NOTHING)
        while not asked:
            time.sleep(STOP_POLL_S)
