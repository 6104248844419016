"""The Procfile, started by honcho as a platform would start it."""

import os
import queue
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from random import Random
from urllib.request import urlopen

import pytest
import socketio
import websocket
from program import ROOT, SERVING

BIN = Path(sys.executable).parent
EVENT_LIMIT_S = 60.0
CLOSE_LIMIT_S = 60.0


@pytest.fixture
def honcho(start, environ):
    """Start the Procfile on a free port; its output tells the URL once it serves."""
    port = free_port()
    path = f"{BIN}{os.pathsep}{environ['PATH']}"
    program = start(
        [BIN / "honcho", "start"], cwd=ROOT, env={**environ, "PATH": path, "PORT": str(port)}
    )
    program.wait_for(SERVING)
    program.url = f"http://127.0.0.1:{port}"
    program.server_pid = int(program.wait_for(r"web\.1 started \(pid=(\d+)\)")[1])
    yield program
    # Should the test have failed, honcho may have left it behind.
    with suppress(ProcessLookupError):
        os.killpg(program.server_pid, signal.SIGKILL)


def free_port():
    """Return a port that nobody has, and that no client is given: those are from a range above."""
    for port in Random().sample(range(20_000, 30_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("0.0.0.0", port))
            return port
    return pytest.fail("no port from 20000 to 30000 is free")


def open_viewer(url):
    """Connect a bare WebSocket as an Engine.IO client would, and join the first chart."""
    viewer = websocket.create_connection(
        url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket", timeout=EVENT_LIMIT_S
    )
    assert viewer.recv().startswith("0{")
    viewer.send("40")
    return viewer


def frames_to_the_end(viewer):
    """Return the frames from now to the close frame: opcode and text of each."""
    deadline_s = time.monotonic() + CLOSE_LIMIT_S
    frames = []
    while not frames or frames[-1][0] != websocket.ABNF.OPCODE_CLOSE:
        assert time.monotonic() < deadline_s, f"no close frame; got {frames}"
        frame = viewer.recv_frame()
        frames.append((frame.opcode, frame.data.decode("latin-1")))
    viewer.shutdown()
    return frames


def test_it_serves_the_page_on_the_port_of_the_environment(honcho):
    with urlopen(honcho.url, timeout=EVENT_LIMIT_S) as answer:
        page = answer.read().decode()

    assert answer.status == 200
    assert "/static/js/" in page


def test_a_socketio_client_sees_ticks(honcho):
    ticks = queue.Queue()
    client = socketio.Client()
    client.on("tick", ticks.put)

    client.connect(honcho.url)
    first, second = ticks.get(timeout=EVENT_LIMIT_S), ticks.get(timeout=EVENT_LIMIT_S)
    client.disconnect()

    assert second["offset"] == first["offset"] + len(second["t"])
    assert second["epoch"] == first["epoch"]


@pytest.mark.parametrize("whom", ["honcho", "the server"])
def test_sigterm_closes_each_viewer_with_a_close_frame_and_exits_with_0(honcho, whom):
    viewer = open_viewer(honcho.url)
    assert viewer.recv().startswith("40{")

    os.kill(honcho.process.pid if whom == "honcho" else honcho.server_pid, signal.SIGTERM)
    *frames, (opcode, _) = frames_to_the_end(viewer)
    status = honcho.wait()

    texts = [text for kind, text in frames if kind == websocket.ABNF.OPCODE_TEXT]
    # The last word: a DISCONNECT of Socket.IO or a CLOSE of Engine.IO would keep clients away.
    assert texts[-1].startswith('42["status"')
    assert '"stopping"' in texts[-1]
    assert opcode == websocket.ABNF.OPCODE_CLOSE
    assert "web.1 stopped (rc=0)" in honcho.output
    # Honcho's own status is 128 + 15 whenever it was told to stop itself.
    assert status == (143 if whom == "honcho" else 0)
