"""The token bucket: its burst, its rate, and what it never does."""

from hypothesis import given
from hypothesis import strategies as st

from chartserver.intake.bucket import Bucket


class Clock:
    """Seconds that are set by hand."""

    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        return self.now_s


def taken(bucket, tries):
    """Return how many of `tries` the bucket lets through."""
    return sum(bucket.take() for _ in range(tries))


def test_a_burst_is_let_through_and_no_more():
    assert taken(Bucket(10, 5, Clock()), 20) == 5


def test_what_was_taken_comes_back_at_the_rate():
    clock = Clock()
    bucket = Bucket(10, 5, clock)
    taken(bucket, 5)

    clock.now_s += 0.35

    assert taken(bucket, 20) == 3


def test_no_more_than_a_burst_is_saved_up():
    clock = Clock()
    bucket = Bucket(10, 5, clock)

    clock.now_s += 3600

    assert taken(bucket, 20) == 5


def test_what_is_not_there_whole_is_not_taken():
    bucket = Bucket(10, 5, Clock())

    assert not bucket.take(6)
    assert bucket.take(5)


def test_one_who_asks_all_the_time_is_not_kept_out_by_asking():
    clock = Clock()
    bucket = Bucket(8, 1, clock)
    taken(bucket, 1)

    got = 0
    for _ in range(640):
        clock.now_s += 1 / 64
        got += bucket.take()

    assert got == 80


@given(
    rate_per_s=st.floats(0, 1000),
    burst=st.integers(0, 100),
    pauses_s=st.lists(st.floats(0, 10), max_size=50),
)
def test_over_any_time_no_more_come_through_than_burst_and_rate_allow(rate_per_s, burst, pauses_s):
    clock = Clock()
    bucket = Bucket(rate_per_s, burst, clock)

    got = 0
    for pause_s in pauses_s:
        clock.now_s += pause_s
        got += bucket.take()

    assert got <= burst + rate_per_s * sum(pauses_s) + 1e-6


def test_what_is_owed_is_regained_before_there_is_more():
    now = [0.0]
    bucket = Bucket(2.0, 10.0, lambda: now[0])

    bucket.draw(15.0)
    owing = bucket.wait_s
    now[0] = 3.5

    assert owing == 3.0
    assert bucket.wait_s == 0.0
    assert bucket.take(2.0)
    assert not bucket.take(0.5)


def test_of_a_bucket_that_regains_nothing_there_is_no_end_of_waiting():
    bucket = Bucket(0.0, 1.0, lambda: 0.0)

    bucket.draw(1.0)

    assert bucket.wait_s == float("inf")
