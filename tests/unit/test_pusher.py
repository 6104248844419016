import json
import math

import pytest

from chartserver.clients.backlog import Backlog, Entry
from chartserver.clients.endpoint import Confirmed, PushRefused, TryAgain
from chartserver.clients.outage import cause_of
from chartserver.clients.pusher import Pusher, body_of
from chartserver.ticks import Position, Tick


def pushed(n, answers, batch_ticks=1):
    """Push `n` ticks to a server that gives these answers; return the pusher and the tries."""
    tries = []
    answers = iter(answers)

    def post(body, key):
        tries.append((key, json.loads(body)["y"]))
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    backlog = Backlog(n)
    for i in range(n):
        backlog.add(Entry(Tick(float(i), [float(i)]), i + 1, 2))
    backlog.end()
    pusher = Pusher(backlog, post, batch_ticks=batch_ticks, pause=lambda tries, chance: 0.0)
    pusher.run()
    return pusher, tries


def confirmed(offset=1, epoch="9f2c41aa"):
    return Confirmed(Position(epoch, offset), 1, 0, False)


def test_each_batch_has_a_key_of_its_own_that_a_later_try_repeats():
    pusher, tries = pushed(2, [confirmed(), TryAgain("busy"), confirmed()])

    keys = [key for key, _ in tries]
    assert [y for _, y in tries] == [[[0.0]], [[1.0]], [[1.0]]]
    assert keys[1] == keys[2] != keys[0]
    assert pusher.confirmed == 2


def test_two_runs_have_no_key_in_common():
    keys = [pushed(1, [confirmed()])[1][0][0] for _ in range(2)]

    assert keys[0] != keys[1]


def test_a_server_that_began_afresh_is_noticed():
    pusher, _ = pushed(2, [confirmed(), confirmed(epoch="aaaaaaaa")])

    assert (pusher.restarts, pusher.position) == (1, Position("aaaaaaaa", 1))


def test_numbers_without_names_are_sent_without():
    assert json.loads(body_of([Tick(1.0, [1.0, math.nan]), Tick(2.0, [2.0, 3.0])])) == {
        "t": [1.0, 2.0],
        "y": [[1.0, 2.0], [None, 3.0]],
    }


def test_what_a_tick_does_not_name_is_missing():
    assert json.loads(body_of([Tick(1.0, {"a": 1.0}), Tick(2.0, {"b": 2.0})])) == {
        "t": [1.0, 2.0],
        "names": ["a", "b"],
        "y": [[1.0, None], [None, 2.0]],
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HTTPConnection(...): [Errno 111] Connection refused'))", "connection refused"),
        ("('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))",
         "connection reset by peer"),
        ("('Connection aborted.', RemoteDisconnected('Remote end closed connection without"
         " response'))", "connection closed without an answer"),
        ("HTTPConnectionPool(host='x', port=1): Read timed out. (read timeout=1)", "timed out"),
        ("('Connection broken: IncompleteRead(5 bytes read, 5 more expected)')",
         "the answer was cut"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate", "certificate verify failed"),
        ("something else", ""),
    ],
)  # fmt: skip
def test_the_cause_of_an_outage_is_told_in_words(text, expected):
    assert cause_of(OSError(text)) == expected


def late(tick):
    return PushRefused(
        "time is 40 ms before the last tick", is_content=True, tick=tick, is_late=True
    )


def pushed_times(entries, *answers):
    """Push entries of `(time_ms, is_stamped)`; return the pusher, and each try."""
    answers, tries = iter(answers), []

    def post(body, key):
        tries.append((json.loads(body)["t"], key))
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    backlog = Backlog(10)
    for time_ms, is_stamped in entries:
        backlog.add(Entry(Tick(time_ms, [1.0]), 1, 2, is_stamped))
    backlog.end()
    pusher = Pusher(backlog, post, batch_ticks=10, pause=lambda tries, chance: 0.0)
    pusher.run()
    return pusher, tries


def test_a_tick_that_another_pusher_has_overtaken_gets_the_time_of_the_server():
    pusher, tries = pushed_times([(1.0, True), (2.0, False)], late(0), confirmed())

    assert [times for times, _ in tries] == [[1.0, 2.0], [None, 2.0]]
    # The server may have kept a part of it under its key.
    assert len({key for _, key in tries}) == 1
    assert (pusher.fault, pusher.confirmed, pusher.overtaken) == (None, 2, 1)


@pytest.mark.parametrize("answers", [[late(1)], [late(0), late(1)]])
def test_a_time_that_stood_in_a_line_is_never_changed(answers):
    pusher, tries = pushed_times([(1.0, True), (2.0, False)], *answers)

    assert "before the last tick" in str(pusher.fault)
    assert tries[-1][0][1] == 2.0
    assert (pusher.confirmed, pusher.overtaken) == (0, 0)


def test_what_is_refused_of_a_stamped_tick_for_another_reason_is_not_tried_again():
    error = PushRefused("value is 'x'", is_content=True, tick=0)

    pusher, tries = pushed_times([(1.0, True)], error)

    assert len(tries) == 1
    assert pusher.fault is not None
