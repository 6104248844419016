"""Whether a log is to be read that this process adds to."""

import pytest

from chartserver.shared.lead import AWAKE_S, REST_S, Lead


@pytest.fixture
def now():
    return [100.0]


@pytest.fixture
def lead(now):
    return Lead(lambda: now[0])


def test_a_log_is_read_at_first(lead):
    assert lead.left_s() == 0


def test_a_log_need_not_be_read_for_a_while_after_an_append(lead, now):
    lead.keep()
    assert lead.left_s() == REST_S

    now[0] += REST_S
    assert lead.left_s() == 0


def test_a_log_that_is_to_be_read_once_more_may_rest_after_the_next_append(lead):
    lead.keep()
    lead.pause()
    assert lead.left_s() == 0

    lead.keep()
    assert lead.left_s() == REST_S


def test_a_log_that_others_add_to_is_read_for_longer(lead, now):
    lead.keep()
    lead.lose()
    lead.keep()
    assert lead.left_s() == 0

    now[0] += AWAKE_S
    lead.keep()
    assert lead.left_s() == REST_S
