"""The log of a real server: machines can read it, no secret is in it, and it holds up nobody."""

import json
import os
import socket
import subprocess

import pytest
import requests
import websocket
from processes import START_LIMIT_S, command, environment, free_port
from recorder import LIMIT_S, until

VIEW, PUSH, METRICS, GUESS = "view-tok-11aa", "push-tok-22bb", "metr-tok-33cc", "gues-tok-44dd"


@pytest.fixture
def serve_to():
    """Start a server with its stderr where a shell's `redirection` leads; return (process, url)."""
    started = []

    def start(redirection, *options):
        port = free_port()
        words = command("serve", f"--port={port}", "--chart=fx=walk?interval_s=0.05", *options)
        shell = ["sh", "-c", f'exec "$@" {redirection}', "sh", *words]
        started.append(subprocess.Popen(shell, env=environment(), stdin=subprocess.DEVNULL))
        url = f"http://127.0.0.1:{port}"
        until(lambda: is_listening(port), "listening", START_LIMIT_S)
        return started[-1], url

    yield start
    for process in started:
        process.kill()
        process.wait()


def is_listening(port):
    try:
        socket.create_connection(("127.0.0.1", port), LIMIT_S).close()
    except ConnectionError:
        return False
    return True


def lines_lost(url):
    lines = requests.get(f"{url}/metrics", timeout=LIMIT_S).text.splitlines()
    return next(
        float(line.split()[1])
        for line in lines
        if line.startswith("chartserver_log_lines_lost_total ")
    )


def test_with_json_each_line_is_an_object_from_the_first_on(run):
    process = run("serve", "--port=0", "--log-format=json", "--log-level=debug",
                  "--chart=fx=python:failing:failing")  # fmt: skip
    first = json.loads(process.line("stderr"))
    while not first["message"].startswith("serving on "):
        first = json.loads(process.line("stderr"))
    url = first["message"].split()[-1]
    answer = requests.get(f"{url}/api/charts?x=1", timeout=LIMIT_S)
    requests.get(f"{url}/a%0Ab%1B%5B2K", timeout=LIMIT_S)
    until(lambda: has_failed(url), "the source has failed")

    process.send_signal(15)
    assert process.wait() == 0
    lines = [json.loads(line) for line in process.stderr_lines]

    assert {"time", "level", "logger", "message"} <= set.intersection(*map(set, lines))
    assert first["level"] == "info"
    asked = [line for line in lines if line["logger"] == "chartserver.entrance.request_log"]
    (told,) = [line for line in asked if "/api/charts?x=***: 200" in line["message"]]
    assert told["request_id"] == answer.headers["X-Request-ID"]
    assert any("source failed" in line["message"] for line in lines)


@pytest.mark.parametrize(("level", "told"), [("info", True), ("error", False)])
def test_what_is_below_the_level_is_not_told_but_the_address_is(run, level, told):
    process = run("serve", "--port=0", f"--log-level={level}", "--chart=fx=python:failing:failing")

    told_last = process.lines_until(r"^chartserver: serving on http://\S+$", "stderr")[-1]
    until(lambda: has_failed(told_last.split()[-1]), "the source has failed")
    process.send_signal(15)

    assert process.wait() == 0
    assert any("source failed" in line for line in process.stderr_lines) is told


def has_failed(url):
    return requests.get(f"{url}/api/charts/fx", timeout=LIMIT_S).json()["status"] == "failed"


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_secret_is_ever_logged(serve, run, log_format):
    process = run(
        *("serve", "--port=0", "--log-level=debug", f"--log-format={log_format}"),
        *(f"--view-tokens={VIEW}", f"--push-tokens={PUSH}", f"--metrics-tokens={METRICS}"),
        "--link-keys=link-key-55ee",
    )
    url = process.lines_until("serving on", "stderr")[-1].split("serving on ")[1].split('"')[0]
    for secret in (VIEW, PUSH, METRICS, GUESS):
        for path in (f"/?token={secret}", f"/fx?link={secret}", f"/{secret}", "/metrics"):
            requests.get(
                url + path,
                headers={"Authorization": f"Bearer {secret}", "X-Token": secret},
                cookies={"token": secret},
                timeout=LIMIT_S,
            )
        requests.post(f"{url}/api/charts/random/ticks", json={"token": secret}, timeout=LIMIT_S)
        viewer = websocket.create_connection(
            url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket", timeout=LIMIT_S
        )
        viewer.recv()
        viewer.send("40" + json.dumps({"token": secret, "chart": "random"}))
        viewer.send("42" + json.dumps(["subscribe", {"token": secret, "chart": 1}]))
        viewer.send("4" + secret)
        viewer.shutdown()
    process.send_signal(15)

    assert process.wait() == 0
    said = "\n".join(process.stderr_lines)
    assert "/metrics" in said
    # A path that only a guesser has asked for is told as it is.
    assert not [secret for secret in (VIEW, PUSH, METRICS, "link-key-55ee") if secret in said]
    assert f"token={GUESS}" not in said
    assert f"link={GUESS}" not in said


@pytest.mark.parametrize(
    "redirection", ["2>/dev/full", "2>&-", "2>&- 1>&- 0<&-", "2>/dev/full 1>/dev/full"]
)
def test_a_log_that_cannot_be_written_hurts_nobody(serve_to, redirection):
    process, url = serve_to(redirection, "--log-level=debug")

    for _ in range(50):
        requests.get(f"{url}/nothing-there", timeout=LIMIT_S)
    until(lambda: lines_lost(url) >= 50, "lost lines are counted")
    process.terminate()

    assert process.wait(LIMIT_S) == 0


def test_a_reader_that_has_gone_hurts_nobody(serve_to, tmp_path):
    fifo = tmp_path / "log"
    os.mkfifo(fifo)
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    process, url = serve_to(f"2>{fifo}", "--log-level=debug")

    os.close(reading)
    for _ in range(5):
        requests.get(f"{url}/nothing-there", timeout=LIMIT_S)
    until(lambda: lines_lost(url) >= 5, "lost lines are counted")
    process.terminate()

    assert process.wait(LIMIT_S) == 0


def test_a_reader_that_does_not_read_holds_up_nobody(serve_to, tmp_path):
    fifo = tmp_path / "log"
    os.mkfifo(fifo)
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    process, url = serve_to(f"2>{fifo}", "--log-level=debug")

    session = requests.Session()
    for _ in range(600):  # of some 250 bytes each: twice what the pipe holds
        session.get(f"{url}/{'x' * 190}", timeout=LIMIT_S)
    session.close()
    process.terminate()

    assert process.wait(LIMIT_S) == 0
    os.close(reading)
