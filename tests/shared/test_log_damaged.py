"""A log that is not as it should be, on a real Redis: of a newer version, or damaged."""

import pytest

from chartserver.batch import PushKey
from chartserver.errors import StoreFault
from chartserver.notes import KeptNotes, Note
from chartserver.shared import link, scripts
from chartserver.shared.news import Told


def test_kinds_and_fields_of_a_newer_version_are_passed_by(share, redis):
    one = share()
    one.serve()
    log = scripts.key("fx", "log")

    redis.xadd(log, {"z": "of a kind that is not known"}, id="0-77")
    redis.xadd(
        log, {"x": "status", "c": '{"status": "live"}', "e": "abcdef01", "q": "?"}, id="0-78"
    )
    redis.hset(scripts.key("fx", "meta"), mapping={"hue": "blue", "seq": 78})
    one.put([1_000], [1])

    assert one.until_offset(1)[2] == [1_000]
    assert one.heard(Told) == [Told("status", {"status": "live"})]


def test_a_log_of_a_newer_version_is_refused_in_one_line(share, redis):
    one = share()
    one.serve()
    redis.hset(scripts.key("fx", "meta"), "v", 2)

    with pytest.raises(link.StoreFault, match="is of version 2; this program knows version 1"):
        share().serve()


@pytest.mark.parametrize(
    ("field", "text"), [("offset", ""), ("epoch", "zzzz"), ("series", "5"), ("told:status", "[[[")]
)
def test_a_chart_whose_meta_is_damaged_is_told_in_one_line(redis, share, field, text):
    share().serve()
    redis.hset(scripts.key("fx", "meta"), field, text)

    with pytest.raises(StoreFault, match="meta is damaged"):
        share().serve()


@pytest.mark.parametrize("kind", ["log", "meta"])
def test_a_chart_that_cannot_be_used_holds_up_no_other(redis, share, kind):
    one, other = share(), share()
    for each in (one, other):
        for chart in ("bad", "fx"):
            each.serve(chart)
    for each in (one, other):
        each.put([1], [1], chart="bad")
    redis.rename(scripts.key("bad", kind), "elsewhere")
    redis.set(scripts.key("bad", kind), "of another kind")

    batch, done = one.submit([2], [2], chart="bad", keys=[PushKey("key", 1, 1, 1)])
    one.until(lambda: one.store.fault_of("bad"))
    for number in range(5):
        one.put([number], [number])
        other.put([number], [number])

    assert one.until_offset(10) == other.until_offset(10)
    assert "WRONGTYPE" in one.store.fault_of("bad")
    assert (one.store.fault, one.store.fault_of("fx")) == ("", "")

    redis.rename("elsewhere", scripts.key("bad", kind))
    assert done.wait(20)
    assert batch.ticks.offset == 3
    assert one.until_offset(3, "bad") == other.until_offset(3, "bad")
    for each in (one, other):
        each.until(lambda each=each: each.store.fault_of("bad") == "")


def test_a_note_that_is_damaged_is_left_out_of_those_that_are_kept(redis, share):
    one = share()
    one.serve()
    note = Note(1, 1.0, "Desk opens", "viewer 1", 0)
    one.store.keep_note("fx", note, 1)
    redis.hset(scripts.key("fx", "notes"), mapping={"2": "[1]", "3": "", "4": '{"id": 4}'})

    assert share().serve().notes == KeptNotes(1, (note,))


@pytest.mark.parametrize("kind", ["keys", "notes", "writers"])
def test_what_stands_beside_a_log_and_is_of_another_kind_is_a_fault_of_its_chart(
    redis, share, kind
):
    share().serve()
    redis.delete(scripts.key("fx", kind))
    redis.set(scripts.key("fx", kind), "of another kind")

    with pytest.raises(StoreFault, match="WRONGTYPE") as fault:
        share().serve()

    assert link.is_of_what_is_kept(fault.value)


@pytest.mark.parametrize("kind", ["keys", "writers"])
def test_pushes_that_are_damaged_are_a_fault_of_their_chart(redis, share, kind):
    share().serve()
    redis.hset(scripts.key("fx", kind), "one", "?")

    with pytest.raises(StoreFault, match="pushes are damaged") as fault:
        share().serve()

    assert link.is_of_what_is_kept(fault.value)
