"""What is unsafe: each check finds what it is for, and only that."""

import pytest

from chartserver.commands.check import CHECKS, find
from chartserver.entrance import places
from chartserver.entrance.proxies import is_loopback
from chartserver.operation import findings_load
from chartserver.operation.finding import Setup
from chartserver.operation.findings_access import everybody_may_watch, told_at_start
from chartserver.operation.machine import Machine
from chartserver.operation.redis_state import RedisState
from chartserver.settings import Settings

LARGE = Machine(memory_bytes=64_000_000_000, descriptors=1_000_000)
SECRET, OTHER = "a" * 16, "b" * 16
OPEN = {"host": "0.0.0.0"}
# What nothing is to be said of, although it is open to the world.
SAFE = {
    **OPEN,
    "view_tokens": [SECRET],
    "push_tokens": [OTHER],
    "metrics_tokens": ["c" * 16],
    "proxies": ["10.0.0.0/8"],
}


def setup(
    options=None,
    *,
    environ=None,
    places=None,
    n_series=1,
    machine=LARGE,
    has_helper=True,
    redis=None,
):
    """Return what the checks look at: settings with these options, all else well."""
    return Setup(
        settings=Settings(**(options or {})),
        places=places or {},
        environ=environ or {},
        n_series={"fx": n_series},
        machine=machine,
        has_helper=has_helper,
        redis=redis,
    )


def redis(**said):
    """Return a setup with a Redis that says this, all else of it well."""
    well = {"version": "7.0.15", "policy": "noeviction", "is_kept": True}
    return setup(redis=RedisState("redis://127.0.0.1:6379", **well | said))


def test_of_the_defaults_nothing_is_unsafe():
    assert find(setup()) == {}


def test_a_server_in_the_open_can_be_safe():
    assert find(setup(SAFE)) == {}


FOUND = [
    ("redis_out_of_reach", "warning", redis(fault="is not reachable", version="", policy="")),
    ("old_redis", "warning", redis(version="6.0.16")),
    ("forgetful_redis", "warning", redis(policy="allkeys-lru")),
    ("fleeting_redis", "note", redis(is_kept=False)),
    ("open_viewing", "warning", setup(OPEN)),
    ("open_viewing", "warning", setup({"proxies": ["127.0.0.1/32"]})),
    ("plain_text", "warning", setup({**OPEN, "view_tokens": [SECRET]})),
    ("short_secrets", "warning", setup({"link_keys": [SECRET, "a" * 15]})),
    ("told_secrets", "warning", setup(places={"push_tokens": "--push-tokens"})),
    ("shared_secrets", "warning", setup({"view_tokens": [SECRET, SECRET]})),
    ("shared_secrets", "warning", setup({"view_tokens": [SECRET], "push_tokens": [SECRET]})),
    ("any_origin", "note", setup({"origins": ["*"]})),
    ("any_origin", "warning", setup({"origins": ["*"], "view_tokens": [SECRET]})),
    ("any_frame", "note", setup({"frame_ancestors": ["*"]})),
    ("any_frame", "warning", setup({"frame_ancestors": ["*"], "link_keys": [SECRET]})),
    ("any_proxy", "warning", setup({"proxies": ["10.0.0.0/8", "0.0.0.0/0"]})),
    ("any_proxy", "warning", setup({"proxies": ["0.0.0.0/1"]})),
    ("any_proxy", "warning", setup({"proxies": ["::/0"]})),
    ("unnamed_proxy", "warning", setup(OPEN, environ={"DYNO": "web.1"})),
    ("unnamed_proxy", "warning", setup(OPEN, environ={"PORT": "5000"})),
    ("several_workers", "warning", setup(environ={"WEB_CONCURRENCY": "2"})),
    (
        "file_on_platform",
        "warning",
        setup({"store": "sqlite:///charts.db"}, environ={"DYNO": "web.1"}),
    ),
    ("few_descriptors", "warning", setup(machine=Machine(LARGE.memory_bytes, 11_151))),
    ("much_memory", "warning", setup({"history": 10_000_000}, machine=Machine(512_000_000, 10**6))),
    ("much_memory", "warning", setup(n_series=256, machine=Machine(512_000_000, 10**6))),
    ("much_memory", "warning", setup({"max_viewers": 100_000}, machine=Machine(10**9, 10**6))),
    ("much_memory", "warning", setup({"workers": 100}, machine=Machine(10**10, 10**6))),
    ("limits_off", "warning", setup({"evict_after_s": 601.0})),
    ("limits_off", "warning", setup({"connections_per_address": 10_000})),
    ("telling_logs", "warning", setup({**SAFE, "log_level": "debug"})),
    ("no_metrics", "note", setup(OPEN)),
    ("slow_path", "note", setup({"async_mode": "threading"})),
    ("slow_path", "warning", setup({**SAFE, "async_mode": "gevent"})),
    ("slow_path", "note", setup({"fan_out": "ordinary"})),
    ("slow_path", "note", setup(has_helper=False)),
    ("bunched_ticks", "note", setup({"interval_s": 0.01})),
]


