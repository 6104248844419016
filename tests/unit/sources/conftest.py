"""Time that the tests own, and the short way to open a source."""

import threading
from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, settings

from chartserver.sources.registry import open_source, parse_spec
from chartserver.sources.source import Source

# A busy machine is no failure, and what passes once passes again.
settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")


class FakeStop(threading.Event):
    """An event on which waiting takes no time, and moves the clock."""

    def __init__(self, time: "FakeTime") -> None:
        super().__init__()
        self._time = time

    def wait(self, timeout: float | None = None) -> bool:
        if timeout is None:
            raise AssertionError("waits for ever")
        self._time.waits_s.append(timeout)
        self._time.now_s += timeout
        return self.is_set()


class FakeTime:
    """A clock that only waiting moves; `waits_s` tells how long was waited for what."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.waits_s: list[float] = []
        self.stop = FakeStop(self)

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def opened() -> Callable[..., Source]:
    """Opens a source by its text, as `--chart` does."""

    def open_it(text: str, defaults: Mapping[str, str] | None = None) -> Source:
        return open_source(parse_spec(text), defaults or {})

    return open_it
