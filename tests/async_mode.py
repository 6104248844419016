"""The async mode that the tests were asked for, and nothing else of the environment."""

import os

# The ordinary emit may send a tick before the backfill that has it, too.
SENDS_IN_ORDER = os.environ.get("CHARTSERVER_ASYNC_MODE", "eventlet") == "eventlet"


def only_mode(environ):
    """Return what of the environment is meant for the tests."""
    name = "CHARTSERVER_ASYNC_MODE"
    return {name: environ[name]} if name in environ else {}
