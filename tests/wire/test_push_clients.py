"""Clients of others push to a real server, one for all: that of InfluxDB, and curl."""

import gzip
import json
import subprocess
import threading
import time
import urllib.request

import pytest
from influxdb_client import InfluxDBClient, Point, WriteOptions
from influxdb_client.client.write.retry import WritesRetry
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException
from processes import Servers, free_port

from chartserver.clients.client import Client

TOKEN = "a-token-of-the-tests"
T_S = 1_761_832_800
LIMIT_S = 60.0
RESTART_PUSHES = 40


@pytest.fixture(scope="module")
def server():
    with Servers() as servers:
        yield servers.start(env={"CHARTSERVER_PUSH_TOKENS": TOKEN})


def influx(server, **options):
    return InfluxDBClient(server.url, **({"token": TOKEN, "org": "any"} | options))


def curl(server, path, *options):
    """Return status, headers and body that curl got."""
    ran = subprocess.run(
        ["curl", "-sS", "-i", "--max-time", "90", f"{server.url}{path}", *options],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    head, _, body = ran.stdout.partition("\n\n")
    if head.split()[1] == "100":
        # Werkzeug asks for every body that waits to be asked for.
        head, _, body = body.partition("\n\n")
    return int(head.split()[1]), head, body


def ticks(server, chart):
    """Return each tick of a chart: its time, and its values by series, None for missing."""
    with urllib.request.urlopen(f"{server.url}/api/charts/{chart}", timeout=LIMIT_S) as answer:
        names = [series["name"] for series in json.load(answer)["series"]]
    with urllib.request.urlopen(
        f"{server.url}/api/charts/{chart}/ticks", timeout=LIMIT_S
    ) as answer:
        frame = json.load(answer)
    return [
        (time, dict(zip(names, row, strict=True)))
        for time, row in zip(frame["t"], zip(*frame["y"], strict=True), strict=True)
    ]


def next_tick(viewer):
    """Return the one tick that a viewer gets next; a description may come before it."""
    deadline_s = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline_s:
        for tick in viewer.poll(1.0):
            return tick
    return pytest.fail(f"no tick in {LIMIT_S:g} s")


@pytest.mark.parametrize("is_packed", [False, True])
def test_the_client_of_influxdb_writes_points(server, is_packed):
    chart = f"points-{is_packed}".lower()
    points = [
        Point(chart).tag("host", "a b").field("user", 1.5 + i).field("n", i).time(T_S + i, "s")
        for i in range(3)
    ]

    with influx(server, enable_gzip=is_packed) as client:
        client.write_api(write_options=SYNCHRONOUS).write("any", record=points, write_precision="s")

    assert ticks(server, chart) == [
        ((T_S + i) * 1000, {"n{host=a b}": i, "user{host=a b}": 1.5 + i}) for i in range(3)
    ]


def test_the_client_of_influxdb_writes_in_batches(server):
    faults = []
    with (
        influx(server) as client,
        client.write_api(
            WriteOptions(batch_size=500, flush_interval=200),
            error_callback=lambda _, data, error: faults.append(error),
        ) as api,
    ):
        for i in range(2_000):
            api.write("any", record=f"batches value={i} {T_S * 1000 + i}", write_precision="ms")

    assert faults == []
    assert [values["value"] for _, values in ticks(server, "batches")] == list(range(2_000))


def test_the_client_of_influxdb_understands_what_is_refused(server):
    with influx(server) as client, pytest.raises(ApiException) as caught:
        client.write_api(write_options=SYNCHRONOUS).write("any", record="m f=1\nm f=x")

    assert caught.value.status == 400
    assert "no point" in caught.value.message
    assert json.loads(caught.value.body)["line"] == 2


@pytest.mark.parametrize(("token", "status"), [("", 401), ("none", 403)])
def test_the_client_of_influxdb_needs_a_token(server, token, status):
    with influx(server, token=token) as client, pytest.raises(ApiException) as caught:
        client.write_api(write_options=SYNCHRONOUS).write("any", record="m f=1")

    assert caught.value.status == status
    assert "token" in caught.value.message


def test_the_client_of_influxdb_finds_the_server_there(server):
    with influx(server) as client:
        assert client.ping()
        assert client.version().startswith("chartserver-")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", f'{{"time": {T_S}, "EURUSD": 1.08}}'),
        ("application/x-ndjson", f'{{"time": {T_S}, "EURUSD": 1.08}}\n'),
        ("text/csv", f"time,EURUSD\n{T_S},1.08\n"),
    ],
)
def test_curl_pushes(server, kind, body):
    chart = kind.partition("/")[2]
    options = ["-H", f"Authorization: Bearer {TOKEN}", "-H", f"Content-Type: {kind}"]

    status, _, answer = curl(server, f"/api/charts/{chart}/ticks", *options, "--data-binary", body)

    assert status == 200, answer
    assert json.loads(answer)["offset"] == 1
    assert ticks(server, chart) == [(T_S * 1000, {"EURUSD": 1.08})]