def test_answers_that_are_on_their_way_count_as_memory():
    most = places.MOST * 1_000_000

    assert most == findings_load.ANSWERS_BYTES
    one = {"history": 1, "max_viewers": 1}
    bare = findings_load.SERVER_BYTES + findings_load.VIEWER_BYTES + 32
    assert "much_memory" in find(setup(one, machine=Machine(bare + most - 1, 10**6)))
    assert "much_memory" not in find(setup(one, machine=Machine(bare + most, 10**6)))


@pytest.mark.parametrize(("name", "level", "unsafe"), FOUND)
def test_what_is_unsafe_is_found_and_a_remedy_told(name, level, unsafe):
    finding = find(unsafe)[name]

    assert finding.level == level
    assert finding.what
    assert finding.remedy


def test_every_check_is_tested():
    assert {name for name, _, _ in FOUND} == set(CHECKS)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("open_viewing", setup({**OPEN, "link_keys": [SECRET]})),
        ("plain_text", setup({"view_tokens": [SECRET]})),
        ("short_secrets", setup({"view_tokens": [SECRET]})),
        ("told_secrets", setup(places={"push_tokens": "CHARTSERVER_PUSH_TOKENS"})),
        ("shared_secrets", setup({"view_tokens": [SECRET], "push_tokens": [OTHER]})),
        ("any_origin", setup({"origins": ["https://example.org"]})),
        ("any_frame", setup({"frame_ancestors": ["https://example.org"]})),
        ("any_proxy", setup({"proxies": ["10.0.0.0/8", "2606:4700::/32"]})),
        ("unnamed_proxy", setup({**OPEN, "proxies": ["10.0.0.0/8"]}, environ={"DYNO": "web.1"})),
        ("unnamed_proxy", setup(environ={"PORT": "5000"})),
        ("several_workers", setup(environ={"WEB_CONCURRENCY": "1"})),
        ("several_workers", setup(environ={"WEB_CONCURRENCY": "many"})),
        ("file_on_platform", setup({"store": "sqlite:///charts.db"}, environ={"PORT": "80"})),
        ("file_on_platform", setup({"store": "postgresql://h/d"}, environ={"DYNO": "web.1"})),
        ("few_descriptors", setup(machine=Machine(LARGE.memory_bytes, 11_152))),
        ("limits_off", setup({"evict_after_s": 600.0, "connections_per_address": 9_999})),
        ("telling_logs", setup({"log_level": "debug"})),
        ("bunched_ticks", setup({"interval_s": 0.05})),
        ("redis_out_of_reach", redis()),
        ("old_redis", redis(version="6.2.0")),
        ("old_redis", redis(version="10.1")),
        ("forgetful_redis", redis(policy="")),
        ("fleeting_redis", redis(is_kept=None)),
    ],
)
def test_what_is_safe_is_not_found(name, safe):
    assert name not in find(safe)


def test_warnings_come_before_notes():
    levels = [finding.level for finding in find(setup(OPEN, has_helper=False)).values()]

    assert levels == sorted(levels, reverse=True)
    assert set(levels) == {"warning", "note"}


def test_no_finding_tells_a_secret():
    secrets = {"view_tokens": ["zyx"], "link_keys": ["zyx"], "push_tokens": ["zyx2"]}

    found = find(setup({**OPEN, **secrets}))

    assert {"short_secrets", "shared_secrets"} <= set(found)
    assert "zyx" not in str(found)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_alone_is_not_the_open(host):
    assert is_loopback(host)
    assert not everybody_may_watch(Settings(), host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org", "0", "127.1"])
def test_what_is_not_known_to_be_this_machine_is_the_open(host):
    assert not is_loopback(host)
    assert everybody_may_watch(Settings(), host)
    assert not everybody_may_watch(Settings(view_tokens=[SECRET]), host)


def test_the_machine_tells_its_limits():
    machine = Machine.here()

    assert 10**8 < machine.memory_bytes < 10**14
    assert machine.descriptors >= 256


def test_what_is_told_at_the_start_is_that_secrets_can_be_guessed_and_who_may_watch():
    short = Settings(view_tokens=["abc"], metrics_tokens=[SECRET])

    assert list(told_at_start(Settings(), "127.0.0.1", "http://x")) == []
    assert list(told_at_start(Settings(), "0.0.0.0", "http://x")) == [
        "whoever reaches http://x may watch; see what is unsafe: chartserver check"
    ]
    [line] = told_at_start(short, "0.0.0.0", "http://x")
    assert line.startswith("a secret of --view-tokens has fewer than 16 characters")
    assert "abc" not in line


def test_of_workers_only_the_first_tells_what_is_unsafe():
    settings = Settings(workers=2, **OPEN)

    first, second = (list(told_at_start(settings, "0.0.0.0", "http://x", n)) for n in (1, 2))

    assert len(first) == 1
    assert "may watch" in first[0]
    assert second == []


def test_a_program_that_serves_by_itself_is_told_that_it_has_no_workers():
    [told] = told_at_start(Settings(workers=3), "127.0.0.1", "http://x")

    assert told.startswith("--workers is 3, and this program serves from one process; expected")
