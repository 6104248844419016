"""Leases on a real Redis: one holder at a time, by Redis' clock; time is else the tests' own."""

import threading
import time

import pytest

from chartserver.errors import StoreFault
from chartserver.shared.asking import Asking
from chartserver.shared.lease import TTL_MOST_MS
from chartserver.shared.leases import Leases
from chartserver.shared.link import Link

# No machine stands still for so long.
TTL_S = 120.0
LIMIT_S = 60.0
META = "chartserver:{fx}:meta"


@pytest.fixture
def redis(redis):
    redis.hset(META, mapping={"epoch": "0123abcd", "offset": "812"})
    return redis


class Tenant:
    """Notes what it is asked to do."""

    def __init__(self):
        self.left = set()
        self.begun, self.done = [], []
        self.has_rest = False

    def leaves(self, name):
        return name in self.left

    def begin(self, name, tenure):
        self.begun.append(tenure)

    def stop(self, name):
        self.done.append("stop")

    def leave(self, name):
        self.done.append("leave")

    def is_through(self, name):
        return not self.has_rest


class Bench:
    """The leases of one process, step by step, on a clock that stands still by itself."""

    def __init__(self, url, ttl_s=TTL_S):
        self.now_s = 1_000.0
        self.tenant = Tenant()
        self.told = []
        self.is_cut = False
        self.asking = Asking(Link(url), LIMIT_S)
        self.leases = Leases(
            self.ask,
            self.tenant,
            ttl_s,
            tell_given_back=self.told.append,
            clock=lambda: self.now_s,
            chance=lambda: 0.5,
        )
        self.leases.want("fx")

    def ask(self, *commands):
        if self.is_cut:
            raise StoreFault("is not reachable")
        return self.asking(*commands)

    def step(self, after_s=0.0):
        self.now_s += after_s
        return self.leases.step()

    @property
    def token(self):
        tenure = self.leases.held.get("fx")
        return tenure and tenure.token


@pytest.fixture
def make(server, redis):
    benches = []

    def make_one(ttl_s=TTL_S):
        benches.append(Bench(server.url, ttl_s))
        return benches[-1]

    yield make_one
    for bench in benches:
        bench.asking.close()


def held_by(redis):
    return redis.get("chartserver:{fx}:lease")


def test_the_first_gets_the_lease_and_the_second_does_not(make, redis):
    one, other = make(), make()

    one.step()
    other.step()

    assert held_by(redis) == one.token
    assert other.token is None
    assert 0 < redis.pttl("chartserver:{fx}:lease") <= TTL_S * 1000


def test_of_many_that_try_at_once_one_gets_it(make):
    benches = [make() for _ in range(8)]
    threads = [threading.Thread(target=bench.step) for bench in benches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)

    assert sum(bench.token is not None for bench in benches) == 1


def test_a_tenure_knows_where_the_history_ended(make):
    bench = make()

    bench.step()

    assert bench.tenant.begun[0][1:] == ("0123abcd", 812)


def test_a_lease_is_renewed_at_a_third_of_its_time(make, redis):
    bench = make()
    bench.step()
    redis.pexpire("chartserver:{fx}:lease", 60_000)

    nap_s = bench.step()
    assert nap_s <= 1
    bench.step(TTL_S / 3 - 0.1)
    assert redis.pttl("chartserver:{fx}:lease") <= 60_000
    bench.step(0.1)

    assert redis.pttl("chartserver:{fx}:lease") > 60_000
    assert bench.tenant.done == []


def test_who_was_away_for_too_long_has_lost_it_and_does_not_renew_that_of_another(make, redis):
    one, other = make(), make()
    one.step()
    redis.delete("chartserver:{fx}:lease")  # it has ended
    other.step()
    renewed = other.token

    one.step(TTL_S)

    assert one.tenant.done == ["leave"]
    assert (one.token, held_by(redis)) == (None, renewed)
    assert one.leases.lost == 1


def test_a_lease_that_is_gone_is_got_anew_at_once_under_another_token(make, redis):
    bench = make()
    bench.step()
    before = bench.token
    redis.delete("chartserver:{fx}:lease")

    bench.step(TTL_S / 3)

    assert bench.tenant.done == ["leave"]
    assert bench.token not in (None, before)
    assert held_by(redis) == bench.token


def test_nobody_gets_the_lease_of_a_chart_that_redis_has_lost_until_it_is_whole_again(make, redis):
    bench = make()
    meta = redis.hgetall(META)
    redis.delete(META)

    assert bench.step() <= 0.1 + TTL_S * 0.1
    assert bench.token is None
    closed_until_ms = round(time.time() * 1000) + 50_000
    redis.hset(META, mapping={**meta, "closed_until": closed_until_ms})
    bench.step(0.1 + TTL_S * 0.1)
    assert bench.token is None
    redis.hset(META, "closed_until", closed_until_ms - 120_000)
    bench.step(60.0 + TTL_S * 0.1)

    assert bench.token


