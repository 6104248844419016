"""The end of a server whose store cannot be written: in time, and it says what is not kept."""

import contextlib
import re
import sqlite3
import time

import pytest
import requests

# As long as a request may take; without a word it would be answered only then.
REQUEST_S = 60.0
PROMPT_S = 30.0


@pytest.fixture
def file(tmp_path):
    return tmp_path / "kept.db"


def push(server, value):
    """Push a tick; return the answer, and after how many seconds it came."""
    began_s = time.monotonic()
    answer = requests.post(
        f"{server.url}/api/charts/lab/ticks", json={"a": value}, timeout=2 * REQUEST_S
    )
    return answer, time.monotonic() - began_s


def test_a_locked_store_is_told_at_once_and_does_not_hold_up_the_end(serve, file):
    server = serve(f"--store=sqlite:///{file}", f"--request-timeout-s={REQUEST_S}")
    assert push(server, 1)[0].status_code == 200

    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer, took_s = push(server, 2)
        server.process.send_signal(15)
        # As long as the store is locked it would never come.
        status = server.process.wait()

    assert (answer.status_code, took_s < PROMPT_S) == (503, True), took_s
    assert "locked" in answer.json()["error"]
    assert answer.headers["Retry-After"]
    told = server.process.told()
    assert status == 0, told
    assert re.search(r"chart lab: 1 ticks could not be kept", told)
    assert "ended before all was kept" in told
    assert "Traceback" not in told
