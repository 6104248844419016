"""The settings: one table that drives options, environment variables, validation and the docs."""

from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any

from chartserver.setting_values import (
    bytes_,
    count,
    count_or_none,
    days,
    file,
    host,
    lease_seconds,
    network,
    one_of,
    origin,
    per_second,
    port,
    port_or_none,
    redis_url,
    seconds,
    seconds_ahead,
    seconds_or_none,
    secret,
    store_url,
    text,
    ticks,
    viewers,
    workers,
)

PREFIX = "CHARTSERVER_"
# What `chartserver watch` and `chartserver push` show; no settings of the server.
TOKEN_VARIABLE = "CHARTSERVER_TOKEN"
PUSH_TOKEN_VARIABLE = "CHARTSERVER_PUSH_TOKEN"
ASYNC_MODES = ("eventlet", "threading", "gevent")
FAN_OUTS = ("direct", "ordinary")
LOG_FORMATS = ("text", "json")
CERTIFICATES = ("verify", "any")
LOG_LEVELS = ("debug", "info", "warning", "error")


def setting(
    default: Any,
    parse: Callable[[str], Any],
    help_text: str,
    *,
    metavar: str,
    variable: str = "",
    also: str = "",
    is_many: bool = False,
    is_secret: bool = False,
) -> Any:
    """Describe a setting: a field of `Settings`.

    `variable` is its environment variable when it is not `CHARTSERVER_` and its name; `also` is a
    further variable that a platform sets. A setting that `is_many` may be given several times,
    its variable separated by blanks. One that `is_secret` is shown to nobody.
    """
    metadata = {
        "parse": parse,
        "help": help_text,
        "metavar": metavar,
        "variable": variable,
        "also": also,
        "is_many": is_many,
        "is_secret": is_secret,
    }
    if is_many:
        return field(default_factory=lambda: default, metadata=metadata)
    return field(default=default, metadata=metadata)


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
    config: str = setting(
        "", file, "file that describes charts, such as charts.toml", metavar="FILE"
    )
    store: str = setting(
        "memory:",
        store_url,
        "where the history is kept: memory:, sqlite:///FILE or postgresql://…",
        metavar="URL",
        also="DATABASE_URL",
    )
    retention_days: float = setting(
        30.0,
        days,
        "days for which a store keeps each tick; what is older stays as roll-ups",
        metavar="DAYS",
    )
    redis_url: str = setting(
        "",
        redis_url,
        "the Redis in which several processes have the same charts together",
        metavar="URL",
        also="REDIS_URL",
    )
    redis_certificates: str = setting(
        "verify",
        one_of(CERTIFICATES),
        "verify, or any: take a certificate that rediss:// has signed itself, as Heroku's",
        metavar="WHICH",
    )
    lease_s: float = setting(
        3.0,
        lease_seconds,
        "seconds after which another process runs the sources of one that is gone, with a Redis",
        metavar="S",
    )
    workers: int = setting(
        1,
        workers,
        "processes that serve the port together, by a Redis; auto: as many as there are cores",
        metavar="N",
    )
    worker_ports: int = setting(
        0,
        port_or_none,
        "port of 127.0.0.1 at which the first worker answers by itself, the next ones at those that"
        " follow; 0: none",
        metavar="P",
    )
    new_charts: int = setting(
        100, count_or_none, "charts that pushes may add; 0: none", metavar="N"
    )
    push_bytes: int = setting(
        4_194_304, bytes_, "bytes that one push may have, unpacked", metavar="N"
    )
    push_ticks_per_s: float = setting(
        50_000.0, per_second, "ticks a second that may be pushed to a chart", metavar="N"
    )
    push_series: int = setting(100, count, "series that a chart may have by pushes", metavar="N")
    reorder_s: float = setting(
        0.0,
        seconds_or_none,
        "age in seconds before which a pushed tick waits for earlier ones; 0: none waits",
        metavar="S",
    )
    future_s: float = setting(
        600.0,
        seconds_ahead,
        "seconds by which pushed ticks may be ahead of the server's clock; 0: any number",
        metavar="S",
    )
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
        10_000, viewers, "viewers at a time, of each worker; one more is refused", metavar="N"
    )
    backlog: int = setting(4_096, viewers, "connections that may wait to be accepted", metavar="N")
    view_tokens: Sequence[str] = setting(
        (),
        secret,
        "tokens of which viewers need one; without any, everybody may view",
        metavar="TOKEN",
        is_many=True,
        is_secret=True,
    )
    link_keys: Sequence[str] = setting(
        (),
        secret,
        "keys of signed links, the newest first; with one, viewers need a link or a token",
        metavar="KEY",
        is_many=True,
        is_secret=True,
    )
    push_tokens: Sequence[str] = setting(
        (),
        secret,
        "tokens of which pushers need one; without any, only this machine may push",
        metavar="TOKEN",
        is_many=True,
        is_secret=True,
    )
    metrics_tokens: Sequence[str] = setting(
        (),
        secret,
        "tokens of which readers of /metrics need one; without any, only this machine may read it",
        metavar="TOKEN",
        is_many=True,
        is_secret=True,
    )
    proxies: Sequence[str] = setting(
        (),
        network,
        "addresses of proxies whose X-Forwarded headers are believed",
        metavar="NETWORK",
        is_many=True,
    )
    frame_ancestors: Sequence[str] = setting(
        (),
        origin,
        "further origins whose pages may show ours in a frame; '*' for all",
        metavar="ORIGIN",
        is_many=True,
    )
    message_bytes: int = setting(
        16_384, bytes_, "bytes that one message of a viewer may have", metavar="N"
    )
    messages_per_s: float = setting(
        10.0, per_second, "messages a second that a viewer may send", metavar="N"
    )
    message_burst: int = setting(
        100, count, "messages that a viewer may send at once, or two for each chart", metavar="N"
    )
    connections_per_address: int = setting(
        1_000, count, "connections, and viewers, at a time from one address", metavar="N"
    )
    requests_per_s: float = setting(
        100.0, per_second, "requests a second from one address, averaged over ten", metavar="N"
    )
    request_timeout_s: float = setting(
        10.0,
        seconds,
        "seconds in which a request must have come, or something of an answer be taken",
        metavar="S",
    )
    return_within_s: float = setting(
        5.0, seconds, "seconds over which viewers spread their return after a stop", metavar="S"
    )
    log_level: str = setting(
        "info", one_of(LOG_LEVELS), f"one of {', '.join(LOG_LEVELS)}", metavar="LEVEL"
    )
    log_format: str = setting("text", one_of(LOG_FORMATS), "text or json", metavar="FORMAT")


def secrets_of(settings: Settings) -> Sequence[str]:
    """Return all that must never be shown."""
    secret = [one for one in fields(Settings) if one.metadata["is_secret"]]
    return [text for one in secret for text in getattr(settings, one.name)]


def variable_of(one: "Field[Any]") -> str:
    """Return the environment variable of a setting."""
    return one.metadata["variable"] or PREFIX + one.name.upper()


def option_of(one: "Field[Any]") -> str:
    """Return the option of a setting."""
    return "--" + one.name.replace("_", "-")


def default_of(one: "Field[Any]") -> Any:
    """Return the value of a setting that nobody has given."""
    return one.default_factory() if one.default_factory is not MISSING else one.default
