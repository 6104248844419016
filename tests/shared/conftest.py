"""A Redis for each file, empty for each test, and processes that share what is in it."""

import pytest
from redis_server import RedisServer
from sharing import Sharer


@pytest.fixture(scope="module")
def server():
    server = RedisServer()
    yield server
    server.remove()


@pytest.fixture
def redis(server):
    """Return a client of the Redis, which is empty."""
    with server.client() as client:
        client.flushall()
        yield client


@pytest.fixture
def share(server, redis):
    """Return a function that makes one more process."""
    sharers = []

    def make(url=server.url, **options):
        sharers.append(Sharer(url, **options))
        return sharers[-1]

    yield make
    for one in sharers:
        one.close()