def test_a_clock_that_was_set_back_does_not_make_a_lease_or_a_closed_log_last(make, redis):
    holder, bench = make(), make()
    holder.step()
    an_hour_ms = 3_600_000
    redis.pexpire("chartserver:{fx}:lease", an_hour_ms)

    bench.step()
    assert redis.pttl("chartserver:{fx}:lease") <= TTL_MOST_MS
    redis.delete("chartserver:{fx}:lease")
    redis.hset(META, "closed_until", round(time.time() * 1000) + an_hour_ms)
    bench.step(2 * TTL_S)

    assert bench.token


def test_without_redis_it_is_lost_when_its_time_is_over(make, redis):
    bench = make()
    bench.step()
    bench.is_cut = True

    for _ in range(9):
        bench.step(TTL_S / 10)
    assert bench.token
    bench.step(TTL_S / 10)

    assert bench.token is None
    assert bench.tenant.done == ["leave"]


def test_an_outage_shorter_than_its_time_does_not_end_it(make, redis, caplog):
    bench = make()
    bench.step()
    before = bench.token
    bench.is_cut = True
    bench.step(TTL_S / 3)
    bench.step(TTL_S / 3)
    bench.is_cut = False

    bench.step(TTL_S / 5)

    assert bench.token == before
    # Once for each outage, however often it is tried.
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    bench.step(TTL_S / 2)
    assert bench.token == before


def test_who_did_not_get_it_comes_again_when_it_ends(make, redis):
    one, other = make(), make()
    one.step()
    redis.pexpire("chartserver:{fx}:lease", 400)
    other.step()

    assert other.step() < 0.4 + TTL_S * 0.1
    redis.delete("chartserver:{fx}:lease")
    other.step(0.4 + TTL_S * 0.1)

    assert other.token


def test_a_lease_ends_by_redis_own_clock(make):
    one, other = make(ttl_s=0.05), make()
    one.step()
    deadline_s = time.monotonic() + LIMIT_S
    while other.token is None and time.monotonic() < deadline_s:
        other.step(TTL_S)

    assert other.token


def test_what_is_given_back_is_free_and_told(make, redis):
    bench = make()
    bench.step()

    bench.leases.end()
    bench.step()

    assert held_by(redis) is None
    assert (bench.tenant.done, bench.told) == (["stop", "leave"], ["fx"])
    bench.step(TTL_S)
    assert bench.token is None


def test_it_is_given_back_only_when_what_was_done_under_it_is_through(make, redis):
    bench = make()
    bench.step()
    bench.tenant.has_rest = True
    bench.leases.end()

    assert bench.step() < 0.1
    assert held_by(redis) == bench.token
    assert bench.tenant.done == ["stop"]
    bench.tenant.has_rest = False
    bench.step(0.02)

    assert held_by(redis) is None


def test_what_is_never_through_is_not_waited_for_long(make, redis):
    bench = make()
    bench.step()
    bench.tenant.has_rest = True
    bench.leases.end()
    bench.step()

    bench.step(1.0)

    assert held_by(redis) is None


def test_who_hears_that_it_was_given_back_tries_at_once(make):
    one, other = make(), make()
    one.step()
    other.step()
    one.leases.end()
    one.step()

    other.leases.hear("fx")
    other.step(0.05)

    assert other.token


def test_what_others_are_to_have_is_not_tried_for(make, redis):
    bench = make()
    bench.tenant.left.add("fx")

    bench.step()
    assert held_by(redis) is None
    bench.tenant.left.clear()
    bench.step(0.25)

    assert bench.token


def test_what_others_are_to_have_is_given_back(make, redis):
    bench = make()
    bench.step()
    bench.tenant.left.add("fx")

    bench.step()

    assert held_by(redis) is None
    assert bench.tenant.done == ["stop", "leave"]
    assert bench.told == ["fx"]


def test_giving_back_never_takes_it_from_another(make, redis):
    bench = make()
    bench.step()
    redis.set("chartserver:{fx}:lease", "another's")

    bench.leases.end()
    bench.step()

    assert held_by(redis) == "another's"


def test_without_redis_the_end_does_not_wait(make):
    bench = make()
    bench.step()
    bench.is_cut = True
    bench.leases.end()

    bench.step()

    assert bench.token is None


def test_the_thread_holds_and_gives_back(make, redis):
    bench = make()
    leases = Leases(bench.asking, bench.tenant, TTL_S)
    leases.want("fx")
    leases.start()
    deadline_s = time.monotonic() + LIMIT_S
    while not leases.held and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert held_by(redis) == leases.held["fx"].token

    leases.end()
    while not leases.is_over and time.monotonic() < deadline_s:
        time.sleep(0.01)

    assert leases.is_over
    assert held_by(redis) is None
