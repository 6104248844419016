"""Charts that cannot be used wait alone."""

import pytest

from chartserver.errors import StoreFault
from chartserver.shared.chart_faults import RETRY_S, ChartFaults


@pytest.fixture
def now():
    return [100.0]


@pytest.fixture
def faults(now):
    return ChartFaults("written", lambda: now[0])


def fail(faults, chart, cause=None):
    fault = StoreFault("has a chart that is damaged")
    fault.__cause__ = cause
    faults.note(chart, fault)


def test_nothing_is_wrong_with_a_chart_at_first(faults):
    assert faults.of("fx") == ""
    assert faults.is_due("fx")
    assert not faults


def test_a_chart_that_is_at_fault_waits_and_no_other(faults, now):
    fail(faults, "fx")

    assert faults.of("fx") == "has a chart that is damaged"
    assert not faults.is_due("fx")
    assert faults.is_due("lab")
    assert faults.wait_s(["fx"]) == RETRY_S
    assert faults.wait_s(["fx", "lab"]) == 0

    now[0] += RETRY_S
    assert faults.is_due("fx")
    assert faults.of("fx") != ""


def test_a_chart_that_could_be_used_again_waits_no_more(faults):
    fail(faults, "fx")
    faults.clear("fx")

    assert faults.is_due("fx")
    assert faults.of("fx") == ""


def test_what_is_wrong_with_redis_itself_is_not_that_of_a_chart(faults):
    with pytest.raises(StoreFault, match="damaged"):
        fail(faults, "fx", OSError("no route"))

    assert faults.of("fx") == ""


def test_a_fault_is_logged_once_until_it_is_over(faults, caplog):
    for _ in range(3):
        fail(faults, "fx")
    faults.clear("fx")

    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
