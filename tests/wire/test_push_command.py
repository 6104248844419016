"""`chartserver push` against a server that misbehaves: each tick once and in order all the same."""

import os
import select
import signal
import subprocess
import threading
import time

import pytest
from push_target import PushTarget

from chartserver.clients.backlog import Backlog
from chartserver.clients.endpoint import Endpoint
from chartserver.clients.feed import Feed
from chartserver.clients.pusher import Pusher

LIMIT_S = 60.0
LONG_LINE = b"1".rjust(4_000, b"0") + b"\n"
TROUBLES = ["drop", "take, drop", "take, cut", "take, hang", 503, 500, 408]


@pytest.fixture
def target():
    """Make a server that misbehaves as told, `target("take", 503)`."""
    made = []

    def start(*will):
        made.append(PushTarget(*will))
        return made[-1]

    yield start
    for one in made:
        one.close()


class Push:
    """Lines on their way to a target, through pauses that are as short as can be."""

    def __init__(self, target, lines, *, timeout_s=LIMIT_S, **options):
        reading, writing = os.pipe()
        os.write(writing, "".join(f"{line}\n" for line in lines).encode())
        os.close(writing)
        self.endpoint = Endpoint(target.url, "fx", "secret", timeout_s)
        backlog = Backlog(1_000)
        self.feed = Feed(reading, backlog, skip_bad=options.get("skip_bad", False))
        self.pusher = Pusher(
            backlog, self.endpoint.post, pause=lambda tries, chance: 0.001, **options
        )
        self.feed.run()
        os.close(reading)
        sender = threading.Thread(target=self.pusher.run, daemon=True)
        sender.start()
        sender.join(LIMIT_S)
        assert not sender.is_alive()
        self.endpoint.close()


def values_of(target):
    return [value for _, value in target.taken]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_whatever_becomes_of_a_request_each_tick_is_taken_once_and_in_order(target, trouble):
    there = target("take", trouble, "take", trouble, trouble, "take")
    timeout_s = 0.2 if trouble == "take, hang" else LIMIT_S

    push = Push(there, range(50), batch_ticks=10, timeout_s=timeout_s)

    assert values_of(there) == list(range(50))
    assert (push.pusher.confirmed, push.pusher.fault) == (50, None)
    assert push.pusher.trouble == ""


def test_a_batch_that_is_sent_again_has_the_same_key_and_the_same_body(target):
    there = target("take, drop", 503)

    Push(there, range(20), batch_ticks=10)

    [first, second, third, fourth] = [
        (headers["Idempotency-Key"], body) for _, headers, body in there.requests
    ]
    assert first == second == third
    assert fourth[0] != first[0]


def test_a_request_says_what_it_is_and_who_sends_it(target):
    there = target()

    Push(there, ["time,EURUSD,USDJPY", "1793368800,1.08,", "1793368801,1.09,150"], batch_ticks=10)

    [(path, headers, body)] = there.requests
    assert path == "/api/charts/fx/ticks"
    assert headers["Authorization"] == "Bearer secret"
    assert headers["Content-Type"] == "application/json"
    assert body == (
        b'{"t":[1793368800000.0,1793368801000.0],"names":["EURUSD","USDJPY"],'
        b'"y":[[1.08,1.09],[null,150.0]]}'
    )


def test_a_pause_that_the_server_asks_for_is_kept(target):
    there = target(429)
    there.headers = {"Retry-After": "1"}
    began_s = time.monotonic()

    Push(there, [1], batch_ticks=10)

    assert time.monotonic() - began_s >= 1.0
    assert values_of(there) == [1]


@pytest.mark.parametrize("status", [401, 403, 404, 409])
def test_what_will_never_succeed_ends_it_with_the_server_s_words(target, status):
    there = target("take", status)
    there.answer = {"error": "got no token; expected one that may push"}

    push = Push(there, range(30), batch_ticks=10)

    assert str(push.pusher.fault) == "got no token; expected one that may push"
    assert (push.pusher.confirmed, len(there.requests)) == (10, 2)


def test_a_tick_that_is_refused_is_told_with_its_line(target):
    there = target("take", 400)
    there.answer = {"error": "tick 2: time falls", "index": 2}

    push = Push(there, ["a b", *(f"{i} {i}" for i in range(20))], batch_ticks=10)

    # Below the header and ten lines that were taken.
    assert str(push.pusher.fault) == "line 14: time falls"


def test_ticks_that_are_refused_can_be_skipped(target):
    there = target("take", 400)
    there.answer = {"error": "tick 2: time falls", "index": 2}

    push = Push(there, range(20), batch_ticks=10, skip_bad=True)

    assert values_of(there) == [i for i in range(20) if i != 12]
    assert (push.pusher.confirmed, push.pusher.skipped) == (19, 1)
    assert push.pusher.first_skipped == "line 13: time falls"


