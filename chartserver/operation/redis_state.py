"""What a Redis says of itself: whether it can be asked, and what it would lose. Plain values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RedisState:
    """What was found, "" and None for what it does not say.

    Attributes:
        name: the URL without its password.
        fault: why it cannot be asked.
        version: such as `7.0.15`.
        policy: what it does when it is full.
        is_kept: whether what it holds survives its end.
    """

    name: str
    fault: str = ""
    version: str = ""
    policy: str = ""
    is_kept: bool | None = None
