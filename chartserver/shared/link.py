"""Connections to Redis: where it is, as a URL says, and how long is waited for it.

The only module that knows redis-py, which is used in threads of the operating system alone. What
is found of Redis being away, full or not to be written is a StoreFault, in words of ours.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import MasterNotFoundError, Sentinel, SentinelConnectionPool

from chartserver.errors import ConfigError, StoreFault
from chartserver.operation.masking import Mask

CONNECT_S = 2.0
ANSWER_S = 3.0
# Beside those of the threads that write and follow: whoever reads, joins, or holds a lease.
POOL_MAX, POOL_WAIT_S = 4, 3.0
# How Redis begins to say that a key is of another kind, or that a script has met what it knows not.
OF_WHAT_IS_KEPT = ("WRONGTYPE", "user_script", "Error running script")
RETRY_S, RETRY_MOST_S = 0.05, 1.0
SENTINEL, SENTINEL_TLS = "redis+sentinel", "rediss+sentinel"
SENTINEL_PORT = 26_379

Found = TypeVar("Found")
# redis-py's types say that all of it may have to be awaited.
Client = Any


class Link:
    """Makes connections to the Redis of `url`: redis://, rediss://, unix:// or redis+sentinel://.

    `certificates` is `verify`, or `any` for a Redis whose certificate is its own.

    Attributes:
        name: the URL without its password.
    """

    def __init__(self, url: str, certificates: str = "verify") -> None:
        self.name = Mask()(url)
        self._url = url
        self._tls = {} if certificates == "verify" else {"ssl_cert_reqs": "none"}
        self._shared = self._pool(redis.BlockingConnectionPool, POOL_MAX, ANSWER_S)

    def connect(self, answer_s: float | None = None) -> Client:
        """Return a client with one connection of its own, made anew; close it.

        It does not connect again by itself: after a StoreFault close it and ask for another.

        Raises:
            StoreFault: there is none to be had.
        """
        with faults():
            # The one connection is held: to take it from the pool each time costs a look at it.
            client = redis.Redis(
                connection_pool=self._pool(redis.ConnectionPool, 1, answer_s or ANSWER_S),
                single_connection_client=True,
            )
            client.auto_close_connection_pool = True
            client.ping()
        return client

    def call(self, work: Callable[[Client], Found]) -> Found:
        """Return what `work` does with a connection that is shared with others.

        Raises:
            StoreFault: Redis cannot be asked now.
        """
        with faults():
            return work(redis.Redis(connection_pool=self._shared))

    def close(self) -> None:
        """Let go of the connections that are shared."""
        self._shared.disconnect()

    def _pool(self, kind: type[Any], most: int, answer_s: float) -> Any:
        options: dict[str, Any] = {
            "socket_connect_timeout": CONNECT_S,
            "socket_timeout": answer_s,
            "socket_keepalive": True,
            # Who uses a connection decides what a failure means.
            "retry": Retry(NoBackoff(), 0),
            "protocol": 2,
            "client_name": "chartserver",
        }
        if kind is redis.BlockingConnectionPool:
            options["timeout"] = POOL_WAIT_S
        else:
            options["redis_connect_func"] = only_once()
        try:
            if self._url.partition("://")[0] in (SENTINEL, SENTINEL_TLS):
                return sentinel_pool(self._url, options, self._tls, most)
            is_plain = urlsplit(self._url).scheme != "rediss"
            if self._url.startswith("unix"):
                options.pop("socket_keepalive")
            tls = {} if is_plain else self._tls
            pool = kind.from_url(self._url, max_connections=most, **options, **tls)
            # An option that there is not would be found when it connects.
            pool.connection_class(**pool.connection_kwargs)
        except (ValueError, TypeError) as error:
            raise ConfigError(f"redis_url is {self.name!r}; {error}") from None
        return pool


def sentinel_pool(url: str, options: Mapping[str, Any], tls: Mapping[str, Any], most: int) -> Any:
    """Return a pool of connections to whichever server the sentinels call the master.

    `redis+sentinel://[user:password@]host:port,host:port/service[/db]`, or `rediss+sentinel` for
    TLS; a password of the sentinels themselves is `?sentinel_password=`.
    """
    parts = urlsplit(url)
    login, _, hosts = parts.netloc.rpartition("@")
    service, _, database = parts.path.strip("/").partition("/")
    asked = dict(parse_qsl(parts.query))
    known = dict(options)
    known.pop("timeout", None)
    if database:
        known["db"] = int(database)
    if login:
        user, _, password = login.partition(":")
        known |= {"username": unquote(user) or None, "password": unquote(password) or None}
    if parts.scheme == SENTINEL_TLS:
        known |= {"ssl": True, **tls}
    of_sentinels = {
        name: known[name] for name in known if name.startswith(("socket", "retry", "ssl"))
    }
    if "sentinel_password" in asked:
        of_sentinels["password"] = asked["sentinel_password"]
    sentinels = [address(one) for one in hosts.split(",")]
    make: Any = Sentinel
    make_pool: Any = SentinelConnectionPool
    sentinel = make(sentinels, sentinel_kwargs=of_sentinels)
    return make_pool(service, sentinel, max_connections=most, **known)


def only_once() -> Callable[[Any], None]:
    """Return what lets a connection be made once: pools make anew, unasked, what was cut."""
    is_made = False

    def on_connect(connection: Any) -> None:
        nonlocal is_made
        if is_made:
            raise redis.ConnectionError("the connection was cut")
        is_made = True
        connection.on_connect()

    return on_connect


def address(raw: str) -> tuple[str, int]:
    """Return host and port of a sentinel."""
    host, _, port = raw.rpartition(":") if raw.rfind(":") > raw.rfind("]") else (raw, "", "")
    return host.strip("[]"), int(port or SENTINEL_PORT)


@contextmanager
def faults() -> Iterator[None]:
    """Make a StoreFault of what redis-py raises."""
    try:
        yield
    except redis.RedisError as error:
        raise StoreFault(said(error)) from error
    except OSError as error:
        raise StoreFault(f"is not reachable: {error}") from error


def said(error: Exception) -> str:
    """Return what is wrong, in one line that begins with a verb."""
    text = Mask()(" ".join(str(error).split()))[:200].rstrip(".")
    if isinstance(error, redis.AuthenticationError | redis.exceptions.NoPermissionError):
        return f"does not let us in: {text}"
    if isinstance(error, redis.TimeoutError):
        return f"is not reachable: {text or 'no answer in time'}"
    if isinstance(error, redis.BusyLoadingError):
        return "is not reachable: it loads what it has kept"
    if isinstance(error, MasterNotFoundError):
        # What follows tells of redis-py's own objects.
        return f"is not reachable: {text.partition(' : ')[0]}"
    if isinstance(error, redis.ConnectionError):
        if "CERTIFICATE" in text.upper():
            text += "; if it is signed by itself, set CHARTSERVER_REDIS_CERTIFICATES=any"
        return f"is not reachable: {text}"
    if isinstance(error, redis.ReadOnlyError):
        return "cannot be written: it is a replica"
    if text.startswith(("OOM", "command not allowed when used memory")):
        return "is full: raise its maxmemory"
    if isinstance(error, redis.ResponseError):
        return f"says: {text}"
    return f"is not reachable: {text}"


def together(client: Client, commands: Sequence[Sequence[Any]]) -> list[Any]:
    """Send commands together; return what Redis answers to each, or the error that it says.

    Raises:
        StoreFault: not all answers could be had; any of the commands may have been done.
    """
    with faults():
        held = client.connection or client.connection_pool.get_connection()
        try:
            held.send_packed_command([b"".join(map(packed, commands))])
            return [_answer(held) for _ in commands]
        except BaseException:
            # Answers that were not read are not those of who asks next.
            held.disconnect()
            raise
        finally:
            if held is not client.connection:
                client.connection_pool.release(held)


def packed(command: Sequence[Any]) -> bytes:
    """Return a command as Redis reads it: what is not bytes as its text.

    redis-py's own way takes three times as long, at each tick.
    """
    parts = [b"*%d\r\n" % len(command)]
    for one in command:
        part = one if isinstance(one, bytes) else str(one).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(part), part))
    return b"".join(parts)


def _answer(connection: Any) -> Any:
    try:
        return connection.read_response()
    except redis.ResponseError as error:
        return error


def is_unknown_script(error: StoreFault) -> bool:
    """Whether Redis does not know a script by its digest: it was started anew."""
    return isinstance(error.__cause__, redis.exceptions.NoScriptError)


def is_of_what_is_kept(fault: StoreFault) -> bool:
    """Whether Redis answers, and it is what it holds that is not as it should be."""
    cause = fault.__cause__
    if isinstance(cause, redis.ResponseError):
        return str(cause).startswith(OF_WHAT_IS_KEPT)
    return not isinstance(cause, redis.RedisError | OSError)


class Backoff:
    """How long to wait before the next try: longer each time, and spread, so that many who were
    cut off at once do not come back at once.
    """

    def __init__(self, first_s: float = RETRY_S, most_s: float = RETRY_MOST_S) -> None:
        self._first_s, self._most_s = first_s, most_s
        self._next_s = first_s

    def next_s(self) -> float:
        """Return the seconds to wait now."""
        pause_s = self._next_s * random.uniform(0.5, 1.0)
        self._next_s = min(2 * self._next_s, self._most_s)
        return pause_s

    def reset(self) -> None:
        """Begin with the shortest again."""
        self._next_s = self._first_s


def run_of(client: Client) -> str:
    """Return what names this run of the server; "" where it does not say."""
    with faults():
        try:
            return str(client.info("server").get("run_id", ""))
        except redis.ResponseError:
            return ""
