"""Asks a Redis how it is, for who checks a setup before it runs."""

from chartserver.errors import ChartServerError
from chartserver.operation.redis_state import RedisState
from chartserver.shared.link import Client, Link

ANSWER_S = 3.0


def ask_state(url: str, certificates: str) -> RedisState:
    """Ask the Redis of `url`; blocks for some seconds at most.

    Raises:
        ConfigError: the URL is none.
    """
    link = Link(url, certificates)
    try:
        client = link.connect(ANSWER_S)
    except ChartServerError as fault:
        return RedisState(link.name, str(fault))
    try:
        said = client.info()
        return RedisState(
            link.name,
            version=str(said.get("redis_version", "")),
            policy=str(said.get("maxmemory_policy", "")),
            is_kept=_is_kept(client, bool(said.get("aof_enabled"))),
        )
    except Exception as error:
        return RedisState(link.name, f"does not say how it is: {error}")
    finally:
        client.close()


def _is_kept(client: Client, has_journal: bool) -> bool | None:
    if has_journal:
        return True
    try:
        return bool(client.config_get("save").get("save", ""))
    except Exception:
        return None  # who runs it for others tells that to nobody