def test_curl_pushes_a_packed_file_in_chunks(server, tmp_path):
    rows = "".join(f"{T_S + i},{i}\n" for i in range(20_000))
    file = tmp_path / "rows.csv.gz"
    file.write_bytes(gzip.compress(f"time,a\n{rows}".encode()))

    status, _, answer = curl(
        server,
        "/api/charts/packed/ticks",
        *("-H", f"Authorization: Bearer {TOKEN}", "-H", "Content-Type: text/csv"),
        *("-H", "Content-Encoding: gzip", "-H", "Transfer-Encoding: chunked"),
        *("--data-binary", f"@{file}"),
    )

    assert (status, json.loads(answer)["ticks"]) == (200, 20_000)


def test_curl_writes_as_to_version_1(server):
    status, _, _ = curl(
        server, "/write?db=x&precision=s", "-u", f"any:{TOKEN}", "--data-binary", f"v1 f=1 {T_S}"
    )

    assert status == 204
    assert ticks(server, "v1") == [(T_S * 1000, {"f": 1})]


def test_a_body_that_is_too_large_is_refused_before_it_is_read(server, tmp_path):
    file = tmp_path / "large"
    file.write_bytes(bytes(5_000_000))

    status, _, answer = curl(server, "/write", "-u", f"any:{TOKEN}", "--data-binary", f"@{file}")

    assert status == 413
    assert "expected 4194304 bytes at most" in json.loads(answer)["error"]


def test_viewers_see_what_is_pushed(server):
    with influx(server) as client:
        api = client.write_api(write_options=SYNCHRONOUS)
        api.write("any", record=f"seen f=1 {T_S}", write_precision="s")
        with Client(f"{server.url}/seen", history=True) as viewer:
            assert next_tick(viewer).values == {"f": 1.0}
            api.write("any", record=f"seen f=2,g=3 {T_S + 1}", write_precision="s")
            assert next_tick(viewer).values == {"f": 2.0, "g": 3.0}


def test_what_the_client_of_influxdb_was_told_is_kept_is_there_once_after_crashes(serve, tmp_path):
    options = ["--port", str(free_port()), f"--store=sqlite:///{tmp_path}/kept.db"]
    server = serve(*options)
    # By itself it does not try again where a connection broke off.
    retries = WritesRetry(total=60, retry_interval=1, exponential_base=1, allowed_methods=["POST"])
    half = threading.Event()

    def restart():
        half.wait(LIMIT_S)
        server.kill()
        serve(*options)

    restarting = threading.Thread(target=restart)
    restarting.start()
    with influx(server, token="any", retries=retries) as client:
        api = client.write_api(write_options=SYNCHRONOUS)
        for i in range(RESTART_PUSHES):
            if i == RESTART_PUSHES // 2:
                half.set()
            api.write("any", record=f"kept n={i} {T_S + i}", write_precision="s")
    restarting.join(LIMIT_S)

    kept = [values["n"] for _, values in ticks(server, "kept")]
    assert kept == list(range(RESTART_PUSHES))


def test_what_curl_was_told_is_kept_is_there_once_after_a_crash(serve, tmp_path):
    options = ["--port", str(free_port()), f"--store=sqlite:///{tmp_path}/kept.db"]
    server = serve(*options)
    for i in range(6):
        if i == 3:
            server.kill()
            starting = threading.Thread(target=serve, args=options)
            starting.start()
        for _ in range(2):
            status, _, answer = curl(
                server,
                "/api/charts/kept/ticks",
                *("--retry", "40", "--retry-all-errors", "--retry-delay", "1"),
                *("-H", "Content-Type: application/json", "-H", f"Idempotency-Key: {i}"),
                *("--data-binary", json.dumps({"time": T_S + i, "n": i})),
            )
            assert status == 200, answer
    starting.join(LIMIT_S)

    assert [values["n"] for _, values in ticks(server, "kept")] == list(range(6))
