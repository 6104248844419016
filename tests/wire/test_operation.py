"""What an operator sees of a real server: probes, metrics, the end, and who may see them."""

import signal
import socket
import subprocess

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from raw_viewer import RawViewer
from recorder import LIMIT_S, Recorder, until

TOKEN = "metrics-token-9f2c41aa"


def get(server, path, **options):
    return requests.get(f"{server.url}{path}", timeout=LIMIT_S, **options)


def is_ready(server):
    return get(server, "/readyz").status_code == 200


def metrics_of(server, **options):
    """Return the metrics as {(name, labels): value}, read by Prometheus' own parser."""
    answer = get(server, "/metrics", **options)
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_a_server_is_ready_soon_and_tells_what_it_does(serve):
    server = serve("--chart=fx=walk?interval_s=0.02")
    viewer = Recorder(server.url, auth={"chart": "fx"}, transports=["websocket"])
    polling = Recorder(server.url, auth={"chart": "fx"}, transports=["polling"])

    until(lambda: is_ready(server), "ready")
    viewer.wait_for("tick", 20)
    polling.wait_for("tick", 5)
    metrics = metrics_of(server)
    viewer.close()
    polling.close()

    assert metrics["chartserver_ready",] == 1
    assert metrics["chartserver_ticks_taken_total", "fx"] >= 20
    assert metrics["chartserver_frames_total", "fx"] >= 20
    assert metrics["chartserver_viewers", "fx"] == 2
    assert metrics["chartserver_sessions", "websocket"] == 1
    assert metrics["chartserver_sessions", "polling"] == 1
    assert metrics["chartserver_source_state", "fx", "live"] == 1
    assert metrics["chartserver_answers_total", "snapshot"] == 2
    n_frames = metrics["chartserver_delivery_lag_seconds_count",]
    assert n_frames >= 20
    assert metrics["chartserver_delivery_lag_seconds_bucket", "+Inf"] == n_frames
    # Some may be late on a slow machine, but not all that were first late with their tick.
    assert metrics["chartserver_delivery_lag_seconds_bucket", "1.0"] > 0.5 * n_frames
    assert metrics["chartserver_loop_lag_seconds_count",] >= 3
    assert metrics["process_resident_memory_bytes",] > 1e7


@pytest.mark.parametrize("fan_out", ["direct", "ordinary"])
def test_what_is_delivered_is_counted_where_it_can_be(serve, fan_out):
    server = serve(
        "--chart=fx=walk?interval_s=0.02", "--async-mode=eventlet", f"--fan-out={fan_out}"
    )
    viewer = Recorder(server.url, auth={"chart": "fx"}, transports=["websocket"])
    viewer.wait_for("tick", 20)

    metrics = metrics_of(server)
    viewer.close()

    n = metrics["chartserver_deliveries_total",]
    assert n >= 19 if fan_out == "direct" else n == 0
    assert metrics["chartserver_delivered_bytes_total",] >= 100 * n


def test_a_source_that_fails_is_told_and_the_other_charts_are_still_served(serve):
    server = serve("--chart=fx=python:failing:failing", "--chart=lab=random")

    until(lambda: get(server, "/readyz").json()["reasons"], "a reason")
    ready = get(server, "/readyz")
    alive = get(server, "/healthz")
    metrics = metrics_of(server)

    reasons = ["1 of 2 charts: the source has failed"]
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "reasons": reasons})
    assert alive.status_code == 200
    assert metrics["chartserver_source_state", "fx", "failed"] == 1
    assert metrics["chartserver_source_restarts_total", "fx"] >= 1


def test_with_a_token_the_metrics_are_read_by_its_holders_alone(serve):
    server = serve("--metrics-tokens=other-token-1", f"--metrics-tokens={TOKEN}")

    told = [
        get(server, "/metrics", headers=headers)
        for headers in (
            {},
            {"Authorization": "Bearer wrong-token-1"},
            {"Authorization": f"Bearer {TOKEN}"},
        )
    ]

    assert [answer.status_code for answer in told] == [401, 403, 200]
    assert "--metrics-tokens" in told[0].json()["error"]
    assert "chartserver_ready" in told[2].text
    assert "chartserver_ready" not in told[0].text + told[1].text


def test_while_it_stops_nobody_is_let_in_and_the_probes_tell_why(serve):
    charts = ("fx=walk?interval_s=0.05", "wide=python:counting:wide", "calm=push?series=a")
    server = serve(*(f"--chart={chart}" for chart in charts), "--return-within-s=7")
    viewer = RawViewer(server.url)
    viewer.event("tick")
    # It is given half a second to fetch what it is told: its poll waits when the end comes.
    polling = Recorder(server.url, transports=["polling"], auth={"chart": "calm"})
    polling.wait_for("snapshot")
    stuck = stuck_viewer(server.url)

    server.process.send_signal(signal.SIGTERM)
    until(lambda: get(server, "/readyz").status_code == 503, "stopping")
    ready, alive, page, handshake = (
        get(server, path)
        for path in ("/readyz", "/healthz", "/fx", "/socket.io/?EIO=4&transport=polling")
    )
    stuck.close()
    packets = list(iter(viewer.packet, None))
    status = server.process.wait()
    viewer.close()
    polling.close()

    assert ready.json() == {"status": "stopping", "reasons": ["the server is stopping"]}
    assert alive.status_code == 200
    assert {page.status_code, handshake.status_code} == {503}
    assert int(handshake.headers["Retry-After"]) > 0
    assert status == 0
    notice = [packet for packet in packets if '"stopping"' in packet]
    assert len(notice) == 1
    assert '"return_within_s":7.0' in notice[0]
    assert [told.get("return_within_s") for told in polling.of("status")][-1] == 7.0


def test_the_close_frame_of_the_fast_path_says_that_the_server_will_be_back(serve):
    server = serve("--chart=fx=walk?interval_s=0.05", "--async-mode=eventlet", "--fan-out=direct")
    viewer = RawViewer(server.url)
    viewer.event("tick")

    server.process.send_signal(signal.SIGTERM)
    while viewer.packet():
        pass
    viewer.close()
    server.process.wait()

    assert viewer.close_code == 1012


@pytest.mark.parametrize("source", ["python:failing:blocked", "-"])
def test_a_source_that_blocks_does_not_hold_up_the_end(serve, source):
    server = serve(f"--chart=fx={source}", stdin=subprocess.PIPE)

    # It would never come.
    server.stop()


def test_a_second_signal_ends_it_at_once(run):
    process = run("serve", "--port=0", "--chart=wide=python:counting:wide")
    url = process.lines_until(r"serving on", "stderr")[-1].split()[-1]
    viewer = stuck_viewer(url)

    process.send_signal(signal.SIGTERM)
    process.lines_until("stopping", "stderr")
    assert process.popen.poll() is None
    process.send_signal(signal.SIGTERM)

    # The first would end it with another.
    assert process.wait() == -signal.SIGTERM
    viewer.close()


def stuck_viewer(url):
    """Return a viewer of `wide` that reads nothing, so that the end waits for it."""
    viewer = RawViewer(
        url, {"chart": "wide"}, sockopt=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)]
    )
    address = f"{url}/api/charts/wide"
    # More than the kernel takes for it.
    enough = requests.get(address, timeout=LIMIT_S).json()["offset"] + 200
    until(lambda: requests.get(address, timeout=LIMIT_S).json()["offset"] >= enough, "it is stuck")
    return viewer
