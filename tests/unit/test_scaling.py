"""What is computed for many viewers: the arithmetic, the simulations, and the page of it."""

import numpy as np
import pytest

from benchmarks.peers.peer import ROOT
from benchmarks.results import Results
from benchmarks.scaling.__main__ import PAGE, filled
from benchmarks.scaling.failover import Fleet
from benchmarks.scaling.measured import Measured, _fit
from benchmarks.scaling.need import Need, processes_max
from benchmarks.scaling.storm import Storm, to_fewest
from benchmarks.scaling.tables import TABLES
from benchmarks.shared.report import check_all

TTL_S = 3.0
FIGURES = Measured(
    message_us=10.0,
    message_bytes=175.0,
    viewer_kb=23.0,
    join_us=500.0,
    shared_us=500.0,
    append_us=30.0,
    read_us=10.0,
    read_us_per_log=0.5,
    read_bytes=200.0,
    snapshot_bytes=120_000,
    backfill_bytes=400,
    takeover_s=(2.5, 3.0),
)


def need(viewers, rate_hz=10.0, charts=1):
    return Need(viewers, rate_hz, charts, FIGURES)


def test_a_process_has_as_many_viewers_as_its_core_bears():
    # 60 % of a core, less 0.5 ms ten times a second, at 10 µs for each of ten messages.
    assert need(1).viewers_each == pytest.approx((0.6 - 0.005) / 1e-4, abs=1)
    assert need(100_000).processes == 17
    assert 0.5 < need(100_000).core_busy <= 0.6


def test_a_process_has_no_more_viewers_than_it_reaches_in_a_tenth_of_a_second():
    assert need(1, rate_hz=1).viewers_each == 10_000


def test_ticks_beyond_the_frames_of_a_second_cost_nothing_more():
    assert need(1_000, rate_hz=1_000).out_bytes_per_s == need(1_000, rate_hz=20).out_bytes_per_s


def test_redis_feeds_the_fewer_processes_the_more_charts_they_follow():
    most = [processes_max(charts, 1.0, FIGURES) for charts in (1, 10, 100, 1_000)]

    assert most == sorted(most, reverse=True)
    # 20 reads a second of 510 µs each, beside the appends.
    assert most[-1] == (800_000 - 30_000) // (20 * 510)


@pytest.mark.parametrize("is_to_fewest", [False, True])
@pytest.mark.parametrize("at_once", [1, 9, 18])
def test_a_deployment_ends_with_all_viewers_in(at_once, is_to_fewest):
    storm = Storm(need(100_000), spare=1, to_fewest=is_to_fewest)

    result = storm.replace(at_once)

    assert storm.live.sum() == 100_000
    assert storm.waiting.sum() == 0
    assert result.moved >= 100_000
    assert result.fullest < (1.1 if is_to_fewest and at_once == 1 else 2.0)


def test_a_storm_is_the_same_each_time_and_another_with_another_seed():
    def waits(seed):
        return Storm(need(100_000), spare=1, seed=seed).kill(1).waits_s

    assert np.array_equal(waits(1), waits(1))
    assert not np.array_equal(waits(1), waits(2))


def test_whoever_dies_leaves_its_viewers_to_the_others():
    storm = Storm(need(100_000), spare=1)

    result = storm.kill(2)

    assert list(storm.live[:2]) == [0, 0]
    assert storm.live.sum() == 100_000
    assert result.moved == 2 * 5_556 - 1 or result.moved == 2 * 5_556


@pytest.mark.parametrize("n", [0, 1, 5, 7, 100])
def test_those_that_go_to_the_fewest_level_what_is_there(n):
    loads = np.array([5.0, 1.0, 3.0, 5.0])

    dealt = to_fewest(loads, n)

    assert dealt.sum() == n
    filled_up = (loads + dealt)[dealt > 0]
    assert len(filled_up) == 0 or filled_up.max() <= (loads + dealt).min() + 1


@pytest.mark.parametrize("processes", [2, 20])
def test_another_takes_over_within_two_expiries_and_never_before_one_could_be_over(processes):
    took = Fleet(processes, TTL_S, seed=1).takeovers_s(30)

    assert took == Fleet(processes, TTL_S, seed=1).takeovers_s(30)
    # Renewed each third.
    assert min(took) >= TTL_S * 2 / 3
    assert max(took) <= 2 * TTL_S


def log_sample(followers, logs):
    cost_us = 30 + followers * (10 + 0.5 * logs)
    return {
        "round": 1,
        "measure": "log" if logs == 1 else f"{logs}-logs",
        "peer": "redis-itself",
        "viewers": followers,
        "fault": "",
        "figures": {"cpu_us_per_append": cost_us},
        "result": {},
    }


def test_what_redis_takes_is_told_apart_into_appends_reads_and_logs():
    grid = [(1, 1), (10, 1), (100, 1), (10, 10), (10, 100), (10, 1_000)]
    results = Results({}, "", False, samples=[log_sample(*one) for one in grid])

    assert _fit(results) == pytest.approx((30, 10, 0.5))


def load_sample(measure, peer, **figures):
    return {
        "round": 1,
        "measure": measure,
        "peer": peer,
        "viewers": 1_000 if measure != "takeover" else 1,
        "fault": "",
        "figures": figures,
        "result": {"messages": 1},
    }


def promises(redis_us, p50_ms, two_per_s, took_s):
    samples = [
        load_sample("fixed", "alone", cpu_us_per_tick=10.0, p50_ms=5.0),
        load_sample("fixed", "redis", cpu_us_per_tick=redis_us, p50_ms=p50_ms),
        load_sample("saturated", "one-core", messages_per_s=100_000.0),
        load_sample("saturated", "two-workers", messages_per_s=two_per_s),
        load_sample("takeover", "three-processes", took_s=took_s),
    ]
    return [check.passed for check in check_all(Results({}, "", False, samples=samples))]


def test_promises_are_held_against_what_was_measured():
    assert promises(10.9, 9.9, 171_000.0, 5.9) == [True] * 5
    assert promises(11.1, 10.1, 169_000.0, 6.1) == [False, False, False, False, True]


def test_what_is_not_measured_is_no_promise_kept():
    assert [check.passed for check in check_all(Results({}, "", False))] == [None] * 5


def test_the_page_is_that_of_the_results():
    page = PAGE.read_text()
    quick = set(TABLES) - {"takeovers", "deployments"}

    made = filled(page, Measured.load(ROOT / "docs"), quick)

    assert made == page, "run: python -m benchmarks.scaling"
    assert page.count("<!-- end -->") == len(TABLES)