def test_something_else_than_a_chartserver_ends_it(target):
    there = target("take, babble")

    push = Push(there, [1], batch_ticks=10)

    assert "does not say so as a chartserver does" in str(push.pusher.fault)


def test_something_else_in_the_place_of_a_chartserver_is_waited_out(target):
    there = target("take", "take, babble", "take, babble")

    push = Push(there, range(20), batch_ticks=10)

    assert values_of(there) == list(range(20))
    assert push.pusher.fault is None


def test_a_redirection_is_told_and_not_followed(target):
    there = target(301)
    there.headers = {"Location": "https://charts.example.org/api/charts/fx/ticks"}

    push = Push(there, [1], batch_ticks=10)

    assert "sends us on to https://charts.example.org/" in str(push.pusher.fault)
    assert len(there.requests) == 1


def test_the_command_sends_a_file_to_its_end(target, run, tmp_path):
    there = target("take, drop")
    file = tmp_path / "numbers"
    file.write_text("".join(f"{i}\n" for i in range(2_500)))

    push = run("push", f"{there.url}/fx", file)

    assert push.wait() == 0
    assert values_of(there) == list(range(2_500))
    assert push.told() == "; on stderr:\n"


def test_the_command_shows_what_a_slow_pipe_prints_at_once(target, run):
    there = target()
    push = run("push", f"{there.url}/fx", stdin=subprocess.PIPE)

    for i in range(3):
        push.popen.stdin.write(f"{i}\n")
        push.popen.stdin.flush()
        until(lambda i=i: values_of(there) == list(range(i + 1)))
    push.popen.stdin.close()

    assert push.wait() == 0


def test_a_pipe_waits_while_nothing_is_confirmed(target, run):
    there = target(*[503] * 10_000)
    push = run("push", f"{there.url}/fx", "--keep-ticks", "10", stdin=subprocess.PIPE)
    pipe = push.popen.stdin.fileno()
    os.set_blocking(pipe, False)
    room = select.poll()
    room.register(pipe, select.POLLOUT)

    written = 0
    while written < 1_000_000 and room.poll(1_000):
        # So much room there is in a pipe that can be written to.
        written += os.write(pipe, LONG_LINE)

    assert written < 1_000_000
    there.will.clear()
    push.popen.stdin.close()
    assert push.wait() == 0
    assert len(there.taken) == written // len(LONG_LINE)


def test_a_line_that_makes_no_sense_ends_it_after_those_before(target, run, tmp_path):
    there = target()
    file = tmp_path / "numbers"
    file.write_text("1\n2\noops!\n3\n")

    push = run("push", f"{there.url}/fx", file)

    assert push.wait() == 2
    assert push.rest("stderr") == [
        "chartserver: line 3: got 'oops!'; expected numbers separated by blanks or commas,"
        " name=value, or JSON, such as '1.5 2.5'"
    ]
    assert values_of(there) == [1, 2]


def test_lines_that_make_no_sense_can_be_skipped(target, run, tmp_path):
    there = target()
    file = tmp_path / "numbers"
    file.write_text("1\n2\noops!\n3\n")

    push = run("push", f"{there.url}/fx", file, "--skip-bad")

    assert push.wait() == 0
    assert "1 lines made no sense and are skipped, the first: line 3" in push.told()
    assert values_of(there) == [1, 2, 3]


# The second ends it at once.
@pytest.mark.parametrize(
    ("signals", "status"), [([signal.SIGINT, signal.SIGINT], 130), ([signal.SIGTERM], 1)]
)
def test_who_ends_it_is_told_what_is_not_confirmed(target, run, signals, status):
    there = target("take", *[503] * 10_000)
    push = run("push", f"{there.url}/fx", stdin=subprocess.PIPE)
    push.popen.stdin.write("1\n")
    push.popen.stdin.flush()
    until(lambda: there.taken)
    push.popen.stdin.write("2\n3\n")
    push.popen.stdin.flush()
    assert "not now; trying again" in push.lines_until("trying", "stderr")[-1]

    for number in signals:
        push.send_signal(number)

    assert push.lines_until("are not", "stderr")[-1] == (
        "chartserver: 1 ticks are confirmed, 2 are not, the first of those in line 2: not now"
    )
    assert push.wait() == status


def test_who_ends_it_does_not_lose_what_the_server_takes_in_a_moment(target, run):
    there = target("take", 503)
    there.headers = {"Retry-After": "50"}
    push = run("push", f"{there.url}/fx", stdin=subprocess.PIPE)
    push.popen.stdin.write("1\n")
    push.popen.stdin.flush()
    until(lambda: there.taken)
    push.popen.stdin.write("2\n")
    push.popen.stdin.flush()
    push.lines_until("trying", "stderr")

    push.send_signal(signal.SIGTERM)

    assert push.wait() == 0
    assert values_of(there) == [1, 2]


def until(is_so):
    deadline_s = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
