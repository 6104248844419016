"""What `system` promises: this machine's figures, and a missing value where it has none."""

import threading

import psutil
import pytest

from chartserver.errors import ConfigError
from chartserver.sources.system import METERS, Cpu, Rate


def read_twice(source):
    """Return two ticks, 20 ms apart."""
    stop = threading.Event()
    ticks = source.ticks(stop)
    both = [list(next(ticks).values), list(next(ticks).values)]
    stop.set()
    return both


def test_all_figures_of_this_machine_are_read(opened):
    source = opened("system?interval_s=0.02")

    first, second = read_twice(source)

    assert [one.name for one in source.series] == list(METERS)
    for values in (first, second):
        assert len(values) == len(METERS)
        assert all(value is None or value >= 0 for value in values)
    assert 0 < first[1] <= 100  # every machine tells its memory


def test_rates_and_cpu_are_missing_in_the_first_tick(opened):
    source = opened("system?interval_s=0.02&series=cpu,disk_read,disk_write,net_in,net_out")

    first, _ = read_twice(source)

    assert first == [None] * 5


def test_a_subset_comes_in_the_order_asked_for_with_its_units(opened):
    source = opened("system?series=net_in,cpu")

    assert [(one.name, one.unit) for one in source.series] == [("net_in", "B/s"), ("cpu", "%")]


def test_an_unknown_figure_is_told_with_those_that_there_are(opened):
    with pytest.raises(ConfigError, match="series of system is 'gpu'; expected some of: cpu, mem"):
        opened("system?series=cpu,gpu")


def test_a_rate_is_growth_per_second(time):
    totals = iter([100.0, 600.0])
    rate = Rate(lambda: next(totals), time)

    assert rate() is None
    time.now_s += 2.0

    assert rate() == 250.0


def test_a_rate_is_missing_once_when_the_counter_starts_afresh(time):
    totals = iter([500.0, 20.0, 70.0])
    rate = Rate(lambda: next(totals), time)
    found = []
    for _ in range(3):
        found.append(rate())
        time.now_s += 1.0

    assert found == [None, None, 50.0]


@pytest.mark.parametrize("error", [OSError, RuntimeError, NotImplementedError, psutil.AccessDenied])
def test_a_counter_that_the_machine_hides_is_missing(time, error):
    def hidden():
        raise error()

    rate = Rate(hidden, time)

    assert [rate(), rate()] == [None, None]


def test_a_machine_without_disks_has_no_disk_rates(monkeypatch, opened):
    monkeypatch.setattr(psutil, "disk_io_counters", lambda: None)

    first, second = read_twice(opened("system?interval_s=0.02&series=disk_read,disk_write"))

    assert first == second == [None, None]


def test_a_container_without_load_still_tells_the_rest(monkeypatch, opened):
    def absent():
        raise OSError("no /proc/loadavg")

    monkeypatch.setattr(psutil, "getloadavg", absent)

    first, _ = read_twice(opened("system?interval_s=0.02&series=load,memory"))

    assert first[0] is None
    assert first[1] > 0


def test_cpu_is_the_share_of_time_that_was_not_idle():
    times = iter(
        [
            {"user": 10.0, "system": 5.0, "idle": 85.0, "iowait": 0.0, "guest": 1.0},
            {"user": 12.0, "system": 6.0, "idle": 91.0, "iowait": 1.0, "guest": 1.0},
        ]
    )
    cpu = Cpu(lambda: next(times))

    assert cpu() is None
    assert cpu() == pytest.approx(30.0)


def test_cpu_is_missing_when_no_time_has_passed():
    cpu = Cpu(lambda: {"user": 1.0, "idle": 2.0})

    assert [cpu(), cpu()] == [None, None]
