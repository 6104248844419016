"""Sources for the tests, run in the server: what they yield is written to its stdin.

A line is JSON: `{"values": [1, null]}`, with `"time_ms"` for a time of its own, or
`{"failure": "why"}`, which raises.
"""

import itertools
import json

from chartserver.ticks import Tick


def told():
    """Yield a tick for each line, as it comes."""
    # Unbuffered: the end of the process must not wait for the lock of a buffer, and a generator
    # that failed leaves the lines after to the next.
    with open(0, "rb", buffering=0, closefd=False) as lines:
        for line in lines:
            message = json.loads(line)
            if "failure" in message:
                raise RuntimeError(message["failure"])
            yield Tick(message.get("time_ms"), message["values"])


def growing():
    """Yield ticks of one series, and after two seconds of a second one, too."""
    for n in itertools.count():
        yield {"early": n, "late": -n} if n >= 20 else {"early": n}


def nothing():
    """Yield nothing: a source that ends at once."""
    yield from ()
