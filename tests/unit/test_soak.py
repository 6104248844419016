"""The soak's books, its judgments, its report, and how it reads what a server sends."""

from random import Random

import pytest

from benchmarks.soak.ledger import Delays, Ledger, Run
from benchmarks.soak.promises import check_all
from benchmarks.soak.record import Look, Record, Rest, Sample
from benchmarks.soak.report import markdown
from benchmarks.soak.sources import insides
from benchmarks.soak.talk import Decoder, Talk, is_right
from benchmarks.soak.websocket import CLOSE, TEXT, Frames, masked
from benchmarks.ticks import frame, tick
from chartserver.broadcast.wire import close_frame, websocket_frame

GOOD_STEADY = {
    **{"viewers": 2, "polling": 1, "websockets": 1, "due": 3_000, "received": 3_000, "lost": 0},
    **{"cuts": 0, "wrong": 0, "told_to_stop": 2, "close_frames": 1, "longest_wait_ms": 120.0},
}


def run(base, offset, *, event="tick", **changes):
    made = Run(event, "calm", "9f2c41aa", base, offset, 1_000.0, False, True)
    return made._replace(**changes)


def look(rss_mb=60.0, descriptors=20, greenlets=30, viewers=2, cpu_s=1.0, tracebacks=0):
    return Look(rss_mb, descriptors, 5, cpu_s, {"calm": viewers}, greenlets, 1000, tracebacks, 10)


def sample(at_s=10.0, load_cpu_s=1.0, **changes):
    return Sample(at_s, False, look(**changes), load_cpu_s, 1.0, 100, 0, 3)


def record(*, early=None, end=None, **changes):
    """Return the record of a soak that kept every promise, but for what is given."""
    given = {
        "steady": GOOD_STEADY,
        "tally": {"stalls for good": 4, "evicted": 4, "ticks lost by others": 0},
        "stop": {"took_s": 1.0, "exit_status": 0, "tracebacks": 0},
        "samples": [sample()],
        **changes,
    }
    rests = {"start": look(), "early": early or look(), "end": end or look()}
    return Record(
        machine={"processor": "abacus", "cores": 2, "memory_gb": 1.0, "kernel": "Linux 6"},
        versions={"chartserver": "0.1"},
        command="python -m benchmarks.soak",
        started="2026-11-22",
        minutes=60.0,
        viewers=4,
        seed=1,
        is_quick=False,
        rests=[Rest.of(name, 1.0, 0.0, [one]) for name, one in rests.items()],
        **given,
    )


def check(made, promise):
    (found,) = [one for one in check_all(made) if promise in one.promise]
    return found


def test_ticks_that_follow_each_other_are_received_and_none_is_missed():
    ledger = Ledger()

    for one in (run(0, 5, event="snapshot"), run(5, 6), run(6, 9)):
        ledger.take(one, 0.0)

    assert (ledger.joined_at, ledger.received, ledger.missed) == (5, 4, 0)


def test_a_gap_is_missed_and_what_was_known_is_not_received_again():
    ledger = Ledger()

    for one in (run(0, 5, event="snapshot"), run(7, 8), run(4, 8), run(6, 10)):
        ledger.take(one, 0.0)

    assert (ledger.received, ledger.missed) == (3, 2)


def test_what_comes_reduced_is_not_received():
    ledger = Ledger()
    ledger.take(run(0, 5, event="snapshot"), 0.0)

    ledger.take(run(15, 20, event="backfill", is_reduced=True), 0.0)

    assert (ledger.received, ledger.reduced, ledger.offset) == (0, 15, 20)


def test_a_position_that_was_too_old_begins_anew_and_misses_nothing():
    ledger = Ledger()
    ledger.take(run(0, 5, event="snapshot"), 0.0)

    ledger.take(run(90, 100, event="snapshot", is_unbroken=False), 0.0)
    ledger.take(run(100, 101), 0.0)

    assert (ledger.restarts, ledger.received, ledger.missed) == (1, 1, 0)


def test_another_epoch_is_a_loss():
    ledger = Ledger()
    ledger.take(run(0, 5, event="snapshot"), 0.0)

    ledger.take(run(0, 3, epoch="00000000"), 0.0)

    assert ledger.missed == 3


def test_delays_are_those_of_the_oldest_tick_and_waits_those_between_frames():
    delays = Delays()
    ledger = Ledger(delays)
    ledger.take(run(0, 5, event="snapshot"), 900.0)

    ledger.take(run(5, 6), 1_030.0)
    ledger.take(run(6, 7), 1_400.0)

    assert (delays.percentile_ms(0.5), delays.percentile_ms(1.0)) == (30, 400)
    assert delays.longest_wait_ms == 370.0
    assert delays.count_above(250) == 1


def test_nothing_received_has_no_percentile():
    assert Delays().percentile_ms(0.5) is None


def test_values_are_right_when_they_are_those_of_their_offsets():
    content = frame([tick(offset, 0.0, 2) for offset in (7, 8)])

    assert is_right(content)
    content["y"][1][0] += 1
    assert not is_right(content)


