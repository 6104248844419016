"""What becomes of a chart when Redis is killed: with what it had kept, without, or with less."""

import numpy as np
import pytest
from redis_server import RedisServer

from chartserver.batch import KeptKey, PushKey, Repeated
from chartserver.notes import KeptNotes, Note
from chartserver.shared import scripts
from chartserver.shared.link import Link, run_of
from chartserver.shared.log import restore, state_of
from chartserver.shared.mending import Mending
from chartserver.shared.news import NoteCame, Renewed, Told
from chartserver.shared.tail import Tail
from chartserver.ticks import Position, Series, Ticks

EPOCH = "abcdef01"
GRACE_MS = 60_000
# It is waited for; longer than a machine stalls.
SHORT_MS = 4_000


@pytest.fixture(scope="module")
def server():
    server = RedisServer(is_kept=True)
    yield server
    server.remove()


@pytest.fixture
def client(server):
    """A client as the threads that write and follow have it."""
    link = Link(server.url)
    client = link.connect()
    yield client
    client.close()
    link.close()


def tail(offset, *, epoch=EPOCH, names="a", **others):
    """Return what a process holds that has followed the first ticks, whose values count them."""
    one = Tail("fx")
    one.epoch = epoch
    one.series = [Series(name) for name in names]
    for name, value in others.items():
        setattr(one, name, value)
    if offset:
        one.hold(run(0, offset, epoch))
    return one


def run(begin, end, epoch=EPOCH):
    """Return the ticks after `begin` up to `end`."""
    numbers = np.arange(begin + 1, end + 1, dtype=float)
    return Ticks(epoch, end, 1_000 * numbers, numbers[np.newaxis])


def mend(client, one, **options):
    """Have Redis given back what `one` holds and it does not."""
    held = options.pop("held", lambda chart: None)
    Mending(held, options.pop("grace_ms", GRACE_MS)).mend(client, run_of(client), one)


def values(found):
    """Return the values of the first series."""
    return found.restored.ticks.values[0].tolist()


def test_ticks_go_on_where_they_were_after_a_restart_with_all_data(share, server):
    first, second = share(), share()
    first.serve()
    second.serve()
    first.put([1_000, 2_000], [1, 2])

    server.restart()
    first.put([3_000], [3])
    second.put([4_000], [4])

    assert first.until_offset(4) == second.until_offset(4)
    assert second.history()[:3] == (EPOCH, 4, [1_000, 2_000, 3_000, 4_000])
    assert first.heard(Renewed) == second.heard(Renewed) == []


def test_after_a_restart_without_data_all_go_on_from_what_they_held(share, server):
    sharers = [share() for _ in range(3)]
    for one in sharers:
        one.serve(names="ab", title="Rates", is_pushed=True)
    first, second, third = sharers
    first.put([1_000, 2_000], [1, 2], [3, 4], keys=[PushKey("one/x", 2, 2, 2)])
    first.store.tell("fx", "status", {"status": "live"})
    first.store.keep_note("fx", Note(1, 5.0, "text", "me", 2), 1)
    for one in sharers:
        one.until(lambda one=one: one.heard(NoteCame) and one.heard(Told))

    server.restart(is_empty=True)
    third.put([3_000], [3], [5])

    assert first.until_offset(3) == second.until_offset(3) == third.until_offset(3)
    epoch, offset, times, _ = first.history()
    assert (offset, times) == (3, [1_000, 2_000, 3_000])
    assert epoch != EPOCH
    restored = first.store.restore("fx", 9)
    assert (restored.title, [one.name for one in restored.series]) == ("Rates", ["a", "b"])
    assert (restored.came_from, restored.came_at) == (EPOCH, 2)
    assert restored.notes == KeptNotes(1, (Note(1, 5.0, "text", "me", 2),))
    assert restored.told == {"status": {"status": "live"}}
    assert list(second.store.names()) == ["fx"]
    again = second.put([1_000, 2_000], [1, 2], keys=[PushKey("one/x", 2, 2, 2)])
    assert again.refusal == Repeated([KeptKey("one/x", 2, 2, 2)])


def test_the_history_of_a_chart_gives_what_came_longer_ago(client, redis):
    recent = tail(0)
    recent.offset = 9_000
    recent.hold(run(9_000, 9_010))

    mend(client, recent, held=lambda chart: run(2_000, 9_005))

    found = restore(client, "fx", 99_999)
    assert values(found) == list(range(2_001, 9_011))
    assert found.restored.offset == 9_010


