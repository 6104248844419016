"""The arithmetic of the page's benchmark: processor time, frames, bytes, promises, report."""

import os
from itertools import islice

import pytest

from benchmarks.page.browser import complaint
from benchmarks.page.first_load import by_kind
from benchmarks.page.folder import Folder, spread
from benchmarks.page.frame import N_SERIES, drawn_frames
from benchmarks.page.heap import minutes
from benchmarks.page.part import BARE, BLANK, CLASSIC, EPOCH, FULL, HIDDEN, OURS, TITLES, Run
from benchmarks.page.process_tree import Process, parse, processes, total_s, tree
from benchmarks.page.promises import check_all
from benchmarks.page.report import markdown
from benchmarks.page.rounds import Rounds
from benchmarks.page.sources import Plan, time_ms, values
from benchmarks.processes import RunFailed
from benchmarks.results import Results

MACHINE = {"processor": "abacus", "cores": 2, "memory_gb": 1.0, "kernel": "Linux 6"}


def results(*samples):
    """Return results with samples of (measure, page, figures)."""
    made = Results(machine=MACHINE, started="2026-11-23", is_quick=False, titles=TITLES)
    made.versions["chromium"] = "Chromium 1"
    made.samples += [sample(*one) for one in samples]
    return made


def sample(measure, peer, figures, number=1, fault="", **result):
    return {
        **{"round": number, "measure": measure, "viewers": 1, "peer": peer},
        **{"figures": figures, "result": result, "fault": fault},
    }


def run(number=1, minutes_=60.0, folder=None):
    return Run(number, FULL, folder, minutes_, lambda text: None)


def check(parts, promise):
    (found,) = [one for one in check_all(parts) if promise in one.promise]
    return found


def test_a_line_of_stat_is_read_past_a_name_with_blanks_and_brackets():
    numbers = " ".join(str(i) for i in range(4, 30))
    stat = f"17 (a) b (c)) S 12 {numbers}"

    # After the name and the state: the parent, nine others, then the four times.
    assert parse(stat, ticks_per_s=100) == Process(17, 12, (13 + 14 + 15 + 16) / 100)


def test_the_time_of_a_tree_is_that_of_all_below_the_root():
    all_processes = [
        Process(1, 0, 100.0),
        Process(5, 1, 1.0),
        Process(9, 7, 4.0),
        Process(7, 5, 2.0),
        Process(6, 1, 50.0),
    ]

    assert sorted(one.pid for one in tree(5, all_processes)) == [5, 7, 9]
    assert total_s(5, all_processes) == 7.0


def test_a_tree_whose_root_has_gone_has_no_time():
    assert total_s(5, [Process(7, 5, 2.0)]) == 0


def test_this_process_is_among_all():
    (found,) = [one for one in processes() if one.pid == os.getpid()]

    assert found.parent == os.getppid()
    assert found.cpu_s > 0


@pytest.mark.parametrize(
    ("name", "frames", "strokes", "drawn"),
    [
        (OURS, 10, 10 * N_SERIES, 10),
        (OURS, 10, 30 * N_SERIES, 10),
        (EPOCH, 10, 15 * N_SERIES, 15),
        (EPOCH, 10, 5 * N_SERIES, 10),
    ],
)
def test_frames_are_those_of_the_screen_and_of_epoch_each_pass(name, frames, strokes, drawn):
    assert drawn_frames(name, frames, strokes) == drawn


def test_bytes_are_told_by_the_kind_of_what_was_asked_for():
    def event(method, request, **said):
        return {"method": f"Network.{method}", "params": {"requestId": request, **said}}

    sizes, requests = by_kind(
        [
            event("responseReceived", "1", type="Document"),
            event("responseReceived", "2", type="Script"),
            event("loadingFinished", "2", encodedDataLength=500),
            event("loadingFinished", "1", encodedDataLength=70),
            event("responseReceived", "3", type="Script"),
            event("loadingFinished", "3", encodedDataLength=30),
            event("webSocketCreated", "4"),
            event("webSocketFrameReceived", "4", response={"payloadData": "2é"}),
            event("dataReceived", "3", dataLength=999),
        ]
    )

    assert sizes == {"Script": 530, "Document": 70, "WebSocket": 3}
    assert requests == {"Document": 1, "Script": 2, "WebSocket": 1}


def test_the_heap_is_looked_at_after_a_minute_then_each_five_and_at_the_end():
    assert minutes(run(minutes_=12)) == [1, 5, 10, 12]
    assert minutes(run(minutes_=60)) == [1, *range(5, 60, 5), 60]


def test_pages_take_turns_from_round_to_round_and_from_load_to_load():
    assert run(1).turn(["a", "b"]) == ["a", "b"]
    assert run(2).turn(["a", "b"]) == ["b", "a"]
    assert run(2).turn(["a", "b"], 1) == ["a", "b"]


def test_all_servers_have_the_same_values():
    assert list(islice(values(2), 1_500)) == list(islice(values(2), 1_500))


def test_the_last_tick_of_the_past_is_of_when_all_began():
    plan = Plan(n_series=1, history_ticks=3, interval_s=0.5)

    assert [time_ms(plan, 100.0, i) for i in range(4)] == [99_000, 99_500, 100_000, 100_500]


def test_a_promise_is_judged_by_the_medians():
    samples = [("cpu", OURS, {"cpu_share": share}) for share in (0.5, 0.02, 0.03)]
    samples += [("cpu", CLASSIC, {"cpu_share": share}) for share in (0.06, 0.06, 0.07)]

    kept = check({"cpu": results(*samples)}, "2 series at 1 Hz")

    assert kept.measured == "0.50 times (3 : 6 % of a core)"
    assert kept.passed is True


