"""Who is in, with what permit, and for how long."""

import pytest

from chartserver.access.permits import Permits
from chartserver.access.rules import ALL_CHARTS, Permit
from chartserver.errors import AccessDenied


class Stop(Exception):
    """Ends what runs for ever."""


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def permits(now):
    permits = Permits(clock=lambda: now[0])
    permits.give("all", ALL_CHARTS)
    permits.give("soon", Permit("fx", 10.0))
    permits.give("later", Permit("fx", 20.0))
    return permits


def test_each_viewer_has_its_own(permits):
    assert permits.of("all") is ALL_CHARTS
    assert permits.of("soon").expires_s == 10.0
    with pytest.raises(AccessDenied):
        permits.of("nobody")


def test_a_viewer_is_found_once_when_its_link_has_ended(permits, now):
    assert permits.expired() == []
    now[0] = 10.0
    assert permits.expired() == ["soon"]
    now[0] = 15.0
    assert permits.expired() == []
    now[0] = 1e12
    assert permits.expired() == ["later"]


def test_of_who_has_left_nothing_is_kept(permits, now):
    for sid in ("all", "soon", "later", "nobody"):
        permits.take_back(sid)
    now[0] = 1e12

    assert permits.expired() == []
    assert permits._held == permits._linked == {}


def test_one_that_cannot_be_ended_does_not_keep_in_the_others(permits, now, caplog):
    ended, beats = [], iter([10.0, 20.0])

    def sleep(_):
        try:
            now[0] = next(beats)
        except StopIteration:
            raise Stop from None

    def end(sid):
        ended.append(sid)
        if sid == "soon":
            raise OSError("gone")

    with pytest.raises(Stop):
        permits.run(sleep, end)

    assert ended == ["soon", "later"]
    assert "gone" in caplog.text
