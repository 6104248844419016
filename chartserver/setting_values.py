"""What a setting may be: each function returns the value of a text, or says what it wants."""

import difflib
import ipaddress
import math
import os
import re
from collections.abc import Callable, Sequence

# Thirty years; a sleep cannot take much more.
SECONDS_MIN, SECONDS_MAX = 1e-6, 1e9
REDIS_SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel")


class Wanted(Exception):
    """A value is not what a setting wants; the text says what it does want, with an example."""


def text(raw: str) -> str:
    """Return text that is not empty."""
    if not raw.strip():
        raise Wanted("a text that is not empty, such as 'x'")
    return raw.strip()


def file(raw: str) -> str:
    """Return the path of a file; "" for none."""
    return raw.strip()


def host(raw: str) -> str:
    """Return a host name or an address."""
    if not raw.strip() or any(char.isspace() or char == "/" for char in raw.strip()):
        raise Wanted("an address or a host name, such as 127.0.0.1 or 0.0.0.0")
    return raw.strip()


def port(raw: str) -> int:
    """Return a TCP port; 0 for any that is free."""
    return _whole(raw, 0, 65_535, "a port from 0 to 65535 (0: any that is free), such as 8000")


def port_or_none(raw: str) -> int:
    """Return a TCP port; 0 for none."""
    return _whole(raw, 0, 65_535, "a port from 1 to 65535, such as 9101, or 0 for none")


def seconds(raw: str) -> float:
    """Return a duration above 0, in seconds."""
    wanted = f"seconds above 0 and at most {SECONDS_MAX:g}, such as 0.5"
    return _between(raw, SECONDS_MIN, SECONDS_MAX, wanted)


def ticks(raw: str) -> int:
    """Return a number of ticks."""
    return _whole(raw, 1, 100_000_000, "a number of ticks from 1 to 100000000, such as 86400")


def viewers(raw: str) -> int:
    """Return a number of viewers."""
    return _whole(raw, 1, 1_000_000, "a number of viewers from 1 to 1000000, such as 5000")


def _between(raw: str, least: float, most: float, wanted: str) -> float:
    try:
        value = float(raw)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise Wanted(wanted)
    return value


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


def bytes_(raw: str) -> int:
    """Return a number of bytes."""
    return _whole(raw, 256, 1 << 30, "a number of bytes from 256 to 1073741824, such as 16384")


def per_second(raw: str) -> float:
    """Return a rate, per second."""
    try:
        value = float(raw)
    except ValueError:
        value = math.nan
    if not 0 < value <= 1e6:
        raise Wanted("a number a second, above 0 and at most 1e6, such as 10")
    return value


def count(raw: str) -> int:
    """Return a number of things."""
    return _whole(raw, 1, 1_000_000, "a whole number from 1 to 1000000, such as 100")


def count_or_none(raw: str) -> int:
    """Return a number of things, or 0."""
    return _whole(raw, 0, 1_000_000, "a whole number from 0 to 1000000, such as 100")


def lease_seconds(raw: str) -> float:
    """Return for how long a lease holds that is not renewed, in seconds."""
    return _between(raw, 0.5, 60.0, "seconds from 0.5 to 60, such as 3")


def seconds_or_none(raw: str) -> float:
    """Return a duration of at most an hour, or 0, in seconds."""
    return _between(raw, 0.0, 3_600.0, "seconds from 0 to 3600, such as 0.5")


def seconds_ahead(raw: str) -> float:
    """Return a duration of at most ten years, or 0, in seconds."""
    return _between(raw, 0.0, 3.2e8, "seconds from 0 to 3.2e8, such as 600")


def days(raw: str) -> float:
    """Return a duration above 0, in days."""
    return _between(raw, 1e-4, 36_500.0, "days above 0 and at most 36500, such as 30")


def store_url(raw: str) -> str:
    """Return where a history is kept."""
    kind, _, rest = raw.strip().partition(":")
    is_file = kind == "sqlite" and rest.startswith("///") and len(rest) > 3
    is_server = kind in ("postgresql", "postgres") and rest.startswith("//") and len(rest) > 2
    if raw.strip() != "memory:" and not is_file and not is_server:
        raise Wanted(
            "memory:, sqlite:///FILE or postgresql://USER@HOST/DATABASE,"
            " such as sqlite:///chartserver.db"
        )
    return raw.strip()


def redis_url(raw: str) -> str:
    """Return where a Redis is; "" for none."""
    scheme, _, rest = raw.strip().partition("://")
    is_place = scheme in REDIS_SCHEMES and bool(rest) and _names_database(scheme, rest)
    is_place = is_place and _names_ports(rest)
    if raw.strip() and not is_place:
        raise Wanted(
            "redis://HOST:PORT/DATABASE, or rediss:// for one with TLS,"
            " such as redis://127.0.0.1:6379/0"
        )
    return raw.strip()


def _names_database(scheme: str, rest: str) -> bool:
    """Return whether the database is a number, or not named: redis-py takes 0 for what is none."""
    _, _, path = rest.partition("?")[0].partition("/")
    if scheme.endswith("+sentinel"):
        _, _, path = path.partition("/")
    return scheme == "unix" or not path or path.isdecimal()


def _names_ports(rest: str) -> bool:
    """Return whether each port that is named, of one place or of several, is one."""
    hosts = rest.partition("?")[0].partition("/")[0].rpartition("@")[2].split(",")
    # Of an address of IPv6 only what follows its brackets.
    ports = [host.rpartition("]")[2].partition(":")[2] for host in hosts]
    return all(not port or (port.isdecimal() and 0 < int(port[:9]) < 65_536) for port in ports)


def workers(raw: str) -> int:
    """Return a number of processes; as many as there are cores for `auto`."""
    if raw.strip() == "auto":
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return _whole(raw, 1, 256, "a number of processes from 1 to 256, such as 4, or auto")


def network(raw: str) -> str:
    """Return an address or a network, as CIDR has it."""
    try:
        return str(ipaddress.ip_network(raw.strip()))
    except ValueError:
        raise Wanted("an address or a network, such as 127.0.0.1 or 10.0.0.0/8") from None


def secret(raw: str) -> str:
    """Return a token or a key, of characters that a header takes.

    The text of the fault does not repeat what was given; who tells it must not, either.
    """
    if not re.fullmatch(r"[!-~]{1,1024}", raw):
        raise Wanted(
            "1 to 1024 letters, digits and signs without blanks, such as what this prints:"
            " python3 -c 'import secrets; print(secrets.token_urlsafe())'"
        )
    return raw
