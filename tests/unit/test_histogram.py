"""Values counted by their size."""

from chartserver.operation.histogram import Histogram


def test_a_value_is_counted_at_its_bound_and_at_all_above():
    histogram = Histogram([0.1, 1.0])

    for value in (0.05, 0.1, 0.5, 7.0):
        histogram.observe(value)

    assert histogram.buckets() == [("0.1", 2), ("1.0", 3), ("+Inf", 4)]
    assert histogram.sum == 7.65


def test_one_that_has_seen_nothing_has_all_its_buckets():
    assert Histogram([1.0]).buckets() == [("1.0", 0), ("+Inf", 0)]
