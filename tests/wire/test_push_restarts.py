"""`chartserver push`, and who watches, while the server is killed: each tick once and in order."""

import itertools
import random
import subprocess
import threading
import time

import pytest
from processes import free_port

from chartserver.clients.client import Client

KILLS = 3
# A machine that starts a server in half a minute has all try for the fifth time meanwhile: the
# pause behind that is up to 45 s.
LIMIT_S = 90.0
TICKS_BETWEEN = 60
BEAT_S = 0.003


class Feed:
    """Numbers from 0 on, one after the other, into a pipe, until `end`."""

    def __init__(self, pipe):
        self.count = 0
        self._pipe = pipe
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self):
        self._end.set()
        self._thread.join(LIMIT_S)

    def _run(self):
        for number in itertools.count():
            self._pipe.write(f"{number}\n")
            self._pipe.flush()
            self.count = number + 1
            if self._end.wait(BEAT_S):
                break
        self._pipe.close()


def take_until(client, seen, is_enough):
    deadline_s = time.monotonic() + LIMIT_S
    while not is_enough():
        seen += client.poll(0.1)
        assert time.monotonic() < deadline_s, f"{len(seen)} ticks seen; {client.link_reason}"


@pytest.mark.timeout((KILLS + 2) * LIMIT_S)
def test_what_is_pushed_over_crashes_is_seen_once_and_in_order(serve, run, tmp_path):
    options = ["--chart=lab=push?series=n", f"--store=sqlite:///{tmp_path}/kept.db"]
    options += ["--port", str(free_port())]
    server = serve(*options)
    push = run("push", f"{server.url}/lab", stdin=subprocess.PIPE)
    feed = Feed(push.popen.stdin)
    seen = []

    with Client(f"{server.url}/lab", history=True) as client:
        for _ in range(KILLS):
            enough = len(seen) + TICKS_BETWEEN
            take_until(client, seen, lambda enough=enough: len(seen) >= enough)
            time.sleep(random.random() / 10)
            server.kill()
            server = serve(*options)
        feed.end()
        status = push.wait(LIMIT_S)
        take_until(client, seen, lambda: len(seen) >= feed.count)

    assert status == 0, push.told()
    assert [tick.values["n"] for tick in seen] == list(range(feed.count))
    assert [tick.offset for tick in seen] == list(range(1, feed.count + 1))
    assert len({tick.epoch for tick in seen}) == 1
    times = [tick.time_ms for tick in seen]
    assert times == sorted(times)
    assert (client.counts.missed, client.counts.restarts) == (0, 0)
