"""How a Redis is, as it says itself."""

from chartserver.shared.health import ask_state


def test_a_redis_says_how_it_is(server, redis):
    redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        said = ask_state(server.url, "verify")
    finally:
        redis.config_set("maxmemory-policy", "noeviction")

    assert (said.name, said.fault, said.policy) == (server.url, "", "allkeys-lru")
    assert said.version.split(".")[0].isdecimal()


def test_a_redis_that_is_kept_on_disk_says_so(server, redis):
    before = redis.config_get("save")["save"]
    try:
        for save, is_kept in (("", False), ("3600 1", True)):
            redis.config_set("save", save)
            assert ask_state(server.url, "verify").is_kept is is_kept
    finally:
        redis.config_set("save", before)


def test_a_redis_that_is_not_there_is_a_fault_in_words():
    said = ask_state("redis://:secret@127.0.0.1:1/0", "verify")

    assert "not reachable" in said.fault
    assert "secret" not in said.name + said.fault
