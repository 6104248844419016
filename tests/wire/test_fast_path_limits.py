"""What a viewer of the fast path may count on, and where the server has its limits."""

import time

import psutil
import requests
from hard_viewer import LIMIT_S, HardViewer, connect, handshake
from recorder import until


def test_a_full_server_refuses_in_words_and_lets_in_again(serve_fast):
    server = serve_fast("--max-viewers=3")
    viewers = [HardViewer(server.url, {"chart": "calm"}) for _ in range(3)]

    for transport in ("polling", "websocket"):
        headers = {"Connection": "Upgrade", "Upgrade": "websocket"}
        answer = requests.get(
            f"{server.url}/socket.io/?EIO=4&transport={transport}",
            headers=headers if transport == "websocket" else {},
            timeout=LIMIT_S,
        )
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "3 viewers" in answer.json()["error"]
    assert requests.get(f"{server.url}/api/charts/calm", timeout=LIMIT_S).status_code == 200
    viewers.pop().reset()
    until(lambda: lets_in(server), "a viewer let in again")
    for viewer in viewers:
        viewer.close()


def lets_in(server):
    with requests.Session() as session:
        address = f"{server.url}/socket.io/?EIO=4&transport=polling"
        return session.get(address, timeout=LIMIT_S).status_code == 200


def test_compression_is_declined(serve_fast):
    server = serve_fast()

    with connect(server.url) as sock:
        head, _ = handshake(
            sock, server.url, headers="Sec-WebSocket-Extensions: permessage-deflate\r\n"
        )

    assert head.startswith("HTTP/1.1 101")
    assert "extensions" not in head.lower()


def test_small_frames_do_not_wait_for_one_another(serve_fast):
    server = serve_fast("--message-burst=1000")
    viewer = HardViewer(server.url, {"chart": "calm"})
    viewer.read_until(lambda: "tick" in viewer.events, "a tick")

    took_s = []
    for _ in range(60):
        began_s = time.monotonic()
        asked = [viewer.ask("subscribe", {"chart": "nope"}) for _ in range(3)]
        viewer.answer(asked[-1])
        took_s.append(time.monotonic() - began_s)

    # With Nagle's algorithm the answer behind an unacknowledged frame waits for 40 ms, but for the
    # first few. What the machine holds up is some of them.
    assert sorted(took_s)[10] < 0.03
    viewer.close()


def test_a_server_out_of_descriptors_takes_viewers_again_later(serve_fast):
    server = serve_fast()
    process = psutil.Process(server.process.pid)
    process.rlimit(psutil.RLIMIT_NOFILE, (process.num_fds() + 10, 4_096))

    socks = [connect(server.url) for _ in range(30)]
    time.sleep(0.5)
    for sock in socks:
        sock.close()

    viewer = HardViewer(server.url, {"chart": "calm"})
    viewer.read_until(lambda: "tick" in viewer.events, "a tick")
    viewer.close()
