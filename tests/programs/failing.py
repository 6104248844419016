"""Sources that fail those who run them."""

import time


def failing():
    """Raise, each time anew."""
    raise OSError("no route to host")


def blocked():
    """Yield one tick, then wait for what never comes: it does not notice that it is to end."""
    yield 1.0
    time.sleep(3_600)
    yield 2.0