def test_a_promise_that_is_not_kept_is_told():
    of = {OURS: 36.0, EPOCH: 100.0, BARE: 103.0}
    made = results(*(("load", page, {"drawn_ms": drawn_ms}) for page, drawn_ms in of.items()))

    assert check({"load": made}, "from navigation").passed is False
    assert check({"load": made}, "without the headers").passed is True


def test_what_was_not_measured_is_neither_kept_nor_broken():
    assert {one.passed for one in check_all({})} == {None}
    assert check({"load": results(("load", OURS, {"drawn_ms": 36.0}))}, "from nav").passed is None


def test_of_tabs_what_the_browser_takes_by_itself_is_taken_off():
    shares = {HIDDEN: 0.003, OURS: 0.021, BLANK: 0.002}
    samples = [("hidden-1hz", name, {"cpu_share": share}) for name, share in shares.items()]

    kept = check({"hidden": results(*samples)}, "same at 1 Hz, without")
    unknown = check({"hidden": results(*samples[:2])}, "same at 1 Hz, without")

    with_it = check({"hidden": results(*samples)}, "hidden tab against a visible one, 1 Hz")
    assert (with_it.measured, with_it.passed) == ("0.14 times (0.3 : 2.1 % of a core)", False)
    assert (kept.measured, kept.passed) == ("0.05 times (0.1 : 1.9 % of a core)", True)
    assert unknown.passed is None


def test_the_heap_is_judged_by_its_first_and_last_look():
    made = results()
    for minute, mb in ((1, 10.0), (5, 99.0), (60, 11.9)):
        figures = {"heap_mb": mb, "objects_mb": mb / 2}
        made.samples.append(sample(f"heap-{minute}", OURS, figures, minute=minute))

    kept = check({"heap": made}, "heap after 60 minutes at 20 Hz, against that after 1")

    assert (kept.measured, kept.passed) == ("1.19 times (11.9 : 10 MB)", True)


def test_the_spread_is_from_the_least_to_the_greatest():
    made = results(*[("load", OURS, {"drawn_ms": value}) for value in (2.0, None, 1.0, 3.0)])

    assert spread(made, "load", OURS, "drawn_ms") == (1.0, 3.0)
    assert spread(made, "load", EPOCH, "drawn_ms") is None


def test_the_report_has_a_table_with_the_spread_and_what_went_wrong():
    made = results(
        ("load", OURS, {"drawn_ms": 100.0, "ready_ms": 200.0, "points": 1_800.0}),
        ("load", OURS, {"drawn_ms": 140.0, "ready_ms": 200.0, "points": 1_800.0}),
        ("load", EPOCH, {"drawn_ms": 500.0, "points": 1e5}, 2, "a line is on 20% of the plot"),
    )

    report = markdown({"load": made})

    assert "| our page | 120 (100 – 140) | 200 | 1,800 |" in report
    assert "0.24 times (120 : 500 ms)" in report
    assert "- round 2, load, Epoch, all ticks: a line is on 20% of the plot" in report


def rounds(part, *, goes_long=False):
    return Rounds("load", part, FULL, 60.0, goes_long)


@pytest.fixture(autouse=True)
def _browser(monkeypatch):
    monkeypatch.setattr("benchmarks.page.rounds.chromium_version", lambda: "Chromium 1")


def test_rounds_that_are_there_are_not_measured_again(tmp_path):
    asked = []

    def part(one):
        asked.append(one.number)
        yield one.sample("load", OURS, {"drawn_ms": 1.0})

    folder = Folder(tmp_path / "deep")
    rounds(part).measure(folder.begin("load", is_quick=False, goes_on=True), 2, folder.file("load"))
    again = folder.begin("load", is_quick=False, goes_on=True)
    rounds(part).measure(again, 3, folder.file("load"))

    assert asked == [1, 2, 3]
    assert len(folder.load(["load", "cpu"])["load"].samples) == 3


def test_a_round_that_fails_is_tried_once_more_and_leaves_nothing(tmp_path):
    tries = []

    def part(one):
        tries.append(one.folder)
        yield one.sample("load", OURS, {"drawn_ms": float(len(tries))})
        if len(tries) == 1:
            raise RunFailed("no frame came")

    made = results()
    rounds(part).measure(made, 1, tmp_path / "load.json")

    assert [one["figures"]["drawn_ms"] for one in made.samples] == [2.0]
    assert not any(folder.exists() for folder in tries)


def test_a_round_that_fails_twice_ends_the_part(tmp_path):
    def part(one):
        raise RunFailed("no frame came")
        yield

    with pytest.raises(RunFailed, match="no frame"):
        rounds(part).measure(results(), 1, tmp_path / "load.json")


def test_of_what_goes_long_each_sample_is_kept_at_once(tmp_path):
    file, kept = tmp_path / "heap.json", []

    def part(one):
        for minute in (1, 5):
            yield one.sample(f"heap-{minute}", OURS, {"heap_mb": 1.0}, minute=minute)
            kept.append(len(Results.load(file).samples))

    rounds(part, goes_long=True).measure(results(), 1, file)

    assert kept == [1, 2]


def test_a_complaint_is_told_in_a_line():
    thrown = {"description": "TypeError: no such thing\n    at draw"}
    params = {"exceptionDetails": {"text": "Uncaught", "exception": thrown, "url": "/a.js"}}

    assert complaint(params) == "TypeError: no such thing (/a.js)"
    assert complaint({"entry": {"text": "404", "url": "/b"}}) == "404 (/b)"
