"""What machines ask about the server: alive, ready, and its metrics."""

import re
import time

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open
from prometheus_client.parser import text_string_to_metric_families as parse_text

from chartserver.operation.counted import TABLE
from chartserver.operation.metrics import PREFIX
from chartserver.status import Status


def read(room, **headers):
    """Return the metrics as {(name, labels): value}, read by Prometheus' own parser."""
    answer = room.http.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in parse_text(answer.text)
        for sample in family.samples
    }


def test_it_is_alive(room):
    assert room.http.get("/healthz").json == {"status": "ok"}


def test_it_is_ready_once_it_has_beaten(room):
    before = room.http.get("/readyz")
    room.chart("fx", 1.0)
    after = room.http.get("/readyz")

    assert (before.status_code, before.json["status"]) == (503, "starting")
    assert (after.status_code, after.json) == (200, {"status": "ready", "reasons": []})
    assert after.headers["Cache-Control"] == "no-store"


def test_it_is_not_ready_with_a_failed_source_nor_when_it_stops(room):
    chart = room.chart("fx", 1.0)
    chart.status = Status("failed", "OSError: no route")

    failed = room.http.get("/readyz")
    room.server.stop()
    stopping = room.http.get("/readyz")

    assert (failed.status_code, failed.json["status"]) == (503, "unready")
    assert failed.json["reasons"] == ["1 of 1 charts: the source has failed"]
    assert (stopping.status_code, stopping.json["status"]) == (503, "stopping")


def test_while_it_stops_it_is_alive_and_its_metrics_are_read(room):
    room.server.stop()

    assert room.http.get("/healthz").status_code == 200
    assert read(room)["chartserver_ready",] == 0
    assert room.http.get("/api/charts").status_code == 503


def test_every_metric_of_the_table_is_there_with_its_help(room):
    room.chart("fx", 1.0)
    room.viewer(auth={"chart": "fx"})
    room.server.refusals.note("too_large", "a message")

    text = room.http.get("/metrics").text
    told = {family.name: family for family in parse_text(text)}

    for row in TABLE:
        family = told[PREFIX + row.name]
        assert family.type == row.kind
        assert family.documentation == row.help_text
        if row.name != "source_restarts":  # no chart of this room has a source
            assert family.samples, row.name


def test_what_has_happened_is_told(room):
    chart = room.chart("fx", 1.0, 2.0, 3.0)
    room.viewer(auth={"chart": "fx"})
    chart.append(float("inf"))
    room.beat()
    for _ in range(3):
        room.server.refusals.note("too_large", "a message")

    metrics = read(room)

    assert metrics["chartserver_ticks_taken_total", "fx"] == 4
    assert metrics["chartserver_values_refused_total", "fx"] == 1
    assert metrics["chartserver_frames_total", "fx"] == 2
    assert metrics["chartserver_delivery_lag_seconds_count",] == 2
    assert metrics["chartserver_viewers", "fx"] == 1
    assert metrics["chartserver_joins_total", "fx"] == 1
    assert metrics["chartserver_answers_total", "snapshot"] == 1
    assert metrics["chartserver_refused_total", "too_large"] == 3
    assert metrics["chartserver_log_lines_suppressed_total",] == 2
    assert metrics["chartserver_source_state", "fx", "live"] == 1
    assert metrics["chartserver_source_state", "fx", "failed"] == 0
    assert metrics["chartserver_ready",] == 1


def test_the_time_of_the_last_tick_is_that_of_its_arrival(room):
    before_s = time.time()
    room.chart("old", 1.0)  # at a second after 1970
    room.chart("none")

    metrics = read(room)

    arrived_s = metrics["chartserver_last_tick_timestamp_seconds", "old"]
    assert before_s <= arrived_s <= time.time()
    assert ("chartserver_last_tick_timestamp_seconds", "none") not in metrics


def test_the_process_is_told_of_as_others_tell_of_theirs(room):
    metrics = read(room)

    assert metrics["process_resident_memory_bytes",] > 1e6
    assert metrics["process_open_fds",] > 3
    assert metrics["python_gc_collections_total", "2"] >= 0


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/plain;version=0.0.4",
        "text/plain;version=1.0.0;escaping=underscores",
        "application/openmetrics-text;version=x",
        "text/plain;version=9.9.9.9;escaping=nonsense",
        "a;b;c,,;;",
    ],
)
def test_whatever_is_accepted_the_answer_is_metrics(room, accept):
    answer = room.http.get("/metrics", headers={"Accept": accept})

    assert answer.status_code == 200
    assert "chartserver_ready" in answer.text


def test_openmetrics_is_spoken_when_asked_for(room):
    answer = room.http.get("/metrics", headers={"Accept": "application/openmetrics-text"})

    assert answer.content_type.startswith("application/openmetrics-text")
    names = {family.name for family in parse_open(answer.text)}
    assert "chartserver_ticks_taken" in names


@pytest.mark.parametrize(
    "stranger",
    [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}},
        {"headers": {"X-Forwarded-For": "192.0.2.7"}},
        {"headers": {"Host": "evil.example"}},
        {
            "headers": {"Authorization": "Bearer guess"},
            "environ_base": {"REMOTE_ADDR": "192.0.2.7"},
        },
    ],
)
def test_strangers_are_told_how_the_metrics_are_read_and_no_more(room, stranger):
    answer = room.http.get("/metrics", **stranger)

    assert answer.status_code in (401, 403)
    assert "--metrics-tokens" in answer.json["error"]
    assert not re.search(r"chartserver_\w+_total", answer.text)
