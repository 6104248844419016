"""What waits to be written: batches of each chart in order, and the newest of what is told."""

import threading

import numpy as np

from chartserver.batch import Batch
from chartserver.shared.outbox import Outbox, Telling

LIMIT_S = 60.0


def batch(chart="fx"):
    return Batch(chart, np.array([1_000.0]), np.array([[1.0]]))


def put(outbox, *charts):
    for chart in charts:
        outbox.put(batch(chart), lambda: None)


def waiting(outbox):
    return [(one.batch.chart, one.number) for one in outbox.first()]


def test_the_first_batch_of_each_chart_is_next_and_each_chart_has_its_numbers():
    outbox = Outbox()

    put(outbox, "fx", "air", "fx")

    assert waiting(outbox) == [("fx", 1), ("air", 1)]


def test_a_batch_waits_until_it_is_taken_out():
    outbox = Outbox()
    put(outbox, "fx", "fx")

    first, *_ = outbox.first()
    outbox.take_out(first)

    assert waiting(outbox) == [("fx", 2)]
    assert outbox.has_batches()
    assert outbox.has_batches("fx")
    assert not outbox.has_batches("air")


def test_what_is_told_goes_in_the_place_of_what_was_told_before_of_its_kind():
    outbox = Outbox()

    outbox.tell("fx", "status", "live")
    outbox.tell("fx", "note", "here")
    outbox.tell("fx", "status", "ended")

    assert outbox.tellings() == [Telling("fx", "status", "ended"), Telling("fx", "note", "here")]


def test_what_came_while_its_forerunner_was_told_waits_still():
    outbox = Outbox()
    outbox.tell("fx", "status", {"status": "live"})
    (telling,) = outbox.tellings()
    outbox.tell("fx", "status", {"status": "live"})

    outbox.was_told(telling)
    (newer,) = outbox.tellings()
    outbox.was_told(newer)

    assert newer.content is not telling.content
    assert not outbox


def test_all_charts_are_named_of_which_anything_waits():
    outbox = Outbox()
    assert not outbox

    put(outbox, "fx")
    outbox.tell("air", "status", "live")

    assert outbox
    assert outbox.charts() == {"fx", "air"}


def test_who_waits_is_woken_by_what_was_put_in_before_and_by_a_call():
    outbox = Outbox()
    put(outbox, "fx")
    outbox.wait()
    waiter = threading.Thread(target=outbox.wait)
    waiter.start()

    outbox.wake()
    waiter.join(LIMIT_S)

    assert not waiter.is_alive()
