"""One log for several processes, on a real Redis: what is appended, refused, and heard by all."""

import threading

import pytest
from answer_eater import AnswerEater

from chartserver.batch import Fenced, KeptKey, Late, PushKey, Repeated
from chartserver.notes import KeptNotes, Note, NoteConflict
from chartserver.shared import scripts
from chartserver.shared.news import Came, Made, NoteCame, NotesCame, Renewed, SeriesCame, Told
from chartserver.ticks import Position, Series


@pytest.fixture
def eater(server):
    eater = AnswerEater(server.port)
    yield eater
    eater.close()


def test_processes_that_join_at_the_same_instant_have_the_same_epoch(share):
    sharers = [share() for _ in range(4)]
    barrier = threading.Barrier(len(sharers))
    found = []

    def join(one, epoch):
        barrier.wait()
        found.append(one.serve(epoch=epoch).epoch)

    threads = [
        threading.Thread(target=join, args=(one, f"abcdef0{i}")) for i, one in enumerate(sharers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 4
    assert len(set(found)) == 1


def test_all_hear_the_ticks_of_all_in_one_order_and_each_once(share):
    sharers = [share() for _ in range(3)]
    for one in sharers:
        one.serve()

    def write(one, i):
        for number in range(100):
            one.put([1_000.0], [1_000 * i + number])

    writers = [threading.Thread(target=write, args=(one, i)) for i, one in enumerate(sharers[:2])]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()

    heard = [one.until_offset(200) for one in sharers]
    assert heard[0] == heard[1] == heard[2]
    values = [row[0] for row in heard[0][3]]
    assert sorted(values) == [*range(100), *range(1_000, 1_100)]
    # Of one process in its own order.
    assert [value for value in values if value < 1_000] == list(range(100))


def test_a_process_that_adds_alone_does_not_read_what_it_knows(share, redis):
    one, other = share(), share()
    for each in (one, other):
        each.serve()
    one.put([1], [1])
    one.until_offset(1)
    redis.config_resetstat()

    for number in range(2, 52):
        one.put([number], [number])
        other.until_offset(number)

    assert one.until_offset(51) == other.history()
    # Two that read would have done so twice as often; after each pause the first one looks.
    assert redis.info("commandstats")["cmdstat_xread"]["calls"] < 90


def test_what_others_add_to_a_log_is_heard_by_who_had_added_alone(share):
    one, other = share(), share()
    for each in (one, other):
        each.serve()
    for number in range(5):
        one.put([number], [number])

    other.put([5], [5])
    other.store.tell("fx", "status", {"status": "live"})
    one.until(lambda: one.heard(Told))

    assert one.until_offset(6) == other.until_offset(6)


def test_what_was_told_before_an_append_is_heard_before_it(share):
    one, other = share(), share()
    for each in (one, other):
        each.serve()
    for number in range(5):
        one.put([number], [number])
    other.store.tell("fx", "status", {"status": "live"})
    other.until(lambda: other.heard(Told))

    one.put([5], [5])
    one.until_offset(6)

    kinds = [type(news) for _, news in one.news]
    assert kinds.index(Told) == len(kinds) - 2


def test_a_batch_whose_answer_is_lost_is_appended_once(eater, share, redis):
    writer, reader = share(eater.url, is_following=False), share()
    reader.serve()
    writer.put([1_000], [1])

    eater.is_hungry = True
    batch = writer.put([2_000, 3_000], [2, 3], keys=[PushKey("one", 2, 2, 2)])

    assert b"kept" in eater.eaten
    assert batch.ticks.position == Position("abcdef01", 3)
    assert reader.until_offset(3)[2] == [1_000, 2_000, 3_000]
    assert redis.xlen(scripts.key("fx", "log")) == 2
    assert writer.store.failures == 1


def test_a_command_that_arrives_after_the_next_is_passed_by(share, redis):
    writer = share()
    writer.serve()
    for i in range(2):
        writer.put([1_000 * i], [i])
    of = scripts.keys("fx")
    late = (f"abcdef01,0,,0,{writer.store.writer_name},1,,0,0,1,99,0", "", 1, b"late")

    said = redis.eval(scripts.TEXTS["append"], len(of), *of, *late)

    assert said == ["old"]
    assert redis.xlen(scripts.key("fx", "log")) == 2


def test_connections_that_are_cut_all_the_time_lose_and_double_nothing(share, redis):
    writer, reader = share(), share()
    writer.serve()
    reader.serve()
    is_over = threading.Event()

    def cut():
        while not is_over.wait(0.01):
            redis.client_kill_filter(_type="normal", skipme=True)

    cutter = threading.Thread(target=cut)
    cutter.start()
    offset = 0
    while writer.store.failures < 5:
        offset += 1
        writer.put([1_000 * offset], [offset])
    is_over.set()
    cutter.join()

    assert reader.until_offset(offset)[2] == [1_000 * (i + 1) for i in range(offset)]
    assert writer.until_offset(offset) == reader.history()


def test_scripts_that_redis_has_forgotten_are_given_to_it_again(share, redis):
    writer = share()
    writer.serve()

    redis.script_flush()

    assert writer.put([1_000], [1]).ticks.offset == 1


def test_what_a_source_gives_counts_only_under_the_lease_that_is_held(share, redis):
    holder, frozen = share(), share()
    holder.serve()
    frozen.serve()
    redis.set(scripts.key("fx", "lease"), "second")

    refused = frozen.put([1_000], [1], fence="first")
    kept = holder.put([2_000], [2], fence="second")

    assert (refused.refusal, refused.ticks) == (Fenced(), None)
    assert kept.ticks.offset == 1
    assert frozen.until_offset(1)[2] == [2_000]


def test_ticks_before_the_last_one_of_another_process_are_late(share):
    first, second = share(), share()
    first.serve()
    second.serve()
    first.put([5_000.25], [1])

    late = second.put([4_000], [2])
    equal = second.put([5_000.25], [3])

    assert late.refusal == Late(5_000.25)
    assert equal.ticks.offset == 2


def test_a_push_that_another_process_has_kept_is_said_to_be(share):
    first, second = share(), share()
    first.serve()
    second.serve()
    first.put([1_000, 2_000], [1, 2], keys=[PushKey("one/abc", 2, 2, 2)])

    again = second.put([1_000, 2_000], [1, 2], keys=[PushKey("one/abc", 2, 2, 2)])
    other = second.put([9_000], [9], keys=[PushKey("one/def", 1, 1, 1), PushKey("two", 1, 1, 1)])

    kept = Repeated([KeptKey("one/abc", 2, 2, 2)])
    # Repeated before it is late: who pushes again is to hear that it is kept.
    assert (again.refusal, other.refusal) == (kept, kept)
    assert second.until_offset(2)[2] == [1_000, 2_000]
    assert second.heard(Came)[0].keys == (KeptKey("one/abc", 2, 2, 2),)


def test_a_push_in_parts_goes_on_where_it_was(share):
    first, second = share(), share()
    first.serve()
    second.serve()
    first.put([1_000], [1], keys=[PushKey("one", 1, 3, 1)])

    whole = second.put([1_000, 2_000, 3_000], [1, 2, 3], keys=[PushKey("one", 3, 3, 3)])
    rest = first.put([2_000, 3_000], [2, 3], keys=[PushKey("one", 2, 3, 3, 1)])

    assert whole.refusal == Repeated([KeptKey("one", 1, 3, 1)])
    assert rest.ticks.offset == 3
    assert list(first.store.restore("fx", 9).keys) == [KeptKey("one", 3, 3, 3)]


def test_series_of_all_processes_stand_in_one_order(share):
    first, second = share(), share()
    first.serve(names="a")
    second.serve(names="a")

    agreed = second.store.agree("fx", [Series("c"), Series("a")])
    also = first.store.agree("fx", [Series("b")])

    assert [one.name for one in agreed] == ["a", "c"]
    assert [one.name for one in also] == ["a", "c", "b"]
    second.until(lambda: len(second.heard(SeriesCame)) == 2)
    assert [one.name for one in second.heard(SeriesCame)[-1].series] == ["a", "c", "b"]
    assert first.store.agree("fx", [Series("c")]) == also


def test_values_come_in_the_order_that_all_have(share):
    first, second = share(), share()
    first.serve(names="ab")
    second.serve(names="ab")

    first.put([1_000], [2], [1], names="ba")
    second.put([2_000], [1], [3], names="ac")

    *_, rows = second.until_offset(2)
    assert rows[0] == [1, 2]
    assert rows[1] == pytest.approx([1, float("nan"), 3], nan_ok=True)
    first.until_offset(2)
    kinds = [type(news) for _, news in first.news]
    assert kinds == [Came, SeriesCame, Came]


def test_what_is_told_reaches_all_and_who_comes_later(share):
    first, second = share(), share()
    first.serve()
    second.serve()

    first.store.tell("fx", "status", {"status": "live", "reason": ""})

    second.until(lambda: second.heard(Told))
    assert second.heard(Told) == [Told("status", {"status": "live", "reason": ""})]
    assert share().serve().told == {"status": {"status": "live", "reason": ""}}


def test_what_is_told_without_end_does_not_fill_redis(share, redis):
    teller = share()
    teller.serve()
    of = scripts.keys("fx")

    with redis.pipeline() as sent:
        for i in range(1_000):
            sent.eval(scripts.TEXTS["tell"], len(of), *of, "status", f'{{"n": {i}}}')
        sent.execute()

    assert redis.xlen(scripts.key("fx", "log")) == 200
    teller.put([1_000], [1])
    teller.until_offset(1)
    assert teller.heard(Told)[-1].content == {"n": 999}


def test_of_two_notes_at_once_one_is_to_be_written_again(share):
    first, second = share(), share()
    first.serve()
    second.serve()
    note, other = Note(1, 5.0, "one", "me", 0), Note(1, 6.0, "two", "you", 0)
    first.store.keep_note("fx", note, 1)

    with pytest.raises(NoteConflict) as conflict:
        second.store.keep_note("fx", other, 1)
    second.store.keep_note("fx", Note(2, 6.0, "two", "you", 0), 2)
    second.store.keep_note("fx", Note(1, 0.0, "", "", 0), 3)

    assert conflict.value.kept == KeptNotes(1, (note,))
    first.until(lambda: len(first.heard(NoteCame)) == 3)
    assert [(one.revision, one.removed) for one in first.heard(NoteCame)] == [
        (1, None),
        (2, None),
        (3, 1),
    ]
    assert first.store.restore("fx", 1).notes.revision == 3


def test_notes_of_which_some_were_missed_are_read_anew(share, redis):
    writer, reader = share(), share()
    writer.serve()
    for i in (1, 2):
        writer.store.keep_note("fx", Note(i, 5.0, "text", "me", 0), i)
    redis.xtrim(scripts.key("fx", "log"), maxlen=0)

    # As one that had joined before these notes, and was cut off.
    reader.store.watch("fx", Position("abcdef01", 0))
    writer.store.keep_note("fx", Note(3, 5.0, "text", "me", 0), 3)

    reader.until(lambda: reader.heard(NotesCame))
    assert [one.id for one in reader.heard(NotesCame)[0].kept.notes] == [1, 2, 3]


def test_a_reader_whose_ticks_are_gone_is_given_the_chart_as_it_is(share):
    writer, reader = share(capacity=10), share(capacity=10)
    start = writer.serve()
    for i in range(250):
        writer.put([i], [i])

    reader.store.watch("fx", start.ticks.position)

    epoch, offset, times, _ = reader.until_offset(250)
    assert (epoch, offset) == ("abcdef01", 250)
    assert times == list(range(240, 250))
    assert "no longer kept" in reader.heard(Renewed)[0].reason


def test_a_chart_that_a_push_has_made_elsewhere_is_told_of(share):
    first, second = share(), share()
    first.serve()
    second.serve()

    first.serve("room", is_pushed=True)

    second.until(lambda: second.heard(Made, "room"))
    assert first.heard(Made, "room") == []
    assert list(second.store.names()) == ["room"]


def test_what_is_no_name_of_a_chart_is_passed_by_among_those_that_pushes_have_made(redis, share):
    redis.zadd(scripts.PUSHED, {b"\xff\xfe": 1, "../room": 2, "": 3})
    first, second = share(), share()
    second.serve()

    first.serve("room", is_pushed=True)

    second.until(lambda: second.heard(Made, "room"))
    assert list(second.store.names()) == ["room"]
    assert {chart for chart, _ in second.news} == {"room"}


def test_a_redis_that_is_full_is_a_fault_until_it_is_not(share, redis):
    one = share()
    one.serve()
    redis.config_set("maxmemory", 1)
    batch, done = one.submit([1_000], [1])
    one.until(lambda: "is full" in one.store.fault)

    redis.config_set("maxmemory", 0)

    assert done.wait(20)
    assert batch.ticks.offset == 1
    one.until(lambda: one.store.fault == "")


def test_a_log_is_not_closed_for_an_hour_when_the_clock_was_set_back_by_one(redis, share):
    one = share()
    one.serve()
    seconds, _ = redis.time()
    redis.hset(scripts.key("fx", "meta"), "closed_until", (seconds + 3_600) * 1000)

    assert one.put([1_000], [1]).ticks.offset == 1
