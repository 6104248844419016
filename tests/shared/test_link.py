"""Ways to a Redis: TCP, a socket of the machine, TLS, sentinels; and one that does not answer."""

import time

import pytest
import redis as redis_py
from processes import ROOT, free_port
from redis_server import RedisServer
from sharing import Sharer

from chartserver.errors import ConfigError, StoreFault
from chartserver.shared import link
from chartserver.shared.link import Link
from chartserver.shared.store import open_shared

LIMIT_S = 60.0
CERTIFICATE = ROOT / "tests" / "localhost.pem"


@pytest.fixture
def server():
    server = RedisServer()
    yield server
    server.remove()


def until(is_so):
    """Wait until `is_so()`."""
    until_s = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < until_s
        time.sleep(0.02)


def test_a_redis_may_be_behind_a_socket_of_the_machine(server):
    one = Sharer(f"unix://{server.socket_path}?db=1")

    assert one.put([1_000], [1]).ticks.offset == 1
    one.close()


def test_a_redis_that_is_not_there_is_said_in_one_line():
    with pytest.raises(ConfigError, match=r"Redis 'redis://127.0.0.1:1/0' is not reachable: .*111"):
        open_shared("redis://127.0.0.1:1/0", lambda chart: 10)


@pytest.mark.parametrize(
    "url",
    [
        "redis://[::1/0",
        "redis://127.0.0.1/0?speed=1",
        "redis+sentinel://127.0.0.1:a/main",
        "redis+sentinel://127.0.0.1/main/first",
    ],
)
def test_a_url_that_makes_no_sense_is_told_in_one_line(url):
    with pytest.raises(ConfigError, match=r"^redis_url is 'redis"):
        open_shared(url, lambda chart: 10)


def test_sentinels_that_are_not_there_are_said_in_a_few_words():
    with pytest.raises(ConfigError) as failed:
        open_shared("redis+sentinel://127.0.0.1:1/main", lambda chart: 10)

    assert str(failed.value).endswith("is not reachable: No master found for 'main'")


def test_a_password_is_asked_for_and_shown_nowhere(server):
    with server.client() as client:
        client.config_set("requirepass", "geheim-4711")
    url = f"redis://:geheim-4711@127.0.0.1:{server.port}/0"

    one = Sharer(url)
    assert one.put([1_000], [1]).ticks.offset == 1
    assert "geheim" not in one.store.name
    one.close()
    with pytest.raises(ConfigError, match="does not let us in") as refused:
        open_shared(url.replace("4711", "4712"), lambda chart: 10)

    assert "geheim" not in str(refused.value)


def test_a_certificate_of_its_own_is_taken_where_that_is_wanted():
    port = free_port()
    server = RedisServer(
        *("--tls-port", str(port), "--tls-cert-file", str(CERTIFICATE)),
        *("--tls-key-file", str(CERTIFICATE), "--tls-auth-clients", "no"),
    )
    url = f"rediss://127.0.0.1:{port}/0"

    with pytest.raises(StoreFault, match="CHARTSERVER_REDIS_CERTIFICATES=any"):
        Link(url).connect()
    client = Link(url, "any").connect()
    assert client.ping()
    client.close()
    server.remove()


def test_what_was_sent_to_a_frozen_redis_is_there_once_when_it_goes_on(server, monkeypatch):
    # Longer than a machine stalls while all is well.
    monkeypatch.setattr(link, "ANSWER_S", 1.5)
    one = Sharer(server.url)
    one.serve()
    one.put([1_000], [1])
    server.freeze()
    batch, done = one.submit([2_000], [2])
    until(lambda: "is not reachable" in one.store.fault)
    # Some more tries, each of which will be answered, to nobody.
    failures = one.store.failures
    until(lambda: one.store.failures > failures + 1)

    server.thaw()

    assert done.wait(LIMIT_S)
    assert batch.ticks.offset == 2
    assert one.until_offset(2)[2] == [1_000, 2_000]
    with server.client() as client:
        assert client.xlen("chartserver:{fx}:log") == 2
    one.close()


def test_the_next_master_is_found_by_sentinels(server):
    with server.client() as client:
        client.config_set("repl-diskless-sync-delay", 0)
    replica = RedisServer("--replicaof", f"127.0.0.1 {server.port}")
    config = replica.folder / "sentinel.conf"
    config.write_text(
        f"sentinel monitor charts 127.0.0.1 {server.port} 1\n"
        "sentinel down-after-milliseconds charts 300\n"
        "sentinel failover-timeout charts 2000\n"
    )
    sentinel = RedisServer(config=config)
    with server.client() as master, replica.client() as second, sentinel.client() as asked:
        until(lambda: second.info("replication")["master_link_status"] == "up")
        until(lambda: asked.sentinel_slaves("charts"))
        one = Sharer(f"redis+sentinel://127.0.0.1:1,127.0.0.1:{sentinel.port}/charts/0")
        one.serve()
        one.put([1_000], [1])
        until(lambda: second.info("replication")["slave_repl_offset"]
              == master.info("replication")["master_repl_offset"])  # fmt: skip

        server.kill()
        batch = one.put([2_000], [2])

        assert one.until_offset(2)[2] == [1_000, 2_000]
        assert batch.ticks.epoch == one.history()[0]
        assert second.info("replication")["role"] == "master"
    one.close()
    for each in (sentinel, replica):
        each.remove()


def test_a_connection_is_not_made_anew_unasked(server):
    client = Link(server.url).connect()
    with server.client() as other:
        other.client_kill_filter(_type="normal", skipme=True)

    for _ in range(2):
        with pytest.raises(StoreFault, match="not reachable"), link.faults():
            client.ping()
    client.close()


def test_tries_are_ever_further_apart_and_spread():
    backoff = link.Backoff(0.1, 1.0)

    pauses_s = [backoff.next_s() for _ in range(20)]

    assert all(
        least_s <= pause_s <= 2 * least_s
        for pause_s, least_s in zip(pauses_s, [0.05, 0.1, 0.2, 0.4, *[0.5] * 16], strict=True)
    )
    assert len(set(pauses_s)) == 20
    backoff.reset()
    assert backoff.next_s() <= 0.1


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("host", ("host", 26_379)),
        ("host:1", ("host", 1)),
        ("[::1]:2", ("::1", 2)),
        ("[::1]", ("::1", 26_379)),
    ],
)
def test_sentinels_have_addresses(raw, wanted):
    assert link.address(raw) == wanted


def test_faults_say_what_is_wrong_and_no_password():
    error = redis_py.ConnectionError("Error 111 connecting to redis://me:geheim@host:1. Refused.")

    assert link.said(error).startswith("is not reachable: Error 111")
    assert "geheim" not in link.said(error)
