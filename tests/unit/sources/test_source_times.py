"""How times are read: ISO 8601, and numbers since 1970 by their magnitude."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartserver.sources import times

OCT_30_MS = 1_793_318_400_000.0


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-30",
        "20261030",
        "2026-10-30 00:00",
        "2026-10-30T00:00:00Z",
        "2026-10-30T02:00:00+02:00",
        "2026-10-29T19:00:00.000-0500",
        "2026-10-30 00:00:00 UTC",
        "20261030 000000",
        " 2026-10-30 ",
        "1793318400",
        "1793318400.000",
        "1793318400000",
        "1793318400000000",
        "1793318400000000000",
        "1.7933184e9",
    ],
)
def test_one_moment_in_many_ways(text):
    assert times.time_ms(text) == OCT_30_MS
    assert times.is_time(text)


def test_a_month_is_its_first_day():
    assert times.time_ms("2026-10") == times.time_ms("2026-10-01")


def test_fractions_of_a_millisecond_stay():
    assert times.time_ms("2026-10-30T00:00:00.000125Z") == OCT_30_MS + 0.125


@pytest.mark.parametrize(
    "text", ["", "-", "noon", "12:30", "30.10.2026", "2026-13-01", "1_793_318_400_0", "nan", "inf"]
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        times.time_ms(text)


@pytest.mark.parametrize("text", ["0", "21.5", "99999999", "-5", "seven"])
def test_a_small_number_is_no_time_by_itself(text):
    assert not times.is_time(text)


@pytest.mark.parametrize("name", ["time", "Date", " TIMESTAMP ", "DateTime", "Date/Time", "ts"])
def test_names_of_time_columns_are_known_in_any_case(name):
    assert times.is_time_name(name)


@pytest.mark.parametrize("name", ["times", "temperature", "update", ""])
def test_other_names_are_not(name):
    assert not times.is_time_name(name)


@given(
    st.datetimes(
        min_value=datetime(1900, 1, 1),
        max_value=datetime(2200, 1, 1),
        timezones=st.integers(-14 * 60, 14 * 60).map(
            lambda minutes: timezone(timedelta(minutes=minutes))
        ),
    )
)
def test_every_iso_datetime_is_read_exactly(moment):
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1)

    assert times.time_ms(moment.isoformat()) == expected
    assert times.time_ms(moment.isoformat(" ")) == expected


@given(st.integers(100_000_000, 10_000_000_000), st.sampled_from([1, 1_000, 1_000_000]))
def test_seconds_milliseconds_and_microseconds_are_told_apart(second, parts):
    assert times.time_ms(str(second * parts)) == pytest.approx(second * 1000, rel=1e-12)


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_a_value_error(text):
    try:
        found = times.time_ms(text)
    except ValueError:
        return

    assert abs(found) <= times.TIME_MS_MAX
