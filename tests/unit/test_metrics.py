"""The table of metrics: named as Prometheus asks, and with all that is counted in it."""

import ast
import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily

from chartserver.operation.counted import TABLE
from chartserver.operation.metrics import PREFIX, OfWorker

PACKAGE = Path(__file__).parents[2] / "chartserver"
NAMES = {row.name for row in TABLE}

# Each public attribute that code adds to, and the metric that shows it.
SHOWN_AS = {
    "answers": "answers",
    "beats_skipped": "beats_skipped",
    "commits": "store_commits",
    "conflated": "conflated",
    "counts": "refused",
    "delivered_bytes": "delivered_bytes",
    "deliveries": "deliveries",
    "encoded": "answers_encoded",
    "evicted": "evicted",
    "failures": "beat_failures",
    "frames": "frames",
    "got": "leases_got",
    "joins": "joins",
    "late": "shared_late",
    "lines_suppressed": "log_lines_suppressed",
    "lost": "log_lines_lost",
    "made": "drafts_made",
    "n": "open_connections",
    "passed_by": "passed_by",
    "renewals": "shared_renewals",
    "repeats": "shared_repeats",
    "restarts": "source_restarts",
    "runs_refused": "pushes_refused",
    "shared": "answers_shared",
    "stalled_s": "loop_stalled_seconds",
    "stalls": "loop_stalls",
    "ticks_fenced": "ticks_fenced",
    "ticks_kept": "store_ticks_kept",
    "ticks_pushed": "ticks_pushed",
    "ticks_refused": "ticks_refused",
    "ticks_taken": "ticks_taken",
    "values_refused": "values_refused",
    "written": "notes_written",
    "viewers": "viewers",
}
NO_METRICS = {
    "dropped": "of a source, added to ticks_refused",
    "drawn": "pictures are drawn at most so often",
    "faults": "of options, before anything runs",
    "gone": "of one transaction",
    "held_bytes": "bounded by a constant, and what is beyond is counted under push_bodies",
    "kept_bytes": "bounded by a constant",
    "lines": "of one parser, and those refused are in the log",
    "lines_refused": "see lines",
    "messages": "of one source, and those refused are in the log",
    "n_readers": "of one chart; all of them are in sessions",
    "put": "of one transaction",
    "refused": "of the offload, counted under busy; of one source, see messages",
    "skipped": "see messages",
    "sum": "of a histogram, which is shown whole",
    "taken": "of one session",
    "ticks": "see messages",
    "under_way": "pictures are drawn two or three at a time",
    "version": "of a description",
}
# What only clients run, or the commands beside the server.
NOT_SERVING = {"client", "feed", "link", "pusher", "screen", "viewer", "watch"}


def counters():
    """Return the public attributes that the server adds to, and where."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        if path.stem in NOT_SERVING or path.stem.startswith(("terminal_", "findings_")):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add | ast.Sub):
                target = node.target
                target = target.value if isinstance(target, ast.Subscript) else target
                if isinstance(target, ast.Attribute) and not target.attr.startswith("_"):
                    found[target.attr] = f"{path.name}:{node.lineno}"
    return found


def test_everything_that_is_counted_is_shown():
    left_out = {
        name: where
        for name, where in counters().items()
        if name not in SHOWN_AS and name not in NO_METRICS
    }

    assert left_out == {}
    assert set(SHOWN_AS.values()) <= NAMES


def test_nothing_is_said_to_be_counted_that_is_not():
    assert set(SHOWN_AS) - set(counters()) == set()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_names_and_units_are_as_prometheus_asks(row):
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", row.name)
    # The library adds it to those of counters.
    assert not row.name.endswith("_total")
    # Base units: seconds and bytes.
    assert not re.search(r"_(ms|millis|milliseconds|kb|mb|minutes)$", row.name)
    assert row.kind in ("counter", "gauge", "histogram")
    assert row.help_text.endswith(".")


def test_each_name_is_there_once():
    assert len(NAMES) == len(TABLE)
    assert PREFIX == "chartserver_"


def test_each_metric_of_a_worker_has_its_number_beside_its_own_labels():
    class One:
        def collect(self):
            family = CounterMetricFamily("frames", "Frames.", labels=("chart",))
            family.add_metric(("fx",), 3)
            yield family

    registry = CollectorRegistry()
    registry.register(OfWorker(One(), 2))

    assert b'frames_total{chart="fx",worker="2"} 3.0' in generate_latest(registry)
