"""Redis killed, with and without its data, and cut off from processes that hundreds watch."""

import pytest
from fleet import Fleet, wait_until
from redis_server import RedisServer
from tcp_proxy import TcpProxy
from watched import Watched, charts, holder_of, is_ready, metric

VIEWERS = 100


@pytest.fixture(scope="module")
def server():
    """A Redis that keeps all that it has confirmed."""
    server = RedisServer(is_kept=True)
    yield server
    server.remove()


@pytest.fixture(scope="module")
def proxies(server):
    """For each process a way to Redis of its own."""
    with TcpProxy(server.port) as one, TcpProxy(server.port) as other:
        yield one, other


@pytest.fixture(scope="module")
def two(server, proxies, tmp_path_factory):
    """Two processes, each with the `proxy` by which it reaches Redis."""
    with Fleet(server.url, *charts(tmp_path_factory.mktemp("rows"))) as fleet:
        members = [fleet.start(redis_url=proxy.url()) for proxy in proxies]
        for member, proxy in zip(members, proxies, strict=True):
            assert member.url
            member.proxy = proxy
        yield members


def test_all_go_on_where_they_were_when_redis_is_killed_and_has_kept_its_data(two, server):
    with Watched(two, VIEWERS) as watched:
        server.kill()
        for member in two:
            wait_until(lambda member=member: not is_ready(member), "it is noticed")
        watched.lab.until(lambda: watched.lab.told("failed") == VIEWERS, "all are told")
        wait_until(lambda: watched.pushes.statuses[503], "pushes are refused")
        server.start()
        watched.goes_on()

    assert None not in watched.pushes.retry_after
    assert all(map(is_ready, two))


def test_a_process_that_is_cut_off_from_redis_reads_on_where_it_was(two):
    with Watched(two, VIEWERS) as watched:
        holder, other = holder_of(two)
        holder.proxy.cut()
        wait_until(lambda: metric(other, "lease_held"), "the source is taken over")
        wait_until(lambda: not is_ready(holder), "it knows that it is alone")
        assert is_ready(other)
        holder.proxy.heal()
        watched.goes_on()

        # Now a cable is pulled: nothing breaks, and nothing is answered.
        holder, other = holder_of(two)
        holder.proxy.freeze()
        wait_until(lambda: metric(other, "lease_held"), "the source is taken over")
        wait_until(lambda: not is_ready(holder), "it knows that it is alone")
        holder.proxy.heal()
        watched.goes_on()


def test_all_are_told_when_redis_has_lost_its_data_and_no_push_is_lost(two, server):
    with Watched(two, VIEWERS) as watched:
        server.restart(is_empty=True)
        watched.all_are_told_of_a_loss()
        watched.goes_on()
