"""Processes that say that they are there, and tell each other things, on a real Redis."""

import threading
import time

import pytest

from chartserver.errors import StoreFault
from chartserver.shared import notices, presence
from chartserver.shared.asking import Asking
from chartserver.shared.link import Link
from chartserver.shared.notices import Notices
from chartserver.shared.presence import Presence, Process

LIMIT_S = 60.0


@pytest.fixture
def make_ask(server):
    """Return a function that makes a connection; each is for one thread."""
    askings = []

    def make():
        askings.append(Asking(Link(server.url), LIMIT_S))
        return askings[-1]

    yield make
    for asking in askings:
        asking.close()


@pytest.fixture
def ask(make_ask):
    return make_ask()


def said_by(ask, *, ttl_s=30.0, clock=lambda: 0.0, **content):
    heard = []
    one = Presence(ask, lambda own: Process(own, **content), heard.append, ttl_s=ttl_s, clock=clock)
    one.heard = heard
    return one


def test_each_hears_what_the_others_say_and_not_itself(ask, redis):
    web = said_by(ask, viewers={"fx": 3})
    ticker = said_by(ask, role="ticker", runs=["fx"])

    web.say()
    ticker.say()
    web.say()

    assert ticker.others == [Process(web.id, "web", (), {"fx": 3})]
    assert web.others == [Process(ticker.id, "ticker", ("fx",))]
    assert web.heard[-1] == web.others


def test_who_says_nothing_any_more_is_gone_when_its_time_is_over(ask, redis):
    gone, here = said_by(ask, ttl_s=0.05), said_by(ask)
    gone.say()

    deadline_s = time.monotonic() + LIMIT_S
    here.say()
    while here.others and time.monotonic() < deadline_s:
        here.say()

    assert here.others == []
    assert redis.hlen(presence.KEY) == 1


def test_who_is_gone_is_not_there_for_an_hour_when_the_clock_was_set_back_by_one(ask, redis):
    one = said_by(ask)
    ends_ms = round(time.time() * 1000) + 3_600_000
    redis.hset(presence.KEY, "gone", f'{ends_ms} {{"viewers":{{"fx":3}}}}')

    one.say()

    assert one.others == []
    assert not redis.hexists(presence.KEY, "gone")


def test_who_ends_is_gone_at_once(make_ask, redis):
    one, here = said_by(make_ask()), said_by(make_ask())
    one.start()
    deadline_s = time.monotonic() + LIMIT_S
    while not here.others and time.monotonic() < deadline_s:
        here.say()
    assert here.others

    one.end()
    while not one.is_over and time.monotonic() < deadline_s:
        time.sleep(0.01)
    here.say()

    assert here.others == []


def test_without_redis_the_others_are_remembered_until_their_time_is_over():
    now_s = [0.0]
    answers = [["other", '{"v":1,"role":"ticker","runs":["fx"]}']]

    def ask(*_commands):
        if answers:
            return [answers.pop()]
        raise StoreFault("is not reachable")

    one = said_by(ask, ttl_s=3.0, clock=lambda: now_s[0])
    one.say()
    now_s[0] = 2.9
    one.say()
    assert [other.id for other in one.others] == ["other"]

    now_s[0] = 3.1
    one.say()

    assert one.others == ()
    assert one.heard[-1] == ()


def test_what_a_newer_version_says_is_passed_over_or_half_understood(ask, redis):
    one = said_by(ask)
    ends_ms = round(time.time() * 1000) + 50_000
    redis.hset(presence.KEY, "newer", f'{ends_ms} {{"v":2,"role":"relay","colour":1}}')
    redis.hset(presence.KEY, "odd", f"{ends_ms} [1]")
    redis.hset(presence.KEY, "endless", f'{ends_ms} {{"viewers":{{"fx":Infinity}}}}')
    redis.hset(presence.KEY, "deep", f"{ends_ms} " + "[" * 100_000)
    redis.hset(presence.KEY, "broken", "?")

    one.say()

    assert one.others == [Process("newer", "relay")]
    assert not redis.hexists(presence.KEY, "broken")


@pytest.fixture
def pair(server, redis):
    """Two processes that tell each other things: (one, what it hears, other, what it hears)."""
    askings = [Asking(Link(server.url), LIMIT_S) for _ in range(4)]
    heard = [[], []]
    come = threading.Condition()

    def hearing(i):
        def hear(*notice):
            with come:
                heard[i].append(notice)
                come.notify_all()

        return hear

    one = Notices(askings[0], askings[1], "one", hearing(0))
    other = Notices(askings[2], askings[3], "other", hearing(1))
    one.come = other.come = come
    yield one, heard[0], other, heard[1]
    one.end()
    other.end()
    for notice in (one, other):
        for thread in notice._threads:
            if thread.ident:
                thread.join(LIMIT_S)
    for asking in askings:
        asking.close()


def listening(notice):
    """Begin to hear: what was told before is not heard."""
    [newest] = notice._listen(("XREVRANGE", notices.KEY, "+", "-", "COUNT", 1))
    notice._last = newest[0][0] if newest else "0-0"


def test_a_notice_reaches_the_others_and_not_the_one_that_tells(pair):
    one, heard_by_one, other, heard_by_other = pair
    for each in (one, other):
        listening(each)
        each.start()

    one.tell("free", {"chart": "fx"})
    with one.come:
        assert one.come.wait_for(lambda: heard_by_other, LIMIT_S)
    other.tell("view", {"id": "a"})
    with one.come:
        assert one.come.wait_for(lambda: heard_by_one, LIMIT_S)

    assert heard_by_other == [("free", {"chart": "fx"}, "one")]
    assert heard_by_one == [("view", {"id": "a"}, "other")]


def test_of_what_is_told_about_one_thing_only_the_newest_goes_out(pair):
    one, _, other, heard = pair
    listening(other)
    for n in range(100):
        one.tell("view", {"n": n}, about="a")
    one.tell("view", {"n": -1}, about="b")

    one.send()
    other.hear()

    assert [content["n"] for _, content, _ in heard] == [99, -1]


def test_what_could_not_be_told_is_told_later_unless_there_is_newer(pair):
    one, _, other, heard = pair
    listening(other)
    tell, one._tell = one._tell, lambda *_: (_ for _ in ()).throw(StoreFault("away"))
    one.tell("view", {"n": 1}, about="a")
    one.tell("view", {"n": 2}, about="b")
    with pytest.raises(StoreFault):
        one.send()
    one.tell("view", {"n": 3}, about="a")
    one._tell = tell

    one.send()
    other.hear()

    assert sorted(content["n"] for _, content, _ in heard) == [2, 3]


def test_a_notice_that_nobody_understands_does_not_end_the_hearing(pair, redis, caplog):
    one, _, other, heard = pair
    listening(other)
    redis.xadd(notices.KEY, {"kind": "x"})
    redis.xadd(notices.KEY, {"kind": "x", "by": "newer", "content": "{"})
    one.tell("free", {"chart": "fx"})

    one.send()
    other.hear()

    assert len(heard) == 1
    assert len(caplog.records) == 2


def test_the_stream_of_notices_stays_small(pair, redis):
    one, *_ = pair
    for _ in range(5):
        for n in range(notices.WAITING_MAX):
            one.tell("view", {"n": n}, about=n)
        one.send()

    assert redis.xlen(notices.KEY) <= notices.KEPT + 200
