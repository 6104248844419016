"""What is unsafe about the Redis that processes have together.

Pure, as `findings_access`.
"""

from chartserver.operation.finding import Check, Finding, Setup, note, warning

# The first whose streams can be cut at an id.
OLDEST = (6, 2)


def redis_out_of_reach(setup: Setup) -> Finding | None:
    """Find that Redis cannot be asked."""
    if setup.redis is None or not setup.redis.fault:
        return None
    return warning(
        f"Redis {setup.redis.name} {setup.redis.fault}",
        "start it, or correct --redis-url (REDIS_URL): without it nothing is served",
    )


def old_redis(setup: Setup) -> Finding | None:
    """Find that Redis lacks what is needed."""
    if setup.redis is None or not setup.redis.version:
        return None
    digits = [part for part in setup.redis.version.split(".")[:2] if part.isdecimal()]
    if tuple(map(int, digits)) >= OLDEST:
        return None
    return warning(
        f"Redis {setup.redis.name} is of version {setup.redis.version}; expected 6.2 or later",
        "use a newer Redis, or Valkey",
    )


def forgetful_redis(setup: Setup) -> Finding | None:
    """Find that a full Redis throws histories away."""
    if setup.redis is None or setup.redis.policy in ("", "noeviction"):
        return None
    return warning(
        f"the maxmemory-policy of Redis {setup.redis.name} is {setup.redis.policy}: when it is full"
        " it throws charts away like old pages of a cache",
        "set maxmemory-policy noeviction there",
    )


def fleeting_redis(setup: Setup) -> Finding | None:
    """Find that histories are gone when Redis and all processes end."""
    if setup.redis is None or setup.redis.is_kept is not False:
        return None
    return note(
        f"Redis {setup.redis.name} keeps nothing on disk: when it ends and no process lives,"
        " histories are gone",
        "set appendonly yes there",
    )


CHECKS: tuple[Check, ...] = (redis_out_of_reach, old_redis, forgetful_redis, fleeting_redis)