@pytest.mark.parametrize("order", [(98, 100), (100, 98)])
def test_who_holds_more_adds_it(client, redis, order):
    for offset in order:
        mend(client, tail(offset))

    found = restore(client, "fx", 999)
    assert values(found) == list(range(1, 101))
    assert (found.restored.came_from, found.restored.came_at) == (EPOCH, 100)


def test_who_holds_more_but_comes_too_late_does_not_add_it(client, redis):
    mend(client, tail(98), grace_ms=0)

    mend(client, tail(100))

    assert values(restore(client, "fx", 999)) == list(range(1, 99))


def test_ticks_behind_a_gap_are_added_once_another_has_filled_it(client, redis):
    apart = tail(90)
    apart.hold(run(95, 100))
    mend(client, tail(90))
    mend(client, tail(95))

    mend(client, apart)

    assert values(restore(client, "fx", 999)) == list(range(1, 101))


def test_a_redis_that_has_lost_the_last_ticks_begins_a_new_epoch(client, redis, share):
    share(is_following=False).put(range(1_000, 91_000, 1_000), range(1, 91), epoch=EPOCH)

    mend(client, tail(98))
    mend(client, tail(100))

    found = restore(client, "fx", 999)
    assert values(found) == list(range(1, 101))
    assert found.restored.epoch != EPOCH
    assert (found.restored.came_from, found.restored.came_at) == (EPOCH, 100)


def test_nothing_is_appended_until_others_could_add_what_they_hold(client, redis, share):
    writer = share(is_following=False)
    mend(client, tail(98), grace_ms=SHORT_MS)
    batch, done = writer.submit([200_000], [0])

    mend(client, tail(100))

    assert done.wait(60)
    assert batch.ticks.offset == 101


def test_a_redis_that_was_started_anew_waits_for_who_holds_more(share, server, client):
    writer = share(is_following=False, grace_ms=SHORT_MS)
    writer.put([1_000], [1], epoch=EPOCH)
    server.restart()
    with server.client() as redis:
        redis.config_resetstat()
    batch, done = writer.submit([200_000], [9])
    ahead = tail(2)

    with Client(server) as own:
        mend(own, ahead, grace_ms=SHORT_MS)

    assert done.wait(60)
    assert batch.ticks.offset == 3
    assert batch.ticks.epoch != EPOCH


class Client:
    """A client of a server that was started again."""

    def __init__(self, server):
        self._link = Link(server.url)

    def __enter__(self):
        self._client = self._link.connect()
        return self._client

    def __exit__(self, *_):
        self._client.close()
        self._link.close()


def test_a_batch_that_was_in_what_was_lost_is_not_appended_again(share, redis, client):
    writer = share(is_following=False)
    writer.put([1_000], [1], epoch=EPOCH)
    follower = tail(1)
    follower.hold_writer(writer.store.writer_name, 1, 1)
    redis.flushall()
    mend(client, follower, grace_ms=0)
    epoch = state_of(client, "fx").epoch
    of = scripts.keys("fx")
    again = (f"{epoch},0,,0,{writer.store.writer_name},1,,1000,1000,1,99,0", "", 1, b"?")

    said = redis.eval(scripts.TEXTS["append"], len(of), *of, *again)

    assert said == ["kept", epoch, "1"]


def test_a_chart_made_anew_before_its_past_was_told_goes_behind_that(client, redis, share):
    newcomer = share(grace_ms=0)
    newcomer.serve(epoch="00000001")
    newcomer.put([200_000], [7], keys=[PushKey("new", 1, 1, 1)])

    mend(client, tail(100), grace_ms=0)

    epoch, offset, times, rows = newcomer.until_offset(101)
    assert times == [*range(1_000, 101_000, 1_000), 200_000]
    assert rows[-1] == [7]
    again = newcomer.put([200_000], [7], keys=[PushKey("new", 1, 1, 1)])
    assert again.refusal == Repeated([KeptKey("new", 101, 1, 1)])
    assert newcomer.put([201_000], [8]).ticks.position == Position(epoch, offset + 1)


def test_two_losses_one_after_the_other_are_survived(share, server):
    first, second = share(), share()
    first.serve()
    second.serve()
    for i in range(1, 4):
        first.put([1_000 * i], [i])
        second.until_offset(i)
        server.restart(is_empty=True)

    second.put([9_000], [9])

    assert first.until_offset(4) == second.until_offset(4)
    assert first.history()[2] == [1_000, 2_000, 3_000, 9_000]
