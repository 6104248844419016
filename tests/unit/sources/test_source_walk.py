"""What `walk` promises: the same path for the same seed, and rates as they are quoted."""

import threading
from itertools import islice, pairwise

import pytest

from chartserver.errors import ConfigError
from chartserver.sources.walk import Walk


def first(source, n):
    stop = threading.Event()
    ticks = []
    for tick in islice(source.ticks(stop), n):
        ticks.append(list(tick.values))
        if len(ticks) == n:
            stop.set()
    return ticks


def test_the_same_seed_walks_the_same_path(opened):
    spec = "walk?series=EURUSD,USDJPY&seed=7&interval_s=0.0001"

    assert first(opened(spec), 50) == first(opened(spec), 50)


def test_another_seed_walks_another_path(opened):
    one = first(opened("walk?seed=1&interval_s=0.0001&daily_percent=50"), 20)

    assert one != first(opened("walk?seed=2&interval_s=0.0001&daily_percent=50"), 20)


def test_without_a_seed_no_two_walks_are_alike(opened):
    spec = "walk?interval_s=0.0001&daily_percent=90&series=gold"

    assert first(opened(spec), 30) != first(opened(spec), 30)


def test_a_series_walks_its_path_whatever_stands_beside_it(opened):
    alone = first(opened("walk?series=USDJPY&seed=7&interval_s=0.0001"), 30)
    beside = first(opened("walk?series=EURUSD,USDJPY&seed=7&interval_s=0.0001"), 30)

    assert [row[0] for row in alone] == [row[1] for row in beside]


def test_known_pairs_start_near_their_rate_and_others_at_100(opened):
    source = opened("walk?series=EURUSD,usdjpy,Tea&seed=1&interval_s=0.0001")

    (values,) = first(source, 1)

    assert values == pytest.approx([1.12, 157.0, 100.0], rel=0.001)
    assert [series.name for series in source.series] == ["EURUSD", "usdjpy", "Tea"]
    assert [series.digits for series in source.series] == [5, 3, 3]


def test_values_have_the_digits_that_the_description_tells(opened):
    source = opened("walk?series=EURUSD,USDJPY&seed=1&interval_s=0.0001")

    for row in first(source, 50):
        assert [
            round(value, one.digits) for value, one in zip(row, source.series, strict=True)
        ] == row


def test_one_step_has_the_spread_of_its_share_of_the_day(opened):
    # 10,000 steps of 0.01 s under 10 % a day: their standard deviation is known to 3 % or so.
    walk = Walk("BTCUSD", 0.01, seed=3)
    path = [walk() for _ in range(10_000)]
    returns = [b / a - 1 for a, b in pairwise(path)]
    spread = (sum(one * one for one in returns) / len(returns)) ** 0.5

    assert spread == pytest.approx(0.01, rel=0.05)


def test_there_is_one_series_when_none_is_named(opened):
    assert [series.name for series in opened("walk").series] == ["EURUSD"]


def test_the_general_interval_holds_unless_the_source_has_its_own(opened):
    assert opened("walk", {"interval_s": "5"}).interval_s == 5
    assert opened("walk?interval_s=0.2", {"interval_s": "5"}).interval_s == 0.2


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ("walk:fast", "walk takes no target; got 'fast'"),
        ("walk?series=A,B,A", "names 'A' twice"),
        ("walk?seed=x", "option seed of walk is 'x'; expected a whole number, such as seed=1"),
        ("walk?interval_s=0", "option interval_s of walk is '0'; expected seconds above 0"),
        ("walk?daily_percent=-1", "option daily_percent of walk is '-1'"),
        ("walk?sede=1", "walk has no option 'sede'.*did you mean 'seed'"),
    ],
)
def test_a_wrong_option_gets_one_line(opened, spec, fault):
    with pytest.raises(ConfigError, match=fault) as caught:
        opened(spec)

    assert len(caught.value.faults) == 1
    assert "\n" not in str(caught.value)


def test_all_faults_are_told_at_once(opened):
    with pytest.raises(ConfigError) as caught:
        opened("walk:x?seed=x&interval_s=no&foo=1")

    assert len(caught.value.faults) == 4