def test_a_message_that_many_get_is_checked_once():
    decoder = Decoder()
    packet = b'42["tick",{"chart":"calm","epoch":"e","offset":1,"t":[1],"y":[[9]]}]'

    first, second = decoder.event(packet), decoder.event(packet)

    assert first is second
    assert decoder.wrong == 1


def test_a_viewer_answers_pings_and_gives_its_position_when_it_comes_back():
    talk = Talk(Decoder(), Ledger(), "calm")

    assert talk.take(b"2") == b"3"
    assert b"since" not in talk.take(b'0{"sid":"s"}')
    talk.take(b'42["tick",{"chart":"calm","epoch":"e","offset":1,"t":[1],"y":[[1.5]]}]')
    assert b'"since": {"epoch": "e", "offset": 1}' in talk.take(b'0{"sid":"s"}')


def test_frames_are_cut_wherever_the_bytes_are():
    sent = [b"", b"a" * 125, b"b" * 126, b"c" * 70_000]
    data = b"".join(map(websocket_frame, sent)) + close_frame(1001)
    chance, frames, got = Random(0), Frames(), []

    while data:
        n = chance.randint(1, 40_000)
        got += frames.feed(data[:n])
        data = data[n:]

    assert got == [*((TEXT, payload) for payload in sent), (CLOSE, b"\x03\xe9")]


@pytest.mark.parametrize("n", [0, 125, 126, 70_000])
def test_what_is_masked_is_as_it_was_once_unmasked(n):
    data = masked(b"x" * n)

    mask, body = data[-n - 4 : len(data) - n], data[len(data) - n :]

    assert bytes(byte ^ mask[i % 4] for i, byte in enumerate(body)) == b"x" * n


def test_a_process_can_tell_of_its_insides():
    told = insides()

    assert told["greenlets"] >= 0
    assert told["objects"] > 1_000


def test_a_rest_takes_the_median_of_memory_and_the_fewest_of_what_is_open():
    looks = [look(rss_mb=mb, descriptors=n) for mb, n in ((60.0, 22), (70.0, 20), (61.0, 21))]

    rest = Rest.of("end", 1.0, 0.0, looks)

    assert (rest.rss_mb, rest.descriptors) == (61.0, 20)


def test_a_soak_that_kept_everything_says_so():
    assert {one.passed for one in check_all(record())} == {True}


@pytest.mark.parametrize(
    ("promise", "changes"),
    [
        ("memory", {"end": look(rss_mb=63.1)}),
        ("descriptors", {"end": look(descriptors=21)}),
        ("greenlets", {"end": look(greenlets=31)}),
        ("viewers at the end", {"end": look(viewers=3)}),
        ("that healthy viewers received", {"steady": {**GOOD_STEADY, "received": 2_999}}),
        ("cut off", {"steady": {**GOOD_STEADY, "cuts": 1}}),
        ("source never gave", {"steady": {**GOOD_STEADY, "wrong": 1}}),
        ("came and went", {"tally": {"ticks lost by others": 1}}),
        ("evicted", {"tally": {"stalls for good": 4, "evicted": 3}}),
        ("tracebacks", {"stop": {"took_s": 1.0, "exit_status": 0, "tracebacks": 1}}),
        ("other faults", {"faults": {"GET / was answered 500": 2}}),
        ("after SIGTERM", {"stop": {"took_s": 1.0, "exit_status": -9, "tracebacks": 0}}),
        ("after SIGTERM", {"stop": {"took_s": 10.5, "exit_status": 0, "tracebacks": 0}}),
        ("told of it", {"steady": {**GOOD_STEADY, "close_frames": 0}}),
    ],
)
def test_a_promise_that_was_not_kept_is_told(promise, changes):
    assert check(record(**changes), promise).passed is False


def test_less_memory_at_the_end_is_no_fault():
    assert check(record(end=look(rss_mb=40.0)), "memory").passed


def test_what_it_did_not_come_to_is_not_judged():
    made = record(stop={}, steady={}, tally={}, samples=[])
    made.rests = made.rests[:1]

    assert {one.passed for one in check_all(made)} == {None}


def test_shares_of_a_core_are_taken_from_the_first_look_to_the_last():
    samples = [sample(10.0, 1.0, cpu_s=2.0), sample(20.0, 1.5, cpu_s=5.0)]

    made = record(samples=samples)

    assert (made.cpu_share("server"), made.cpu_share("load")) == (0.3, 0.05)


def test_a_record_is_read_as_it_was_written(tmp_path):
    made = record()

    made.save(tmp_path / "soak.json")

    assert Record.load(tmp_path / "soak.json") == made


def test_the_report_tells_promises_figures_and_faults():
    made = record(faults={"GET / was answered 500": 2})
    made.metrics = {"start": {}, "end": {'chartserver_evicted_total{why="slow"}': 4.0}}

    text = markdown(made, "soak.svg")

    assert "| memory at the end, against that at the early rest | +0.0% (60.0 MB : 60.0 MB)" in text
    assert "- 2 times: GET / was answered 500" in text
    assert '| `chartserver_evicted_total{why="slow"}` | 4 |' in text
    assert "None" not in text
