import threading

from chartserver.clients.backlog import BATCH_TEXT_BYTES, Backlog, Entry
from chartserver.ticks import Tick

LIMIT_S = 60.0


def entry(line, text_bytes=2):
    return Entry(Tick(1000.0 * line, [float(line)]), line, text_bytes)


def filled(n, ticks_max=100, text_bytes=2):
    backlog = Backlog(ticks_max)
    for line in range(1, n + 1):
        backlog.add(entry(line, text_bytes))
    return backlog


def lines_of(batch):
    return [one.line for one in batch]


def test_what_is_taken_stays_until_it_is_confirmed():
    backlog = filled(5)

    first, again = backlog.take(3, 0.0), backlog.take(3, 0.0)
    backlog.drop(3)

    assert lines_of(first) == lines_of(again) == [1, 2, 3]
    assert lines_of(backlog.take(3, 0.0)) == [4, 5]


def test_who_adds_waits_while_it_is_full():
    backlog = filled(3, ticks_max=3)
    adding = threading.Thread(target=backlog.add, args=(entry(4),))

    adding.start()
    assert lines_of(backlog.take(10, LIMIT_S)) == [1, 2, 3]
    backlog.drop(1)
    adding.join(LIMIT_S)

    assert lines_of(backlog.take(10, 0.0)) == [2, 3, 4]


def test_it_is_full_with_much_text_too():
    backlog = Backlog(100, text_bytes_max=10)
    backlog.add(entry(1, 10))
    adding = threading.Thread(target=backlog.add, args=(entry(2),))

    adding.start()
    backlog.drop(1)
    adding.join(LIMIT_S)

    assert lines_of(backlog.take(10, 0.0)) == [2]


def test_who_waits_to_add_is_let_go_when_nobody_takes_any_more():
    backlog = filled(1, ticks_max=1)
    added = []
    adding = threading.Thread(target=lambda: added.append(backlog.add(entry(2))))

    adding.start()
    backlog.close()
    adding.join(LIMIT_S)

    assert added == [False]
    assert backlog.take(10, LIMIT_S) == []


def test_the_end_lets_nobody_wait_for_more():
    backlog = filled(2)

    backlog.end()

    assert lines_of(backlog.take(10, LIMIT_S)) == [1, 2]
    backlog.drop(2)
    assert backlog.take(10, LIMIT_S) == []


def test_a_batch_of_much_text_is_cut():
    backlog = filled(3, text_bytes=BATCH_TEXT_BYTES // 2)

    assert lines_of(backlog.take(10, 0.0)) == [1, 2]


def test_one_tick_of_too_much_text_is_a_batch_all_the_same():
    backlog = filled(2, text_bytes=BATCH_TEXT_BYTES + 1)

    assert lines_of(backlog.take(10, 0.0)) == [1]


def test_one_in_the_middle_can_be_dropped():
    backlog = filled(3)

    backlog.drop_one(1)

    assert lines_of(backlog.take(10, 0.0)) == [1, 3]
