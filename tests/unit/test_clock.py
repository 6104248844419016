"""The clock that stamps ticks: it follows the wall clock and never falls."""

import threading

from chartserver.clock import StampClock, oversleeps


class Clocks:
    """A wall clock and a monotonic clock that stand still until they are moved."""

    def __init__(self, wall_s=1_763_829_000.0):
        self.wall_s = wall_s
        self.monotonic_s = 50.0

    def stamp_clock(self):
        return StampClock(lambda: self.wall_s, lambda: self.monotonic_s)

    def pass_s(self, seconds):
        self.wall_s += seconds
        self.monotonic_s += seconds


def test_the_time_is_that_of_the_wall_clock_in_milliseconds():
    clocks = Clocks()
    clock = clocks.stamp_clock()

    assert clock.now_ms() == 1_763_829_000_000.0
    clocks.pass_s(0.25)
    assert clock.now_ms() == 1_763_829_000_250.0


def test_two_readings_at_the_same_instant_differ():
    clock = Clocks().stamp_clock()

    readings = [clock.now_ms() for _ in range(100)]

    assert readings == sorted(set(readings))
    assert readings[-1] - readings[0] < 1.0


def test_a_wall_clock_set_back_slows_time_until_it_has_caught_up():
    clocks = Clocks()
    clock = clocks.stamp_clock()
    before_ms = clock.now_ms()
    clocks.wall_s -= 60.0

    clocks.pass_s(10.0)
    assert clock.now_ms() == before_ms + 5_000.0
    clocks.pass_s(110.0)
    assert clock.now_ms() == before_ms + 60_000.0 == clocks.wall_s * 1000
    clocks.pass_s(1.0)
    assert clock.now_ms() == clocks.wall_s * 1000


def test_a_wall_clock_set_forward_is_followed_at_once():
    clocks = Clocks()
    clock = clocks.stamp_clock()
    clock.now_ms()
    clocks.wall_s += 3_600.0

    assert clock.now_ms() == clocks.wall_s * 1000


def test_no_two_threads_are_given_the_same_time():
    clock = StampClock()
    readings = [[] for _ in range(8)]

    def read(into):
        into += [clock.now_ms() for _ in range(500)]

    threads = [threading.Thread(target=read, args=(into,)) for into in readings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    everything = [reading for of_thread in readings for reading in of_thread]
    assert len(set(everything)) == len(everything)
    assert all(of_thread == sorted(of_thread) for of_thread in readings)


def test_a_sleep_that_took_far_longer_is_told():
    clocks = Clocks()

    def stopped(seconds):
        clocks.pass_s(seconds + 10)

    assert not oversleeps(clocks.pass_s, 1.0, lambda: clocks.monotonic_s)
    assert oversleeps(stopped, 1.0, lambda: clocks.monotonic_s)
