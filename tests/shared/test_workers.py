"""Workers that share a port: one chart on all of them, whatever befalls one."""

import os
import re
import signal
import socket
import subprocess
from contextlib import closing, suppress
from random import Random

import pytest
import requests
from checker import Checker
from fleet import Fleet, wait_until
from pushing import Pushes
from recorder import Recorder
from redis_server import RedisServer
from tcp_proxy import TcpProxy

CHART = "lab"
VIEWERS = 100
TRIES = 200
LIMIT_S = 60.0


@pytest.fixture(scope="module")
def server():
    server = RedisServer()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def own_ports():
    """Two ports in a row that nobody has, and that no client is given: those are above."""
    for first in Random().sample(range(20_000, 30_000), TRIES):
        with suppress(OSError), bound(first), bound(first + 1):
            return first, first + 1
    return pytest.fail("no two ports in a row are free from 20000 to 30000")


@pytest.fixture(scope="module")
def supervisor(server, own_ports):
    """A supervisor and two workers; all must end well at the end."""
    chart = ("--chart", f"{CHART}=push", "--log-format", "json")
    with Fleet(server.url, *chart, "--workers", "2", "--worker-ports", own_ports[0]) as fleet:
        yield fleet.start()


def bound(port):
    return socket.create_server(("127.0.0.1", port))


def ask(url):
    """Return the answer over a connection of its own, which the kernel gives to any worker."""
    return requests.get(url, headers={"Connection": "close"}, timeout=LIMIT_S)


def pid_of(process, worker):
    """Return the process id of a worker as the supervisor has told it last."""
    said = re.findall(rf"worker {worker} is process (\d+)", "\n".join(process.stderr_lines))
    return int(said[-1])


def test_the_kernel_deals_out_to_all_and_each_tells_which_it_is(supervisor):
    seen = set()
    for _ in range(TRIES):
        seen.add(ask(f"{supervisor.url}/healthz").json()["worker"])
        if seen == {1, 2}:
            break

    assert seen == {1, 2}


def test_each_worker_is_reached_by_itself_at_a_port_of_its_own(supervisor, own_ports):
    assert supervisor.url
    for worker, port in enumerate(own_ports, 1):
        url = f"http://127.0.0.1:{port}"

        assert ask(f"{url}/healthz").json() == {"status": "ok", "worker": worker}
        lines = [line for line in ask(f"{url}/metrics").text.splitlines() if line[:1] != "#"]
        assert len(lines) > 50
        assert all(f'worker="{worker}"' in line for line in lines)


def test_all_viewers_have_the_same_when_a_worker_is_killed(supervisor):
    # Who serves has told of all workers.
    assert supervisor.url
    killed = pid_of(supervisor.process, 2)
    with (
        Pushes([supervisor.url], CHART) as pushes,
        Checker([supervisor.url], CHART, VIEWERS) as checker,
    ):
        os.kill(killed, signal.SIGKILL)
        checker.until(lambda: checker.losses > 0, "those of the worker have lost it")
        checker.until(lambda: checker.watching == VIEWERS, "all are back")
        wait_until(lambda: pid_of(supervisor.process, 2) != killed, "another is started")
        n_pushed = pushes.stop()
        checker.settle(n_pushed)

        checker.check(pushes.acknowledged)

    told = "\n".join(supervisor.process.stderr_lines)
    assert (
        f"worker 2, process {killed}, was ended by SIGKILL; it is started again in 0.25 s" in told
    )


def test_who_polls_and_lands_at_another_worker_comes_back_with_its_position(supervisor, own_ports):
    wait_until(lambda: all(map(is_served, own_ports)), "both workers serve", LIMIT_S)
    with TcpProxy(own_ports[0]) as proxy:
        url = proxy.url("http", "")
        with closing(Recorder(url, auth={"chart": CHART}, transports=["polling"])) as viewer:
            viewer.wait_for("snapshot")
            sid = viewer.client.eio.sid
            stray = f"http://127.0.0.1:{own_ports[1]}/socket.io/?EIO=4&transport=polling&sid={sid}"
            answer = ask(stray)

            proxy.turn_to(own_ports[1])
            viewer.wait_for("connect", 2)
            viewer.wait_for("backfill")
            push = requests.post(
                f"{supervisor.url}/api/charts/{CHART}/ticks", json={"n": -1.0}, timeout=LIMIT_S
            ).json()
            viewer.wait(lambda: has(viewer, push["offset"]), "what was pushed then")

            offsets = sorted(offset for _, _, offset in viewer.series)
            assert offsets == list(range(offsets[0], push["offset"] + 1))
    assert answer.status_code == 400
    assert "expected that of an open session" in answer.json()["error"]


def is_served(port):
    with suppress(requests.RequestException):
        return ask(f"http://127.0.0.1:{port}/readyz").status_code == 200
    return False


def has(viewer, offset):
    return any(of == offset for _, _, of in viewer.series)


def test_standard_input_is_read_by_one_and_after_it_by_another(server):
    """By the other, or by who takes the place of the first.

    And a signal to all of them, as platforms send it, ends each in good order.
    """
    runs_here = re.compile(r"chartserver\[(\d)\]: .*chart pipe: its source runs here")
    with Fleet(server.url, "--chart", "pipe=-", "--workers", "2", "--lease-s", "1") as fleet:
        member = fleet.start(stdin=subprocess.PIPE, start_new_session=True)
        process, pipe = member.process, member.process.popen.stdin
        said = "\n".join(process.lines_until(runs_here, "stderr"))
        assert member.url
        holder = int(runs_here.findall(said)[-1])
        with Checker([member.url], "pipe", 4) as checker:
            pipe.write("1\n2\n3\n")
            pipe.flush()
            checker.settle(3)
            os.kill(pid_of(process, holder), signal.SIGKILL)
            process.lines_until(runs_here, "stderr")
            pipe.write("4\n5\n")
            pipe.flush()
            checker.settle(5)

            checker.check()
            (ticks,) = checker.ledger.epochs.values()
            assert [ticks[offset][1] for offset in range(1, 6)] == [(n,) for n in range(1, 6)]

        os.killpg(process.pid, signal.SIGTERM)
        member.ended_well()
        stopped = [line for line in process.stderr_lines if "stopped after" in line]
        assert stopped
        assert not any("again" in line for line in process.rest("stderr"))
