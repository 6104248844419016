"""Lets Python sleep under libfaketime.

From Python 3.11 on `time.sleep` waits for a moment of the monotonic clock, which libfaketime 0.9.10
takes for one of the wall's clock, that it moves: the sleep fails, or lasts for an hour.
"""

import select
import time


def sleep(seconds):
    """Sleep, by a time-out."""
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


time.sleep = sleep
