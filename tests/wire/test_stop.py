"""SIGTERM: every viewer is told and its socket closed, and the exit status is 0, soon."""

import time

import pytest
import websocket
from raw_viewer import RawViewer
from recorder import LIMIT_S, Recorder


def test_viewers_are_told_and_their_sockets_are_closed(serve):
    server = serve("--chart", "fx=walk?interval_s=0.05", "--chart", "calm=push?series=a")
    raw = RawViewer(server.url)
    raw.event("tick")
    # It is given half a second to fetch what it is told: its poll waits when the end comes.
    polling = Recorder(server.url, transports=["polling"], auth={"chart": "calm"})
    polling.wait_for("snapshot")
    publish = websocket.create_connection(
        server.url.replace("http", "ws") + "/publish", timeout=LIMIT_S
    )
    publish.recv()

    server.process.send_signal(15)
    packets = list(iter(raw.packet, None))
    while (opcode := publish.recv_data(control_frame=True)[0]) != websocket.ABNF.OPCODE_CLOSE:
        assert opcode == websocket.ABNF.OPCODE_TEXT
    status = server.process.wait()

    polling.wait_for("disconnect")
    raw.close()
    publish.shutdown()
    polling.close()
    assert status == 0
    assert '"status":"stopping"' in [packet for packet in packets if '"status"' in packet][-1]
    assert raw.close_code == 1012  # a restart
    assert "stopping" in [told["status"] for told in polling.of("status")]
    assert "Traceback" not in "\n".join(server.process.stderr_lines)


def test_a_viewer_that_reads_nothing_does_not_hold_up_the_end(serve):
    server = serve("--chart", "fx=walk?interval_s=0.01&series=A,B,C,D,E,F,G,H")
    viewers = [RawViewer(server.url) for _ in range(3)]
    time.sleep(0.5)

    # It would never come.
    server.stop()

    for viewer in viewers:
        viewer.close()


@pytest.mark.parametrize("number", [2, 15])
def test_both_signals_end_it_well(serve, number):
    server = serve()

    server.process.send_signal(number)

    assert server.process.wait() == 0
