"""What one viewer may send: how much, how large, and which packets."""

import pytest

from chartserver.errors import BadMessage
from chartserver.intake.allowance import Allowance
from chartserver.intake.packets import Kind
from chartserver.refusals import Refusals
from chartserver.settings import Settings


def allowance(charts=(), **settings):
    return Allowance(Settings(**settings), {"subscribe"}, Refusals(), charts)


def burst_of(one):
    """Return how many messages may be sent at once, and the error of the next."""
    bucket = one.bucket()
    for n in range(10_000):
        try:
            one.check_rate(bucket)
        except BadMessage as error:
            return n, error
    pytest.fail("no end of messages")


def test_so_many_messages_may_be_sent_at_once_and_no_more():
    n, error = burst_of(allowance(message_burst=7, messages_per_s=0.001))

    assert n == 7
    assert (error.kind, error.close_code) == ("too_fast", 1008)


def test_a_page_may_subscribe_to_all_charts_at_once():
    charts = {f"c{i}": None for i in range(300)}

    n, _ = burst_of(allowance(charts, message_burst=100, messages_per_s=0.001))

    assert n == 600


def test_charts_that_come_later_count_for_viewers_that_come_later():
    charts = {}
    one = allowance(charts, message_burst=3, messages_per_s=0.001)
    assert burst_of(one)[0] == 3

    charts |= dict.fromkeys("abcd")

    assert burst_of(one)[0] == 8


def test_a_message_may_be_so_large_and_no_larger():
    one = allowance(message_bytes=1_000)
    one.check_size(1_000)

    with pytest.raises(BadMessage, match="1001 bytes; expected at most 1000") as caught:
        one.check_size(1_001)
    assert (caught.value.kind, caught.value.close_code) == ("too_large", 1009)


def test_packets_are_those_of_the_events_that_it_is_given():
    one = allowance()

    assert one.packet('42["subscribe"]').kind is Kind.EVENT
    with pytest.raises(BadMessage, match="event is 'unsubscribe'"):
        one.packet('42["unsubscribe"]')
