"""The settings: one table that drives options, environment variables, validation and the docs."""

import difflib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any

from chartserver.errors import ConfigError

PREFIX = "CHARTSERVER_"
# Thirty years; a sleep cannot take much more.
SECONDS_MIN, SECONDS_MAX = 1e-6, 1e9
ASYNC_MODES = ("eventlet", "threading", "gevent")
FAN_OUTS = ("direct", "ordinary")
LOG_FORMATS = ("text", "json")


class Wanted(Exception):
    """A value is not what a setting wants; the text says what it does want, with an example."""


def setting(
    default: Any,
    parse: Callable[[str], Any],
    help_text: str,
    *,
    metavar: str,
    variable: str = "",
    also: str = "",
    is_many: bool = False,
) -> Any:
    """Describe a setting: a field of `Settings`.

    `variable` is its environment variable when it is not `CHARTSERVER_` and its name; `also` is a
    further variable that a platform sets. A setting that `is_many` may be given several times,
    its variable separated by blanks.
    """
    metadata = {
        "parse": parse,
        "help": help_text,
        "metavar": metavar,
        "variable": variable,
        "also": also,
        "is_many": is_many,
    }
    if is_many:
        return field(default_factory=lambda: default, metadata=metadata)
    return field(default=default, metadata=metadata)


def text(raw: str) -> str:
    """Return text that is not empty."""
    if not raw.strip():
        raise Wanted("a text that is not empty, such as 'x'")
    return raw.strip()


def host(raw: str) -> str:
    """Return a host name or an address."""
    if not raw.strip() or any(char.isspace() or char == "/" for char in raw.strip()):
        raise Wanted("an address or a host name, such as 127.0.0.1 or 0.0.0.0")
    return raw.strip()


def port(raw: str) -> int:
    """Return a TCP port; 0 for any that is free."""
    return _whole(raw, 0, 65_535, "a port from 0 to 65535 (0: any that is free), such as 8000")


def seconds(raw: str) -> float:
    """Return a duration above 0, in seconds."""
    try:
        value = float(raw)
    except ValueError:
        value = math.nan
    if not SECONDS_MIN <= value <= SECONDS_MAX:
        raise Wanted(f"seconds above 0 and at most {SECONDS_MAX:g}, such as 0.5")
    return value


def ticks(raw: str) -> int:
    """Return a number of ticks."""
    return _whole(raw, 1, 100_000_000, "a number of ticks from 1 to 100000000, such as 86400")


def viewers(raw: str) -> int:
    """Return a number of viewers."""
    return _whole(raw, 1, 1_000_000, "a number of viewers from 1 to 1000000, such as 5000")


def _whole(raw: str, least: int, most: int, wanted: str) -> int:
    # So few digits that `int` takes them: it has a limit.
    if not re.fullmatch(r"[0-9]{1,12}", raw.strip()) or not least <= int(raw) <= most:
        raise Wanted(wanted)
    return int(raw)


def origin(raw: str) -> str:
    """Return an origin, or `*` for all."""
    scheme, _, rest = raw.partition("://")
    if raw != "*" and (scheme not in ("http", "https") or not rest or "/" in rest):
        raise Wanted("'*' or scheme and host, such as https://example.org")
    return raw


def one_of(choices: Sequence[str]) -> Callable[[str], str]:
    """Return a parser that takes one of `choices`."""

    def parse(raw: str) -> str:
        if raw not in choices:
            near = difflib.get_close_matches(raw, choices, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise Wanted(f"one of {', '.join(choices)}{hint}")
        return raw

    return parse


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a server, checked."""

    chart: Sequence[str] = setting(
        (),
        text,
        "a chart to serve; may be given several times",
        metavar="[NAME=]SOURCE",
        variable="CHARTSERVER_CHARTS",
        is_many=True,
    )
    host: str = setting("127.0.0.1", host, "address to listen on", metavar="H")
    port: int = setting(
        8000, port, "port to listen on; 0: any that is free", metavar="P", also="PORT"
    )
    interval_s: float = setting(
        1.0, seconds, "seconds between ticks of sources that beat", metavar="S"
    )
    frame_interval_s: float = setting(
        0.05, seconds, "seconds between frames; ticks in between travel together", metavar="S"
    )
    history: int = setting(86_400, ticks, "ticks kept in memory for each chart", metavar="N")
    origins: Sequence[str] = setting(
        (),
        origin,
        "further origins whose pages may connect; '*' for all",
        metavar="ORIGIN",
        is_many=True,
    )
    async_mode: str = setting(
        "eventlet", one_of(ASYNC_MODES), f"one of {', '.join(ASYNC_MODES)}", metavar="MODE"
    )
    fan_out: str = setting(
        "direct",
        one_of(FAN_OUTS),
        "direct: straight into the sockets (with eventlet); ordinary: Socket.IO's own emit",
        metavar="PATH",
    )
    exact_ticks: int = setting(
        1_000, ticks, "ticks that a slow viewer is sent exactly; what is more, reduced", metavar="N"
    )
    evict_after_s: float = setting(
        60.0, seconds, "seconds after which a viewer that takes nothing is closed", metavar="S"
    )
    max_viewers: int = setting(
        10_000, viewers, "viewers at a time; one more is refused", metavar="N"
    )
    backlog: int = setting(4_096, viewers, "connections that may wait to be accepted", metavar="N")
    log_format: str = setting("text", one_of(LOG_FORMATS), "text or json", metavar="FORMAT")


def variable_of(one: "Field[Any]") -> str:
    """Return the environment variable of a setting."""
    return one.metadata["variable"] or PREFIX + one.name.upper()


def option_of(one: "Field[Any]") -> str:
    """Return the option of a setting."""
    return "--" + one.name.replace("_", "-")


def default_of(one: "Field[Any]") -> Any:
    """Return the value of a setting that nobody has given."""
    return one.default_factory() if one.default_factory is not MISSING else one.default


def load(options: Mapping[str, str | Sequence[str]], environ: Mapping[str, str]) -> Settings:
    """Return the settings: options go before variables, variables before defaults.

    Args:
        options: raw text by the name of the setting; a sequence for one that may be given several
            times.
        environ: the environment; nothing else is read.

    Raises:
        ConfigError: with a line for each fault, all of them at once.
    """
    faults = list(_unknown_variables(environ))
    values: dict[str, Any] = {}
    for one in fields(Settings):
        where, raw = _given(one, options, environ)
        parsed = []
        for each in raw:
            try:
                parsed.append(one.metadata["parse"](each))
            except Wanted as wanted:
                faults.append(f"{where} is {each!r}; expected {wanted}")
        if parsed:
            values[one.name] = tuple(parsed) if one.metadata["is_many"] else parsed[0]
    if faults:
        raise ConfigError(*faults)
    return Settings(**values)


def _given(
    one: "Field[Any]", options: Mapping[str, str | Sequence[str]], environ: Mapping[str, str]
) -> tuple[str, Sequence[str]]:
    """Return where a setting is given and the raw texts there; none when it is not."""
    raw = options.get(one.name)
    if raw is not None and raw != ():
        return option_of(one), [raw] if isinstance(raw, str) else raw
    for name in (variable_of(one), one.metadata["also"]):
        if environ.get(name):  # platforms set variables to nothing to take them away
            return name, environ[name].split() if one.metadata["is_many"] else [environ[name]]
    return "", ()


def _unknown_variables(environ: Mapping[str, str]) -> Sequence[str]:
    known = [variable_of(one) for one in fields(Settings)]
    faults = []
    for name in environ:
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            faults.append(f"{name} is no setting; expected one of {', '.join(known)}{hint}")
    return faults
