"""What a log in Redis takes of Redis: appends, and followers that wait for each of them.

One loop is all followers: each waits with XREAD BLOCK behind its last entry, as a process of ours
does. The difference between few and many is what one more costs.
"""

import selectors
import socket
import time

from benchmarks.shared.redis_process import RedisProcess

# What an entry of a tick of two series takes, more or less.
ENTRY_BYTES = 120
KEPT = 1_000


class Follower:
    """A connection that follows as many logs; `seen` is the last entry that came of any."""

    def __init__(self, port: int, logs: int) -> None:
        self._keys = [key_of(number) for number in range(logs)]
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.seen = 0
        self.received_bytes = 0

    def ask(self) -> None:
        """Wait for what comes behind the last entry, in any of the logs."""
        last = [b"%d-0" % self.seen] * len(self._keys)
        self.sock.sendall(command(b"XREAD", b"BLOCK", b"60000", b"STREAMS", *self._keys, *last))

    def take(self, newest: int) -> bool:
        """Read what has come; whether it holds the newest entry."""
        data = self.sock.recv(65_536)
        self.received_bytes += len(data)
        if b"%d-0" % newest not in data:
            return False
        self.seen = newest
        return True


def measure_log(
    redis: RedisProcess, followers: int, appends: int, logs: int = 1
) -> dict[str, float]:
    """Append to one log after the other, each time once all followers have the last entry.

    Returns what an append took of Redis, its followers included, and the bytes to each follower.
    """
    feed = socket.create_connection(("127.0.0.1", redis.port))
    every = [Follower(redis.port, logs) for _ in range(followers)]
    selector = selectors.DefaultSelector()
    for one in every:
        selector.register(one.sock, selectors.EVENT_READ, one)
        one.ask()
    began_cpu_s, took_s = redis.cpu_s, 0.0
    for number in range(1, appends + 1):
        began_s = time.perf_counter()
        append(feed, key_of(number % logs), number)
        waiting = followers
        while waiting:
            for key, _ in selector.select(10):
                if key.data.take(number):
                    waiting -= 1
        took_s += time.perf_counter() - began_s
        for one in every:
            one.ask()
        # All wait again before the next one comes, as at any rate that a chart has.
        ping(feed)
    cpu_s = redis.cpu_s - began_cpu_s
    received = every[0].received_bytes if every else 0
    for sock in (feed, *(one.sock for one in every)):
        sock.close()
    selector.close()
    return {
        "cpu_us_per_append": cpu_s / appends * 1e6,
        "bytes_per_read": received / appends,
        "until_all_have_it_ms": took_s / appends * 1e3,
    }


def append(feed: socket.socket, key: bytes, number: int) -> None:
    """Add an entry and trim the log."""
    body = b"x" * ENTRY_BYTES
    entry = (b"%d-0" % number, b"v", b"1", b"d", body)
    feed.sendall(command(b"XADD", key, b"MAXLEN", b"~", b"%d" % KEPT, *entry))
    feed.recv(256)


def key_of(number: int) -> bytes:
    """Return the key of a log."""
    return b"log:%d" % number


def ping(feed: socket.socket) -> None:
    """Wait until Redis has taken all that was sent before."""
    feed.sendall(command(b"PING"))
    feed.recv(64)


def command(*words: bytes) -> bytes:
    """Return a command as Redis takes it."""
    parts = b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
    return b"*%d\r\n%b" % (len(words), parts)
