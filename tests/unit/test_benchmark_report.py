"""The benchmark's medians, its order of runs, its judgments and its ticks."""

import json

import pytest

from benchmarks.__main__ import order
from benchmarks.checklist import check_all
from benchmarks.measures import MEASURES, fixed_rate_hz
from benchmarks.report import markdown, table
from benchmarks.results import Results, median_of
from benchmarks.ticks import TickPlan, frame, history, live, tick

TITLES = {"chartserver": "chartserver", "flask-socketio": "stock", "node": "Node"}
MACHINE = {
    "processor": "abacus",
    "cores": 2,
    "memory_gb": 1.0,
    "kernel": "Linux 6",
    "python": "3.11",
    "files_max": 20_000,
    "pinned": True,
}


def results(*samples):
    """Return results with samples of (round, measure, viewers, peer, figures)."""
    made = Results(machine=MACHINE, started="2026-11-22", is_quick=False, titles=TITLES)
    for number, measure, viewers, peer, figures in samples:
        made.samples.append(
            {
                "round": number,
                "measure": measure,
                "viewers": viewers,
                "peer": peer,
                "figures": figures,
                "result": {},
                "fault": "",
            }
        )
    return made


def check(made, promise):
    (found,) = [one for one in check_all(made) if promise in one.promise]
    return found


def test_median_leaves_out_what_is_not_there():
    assert median_of([3.0, None, 1.0, 2.0]) == 2.0


def test_median_of_nothing_is_none():
    assert median_of([None]) is None


def test_median_is_taken_over_the_rounds_of_one_cell():
    made = results(
        (1, "fixed", 100, "node", {"p50_ms": 1.0}),
        (2, "fixed", 100, "node", {"p50_ms": 9.0}),
        (3, "fixed", 100, "node", {"p50_ms": 2.0}),
        (1, "fixed", 1000, "node", {"p50_ms": 50.0}),
        (1, "fixed", 100, "chartserver", {"p50_ms": 60.0}),
    )

    assert made.median("fixed", 100, "node", "p50_ms") == 2.0


def test_results_survive_the_file(tmp_path):
    made = results((1, "fixed", 100, "node", {"p50_ms": 1.5}), (2, "fixed", 100, "node", {}))
    made.missing["nchan"] = "no nginx"

    made.save(tmp_path / "deep" / "raw.json")

    assert Results.load(tmp_path / "deep" / "raw.json") == made


def test_results_without_samples_are_json(tmp_path):
    results().save(tmp_path / "raw.json")

    assert json.loads((tmp_path / "raw.json").read_text())["samples"] == []


def test_peers_take_turns_within_a_round_and_rounds_follow_one_another():
    plan = list(order(2, [MEASURES["fixed"]], [100, 1000], ["chartserver", "node"]))

    assert plan == [
        (number, "fixed", viewers, peer)
        for number in (1, 2)
        for viewers in (100, 1000)
        for peer in ("chartserver", "node")
    ]


def test_a_peer_is_left_out_of_measures_that_make_no_sense_for_it():
    plan = list(order(1, list(MEASURES.values()), [100], ["c-loop"]))

    assert [measure for _, measure, _, _ in plan] == ["fixed", "saturated"]


@pytest.mark.parametrize(("ours", "is_kept"), [(8.0, True), (8.5, False)])
def test_a_ratio_is_judged_by_its_limit(ours, is_kept):
    made = results(
        (1, "fixed", 1000, "chartserver", {"cpu_us_per_tick": ours}),
        (1, "fixed", 1000, "flask-socketio", {"cpu_us_per_tick": 24.6}),
    )

    assert check(made, "CPU per delivered tick, 1,000 viewers, against stock").passed is is_kept


def test_what_was_not_measured_is_neither_kept_nor_broken():
    assert {one.passed for one in check_all(results())} == {None}


def test_one_viewer_that_missed_a_tick_breaks_the_promise():
    made = results((1, "fixed", 100, "chartserver", {}), (2, "fixed", 100, "chartserver", {}))
    made.samples[1]["fault"] = "1 gaps"

    assert check(made, "every tick once").passed is False


def test_the_report_names_what_could_not_be_measured_and_what_went_wrong():
    made = results((1, "fixed", 100, "node", {"cpu_us_per_tick": 13.8}))
    made.missing["flask-socketio"] = "no such package"
    made.samples[0]["fault"] = "3 gaps"

    text = markdown(made, "plot.svg")

    assert "- stock: no such package" in text
    assert "round 1, fixed, 100 viewers, Node: 3 gaps" in text
    assert "| Node | 13.8 |" in text


def test_a_table_has_a_rule_between_head_and_rows():
    assert table(["", "a"], [["x", "1"]]) == "|  | a |\n| :-- | --: |\n| x | 1 |"


def test_the_fixed_rate_is_held_down_to_what_the_slowest_can_deliver():
    assert [fixed_rate_hz(n) for n in (100, 1_000, 5_000, 10_000)] == [10.0, 10.0, 2.0, 1.0]


def test_a_plan_reaches_a_server_through_its_environment(monkeypatch):
    plan = TickPlan(go="/tmp/go", rate_hz=None, n_series=3, live_ticks=7)

    for name, value in plan.environ().items():
        monkeypatch.setenv(name, value)

    assert TickPlan.of_environ() == plan


def test_history_ends_now_and_is_followed_by_live_ticks_on_a_grid(tmp_path, monkeypatch):
    go = tmp_path / "go"
    go.touch()
    now_s = [1_000.0]
    monkeypatch.setattr("benchmarks.ticks.time.time", lambda: now_s[0])
    plan = TickPlan(go=str(go), rate_hz=10.0, history_ticks=2, live_ticks=3)

    def oversleep(seconds):
        now_s[0] += seconds + 0.15  # late by more than an interval

    past = history(plan)
    coming = list(live(plan, oversleep))

    assert [one.time_ms for one in past] == [999_000.0, 1_000_000.0]
    assert [one.offset for one in coming] == [3, 4, 5]
    assert [one.time_ms for one in coming] == [1_000_100.0, 1_000_200.0, 1_000_300.0]


def test_a_frame_has_a_row_for_each_series():
    made = frame([tick(1, 5.0, 2), tick(2, 6.0, 2)])

    assert (made["offset"], made["t"]) == (2, [5000.0, 6000.0])
    assert made["y"] == [[1.5, 2.5], [2.25, 4.25]]
