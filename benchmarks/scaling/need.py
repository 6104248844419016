"""What a number of viewers takes: processes, network, and how much of one Redis. Arithmetic."""

import math
from dataclasses import dataclass

from benchmarks.scaling.measured import Measured

# Of a core, for broadcasts: the rest is for joins, garbage and what is not foreseen.
BUSY = 0.6
# In which the last viewer of a process is to have a frame after the first.
LOOP_S = 0.1
VIEWERS_MAX = 10_000
FRAMES_PER_S_MAX = 20.0
REDIS_BUSY = 0.8
# A process reads so often at least: less often would be seen.
READS_PER_S_LEAST = 20.0
GIGABIT = 1e9 / 8


@dataclass(frozen=True)
class Need:
    """What `viewers` of `charts` take, of which each process serves all."""

    viewers: int
    rate_hz: float
    charts: int
    measured: Measured

    @property
    def frames_per_s(self) -> float:
        """How many frames a viewer of one chart gets."""
        return min(self.rate_hz, FRAMES_PER_S_MAX)

    @property
    def viewers_each(self) -> int:
        """How many viewers a process can have: by its core, by its loop, and by its setting."""
        message_s = self.measured.message_us / 1e6
        left = BUSY - self.charts * self.frames_per_s * self.measured.shared_us / 1e6
        by_core = max(0.0, left) / (self.frames_per_s * message_s)
        return int(min(by_core, LOOP_S / message_s, VIEWERS_MAX))

    @property
    def processes(self) -> int:
        """How many processes are needed; one more than that where one may be away is wise."""
        return math.ceil(self.viewers / max(1, self.viewers_each))

    @property
    def core_busy(self) -> float:
        """The share of its core that each process takes for broadcasts."""
        each = self.viewers / self.processes
        for_frames = self.frames_per_s * each * self.measured.message_us
        return (for_frames + self.charts * self.frames_per_s * self.measured.shared_us) / 1e6

    @property
    def out_bytes_per_s(self) -> float:
        """What leaves all processes for the viewers."""
        return self.viewers * self.frames_per_s * self.measured.message_bytes

    @property
    def reads_per_s(self) -> float:
        """How often a process reads from Redis: for each frame of each chart, while that can be."""
        return min(self.charts * self.frames_per_s, READS_PER_S_LEAST)

    @property
    def redis_busy(self) -> float:
        """The share of Redis' one core."""
        of = self.measured
        read_us = of.read_us + of.read_us_per_log * self.charts
        appends_us = self.charts * self.frames_per_s * of.append_us
        return (appends_us + self.processes * self.reads_per_s * read_us) / 1e6

    @property
    def redis_bytes_per_s(self) -> float:
        """What leaves Redis."""
        return self.processes * self.charts * self.frames_per_s * self.measured.read_bytes

    @property
    def memory_gb(self) -> float:
        """What the viewers take of the memory of all processes."""
        return self.viewers * self.measured.viewer_kb / 1e6


def processes_max(charts: int, rate_hz: float, measured: Measured) -> int:
    """Return how many processes one Redis can feed with so many charts."""
    need = Need(0, rate_hz, charts, measured)
    read_us = measured.read_us + measured.read_us_per_log * charts
    left_us = REDIS_BUSY * 1e6 - charts * need.frames_per_s * measured.append_us
    by_core = left_us / (need.reads_per_s * read_us)
    by_line = GIGABIT / (charts * need.frames_per_s * measured.read_bytes)
    return max(0, int(min(by_core, by_line)))
