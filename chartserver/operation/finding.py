"""What a check of the settings looks at, and what it says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal

from chartserver.entrance.proxies import is_loopback
from chartserver.operation.machine import Machine
from chartserver.operation.redis_state import RedisState
from chartserver.settings import Settings, option_of

OPTIONS = {one.name: option_of(one) for one in fields(Settings)}
# What Heroku and others like it give to a program that stands behind their router.
PLATFORM_VARIABLES = ("DYNO", "PORT")
SECRETS = tuple(one.name for one in fields(Settings) if one.metadata["is_secret"])


@dataclass(frozen=True)
class Setup:
    """What the checks look at.

    `places` tells which option or variable gives a setting, those at their default left out;
    `n_series` the series of each chart, 0 where nobody knows them yet; `redis` is what the Redis
    says that is set, None for none.
    """

    settings: Settings
    places: Mapping[str, str]
    environ: Mapping[str, str]
    n_series: Mapping[str, int]
    machine: Machine
    has_helper: bool
    redis: RedisState | None = None

    @property
    def is_open(self) -> bool:
        """Whether others than this machine can reach the server, themselves or by a proxy."""
        return not is_loopback(self.settings.host) or bool(self.settings.proxies)

    @property
    def has_secrets(self) -> bool:
        """Whether a token or a key is set for anything."""
        return any(self.secrets.values())

    @property
    def secrets(self) -> Mapping[str, Sequence[str]]:
        """The tokens and keys of each right, by the name of the setting."""
        return {name: getattr(self.settings, name) for name in SECRETS}

    @property
    def is_on_platform(self) -> bool:
        """Whether the environment is that of a platform with a router in front of us."""
        is_given = any(self.environ.get(name) for name in PLATFORM_VARIABLES)
        return is_given and not is_loopback(self.settings.host)


@dataclass(frozen=True)
class Finding:
    """What is so, and what to do. A note is worth knowing; a warning is worth a change."""

    level: Literal["warning", "note"]
    what: str
    remedy: str


# The name of the function is the name of the finding.
Check = Callable[[Setup], Finding | None]


def warning(what: str, remedy: str) -> Finding:
    """Return a finding that is worth a change."""
    return Finding("warning", what, remedy)


def note(what: str, remedy: str) -> Finding:
    """Return a finding that is worth knowing."""
    return Finding("note", what, remedy)
