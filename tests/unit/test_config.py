"""The settings: where they come from, what goes before what, and how faults are told."""

import os
from dataclasses import fields

import pytest

from chartserver.config import changed, load
from chartserver.errors import ConfigError
from chartserver.settings import Settings, default_of, option_of, variable_of


def faults(options=None, environ=None):
    """Return what is wrong with these settings."""
    with pytest.raises(ConfigError) as caught:
        load(options or {}, environ or {})
    for fault in caught.value.faults:
        assert "\n" not in fault
    return list(caught.value.faults)


def test_without_options_and_variables_the_defaults_hold():
    assert load({}, {}) == Settings()


def test_the_defaults_are_those_of_the_contract():
    settings = Settings()

    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert (settings.interval_s, settings.frame_interval_s) == (1.0, 0.05)
    assert settings.history == 86_400
    assert (settings.async_mode, settings.log_format) == ("eventlet", "text")
    assert settings.chart == ()


def test_options_go_before_variables_and_variables_before_defaults():
    environ = {"CHARTSERVER_PORT": "9000", "CHARTSERVER_HISTORY": "50"}

    settings = load({"port": "9001"}, environ)

    assert (settings.port, settings.history, settings.host) == (9001, 50, "127.0.0.1")


def test_our_own_variable_goes_before_that_of_the_platform():
    assert load({}, {"PORT": "5000"}).port == 5000
    assert load({}, {"PORT": "5000", "CHARTSERVER_PORT": "9000"}).port == 9000


def test_a_variable_that_is_set_to_nothing_is_not_set():
    assert load({}, {"CHARTSERVER_PORT": "", "PORT": ""}).port == 8000


def test_settings_that_may_be_given_several_times_are_separated_by_blanks_in_a_variable():
    settings = load({}, {"CHARTSERVER_CHARTS": "fx=walk  host=system"})

    assert settings.chart == ("fx=walk", "host=system")
    assert load({"chart": ("a=walk", "b=walk")}, {}).chart == ("a=walk", "b=walk")


def test_all_faults_are_told_at_once_by_where_they_stand():
    told = faults(
        {"port": "http", "origins": ("example.org", "https://ok.example", "x")},
        {"CHARTSERVER_HISTORY": "0", "CHARTSERVER_INTERVAL_S": "0s", "CHARTSERVER_PROT": "1"},
    )

    assert len(told) == 6
    assert any(one.startswith("--port is 'http'; expected a port from 0") for one in told)
    assert any(one.startswith("--origins is 'example.org'; expected '*' or") for one in told)
    assert any(one.startswith("--origins is 'x'; expected") for one in told)
    assert any(one.startswith("CHARTSERVER_HISTORY is '0'; expected a number") for one in told)
    assert any(one.startswith("CHARTSERVER_INTERVAL_S is '0s'; expected") for one in told)
    assert any("CHARTSERVER_PROT is no setting" in one for one in told)


def test_an_unknown_variable_of_ours_is_a_fault_and_the_next_one_is_named():
    [fault] = faults({}, {"CHARTSERVER_HISTROY": "5"})

    assert fault == (
        "CHARTSERVER_HISTROY is no setting; expected CHARTSERVER_HISTORY;"
        " all of them: chartserver serve --help"
    )


def test_no_more_than_three_settings_are_named_for_one_that_is_unknown():
    [near] = faults({}, {"CHARTSERVER_TOKENS": "5"})
    [far] = faults({}, {"CHARTSERVER_XYZZY": "5"})

    assert near.count("CHARTSERVER_") == 4
    assert "such as CHARTSERVER_CHARTS" in far
    assert max(map(len, (near, far))) < 200


def test_the_variable_that_viewers_show_a_token_by_is_no_fault():
    assert load({}, {"CHARTSERVER_TOKEN": "of-a-viewer"}) == Settings()


def test_variables_of_others_are_none_of_our_business():
    assert load({}, {"HOME": "/", "CHARTS": "x", "PYTHONPATH": ""}) == Settings()


@pytest.mark.parametrize(
    ("name", "raw", "wanted"),
    [
        ("port", "-1", "a port from 0 to 65535"),
        ("port", "65536", "such as 8000"),
        ("port", "8000.0", "a port"),
        ("port", "", "a port"),
        ("port", "9" * 5000, "a port"),
        ("port", "٣", "a port"),
        ("host", "", "an address or a host name"),
        ("host", "a b", "an address or a host name"),
        ("host", "http://x", "such as 127.0.0.1"),
        ("interval_s", "0", "seconds above 0"),
        ("interval_s", "-1", "such as 0.5"),
        ("interval_s", "nan", "seconds above 0"),
        ("interval_s", "inf", "seconds above 0"),
        ("interval_s", "1e300", "seconds above 0 and at most 1e+09"),
        ("frame_interval_s", "50ms", "seconds above 0"),
        ("history", "0", "from 1 to 100000000"),
        ("history", "1e6", "a number of ticks"),
        ("history", "100000001", "such as 86400"),
        ("max_viewers", "0", "a number of viewers"),
        ("redis_url", "127.0.0.1:6379", "redis://HOST:PORT/DATABASE"),
        ("redis_url", "http://example.org", "such as redis://127.0.0.1:6379/0"),
        ("redis_url", "redis://h:6379/charts", "redis://HOST:PORT/DATABASE"),
        ("redis_url", "redis://h:99999/0", "redis://HOST:PORT/DATABASE"),
        ("redis_url", "redis://:p@h:port/0", "redis://HOST:PORT/DATABASE"),
        ("redis_url", "redis+sentinel://a:26379,b:0/main", "redis://HOST:PORT/DATABASE"),
        ("redis_url", "redis+sentinel://h:26379/main/charts", "redis://HOST:PORT/DATABASE"),
        ("workers", "0", "a number of processes from 1 to 256"),
        ("workers", "all", "such as 4, or auto"),
        ("lease_s", "0.1", "seconds from 0.5 to 60, such as 3"),
        ("async_mode", "asyncio", "one of eventlet, threading, gevent"),
        ("async_mode", "eventlett", "did you mean 'eventlet'?"),
        ("log_format", "xml", "one of text, json"),
        ("chart", (" ",), "a text that is not empty"),
        ("origins", ("https://example.org/path",), "scheme and host"),
        ("origins", ("ftp://example.org",), "https://example.org"),
    ],
)
def test_a_bad_value_is_told_with_what_is_wanted_and_an_example(name, raw, wanted):
    [fault] = faults({name: raw})

    shown = raw if isinstance(raw, str) else raw[0]
    assert fault.startswith(f"--{name.replace('_', '-')} is {shown!r}; expected ")
    assert wanted in fault


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("port", " 0 ", 0),
        ("port", "65535", 65535),
        ("host", "::1", "::1"),
        ("host", " 0.0.0.0 ", "0.0.0.0"),
        ("interval_s", "0.02", 0.02),
        ("history", "100000000", 100_000_000),
        ("origins", ("*", "http://localhost:3000"), ("*", "http://localhost:3000")),
    ],
)
def test_a_good_value_is_taken(name, raw, value):
    assert getattr(load({name: raw}, {}), name) == value


@pytest.mark.parametrize("one", fields(Settings), ids=lambda one: one.name)
def test_each_setting_has_an_option_a_variable_a_help_and_a_default_that_it_takes(one):
    default = default_of(one)
    shown = default if one.metadata["is_many"] else str(default)

    assert option_of(one) == "--" + one.name.replace("_", "-")
    assert variable_of(one).startswith("CHARTSERVER_")
    assert one.metadata["help"]
    assert getattr(load({one.name: shown}, {}), one.name) == default


def test_changes_in_python_are_checked_like_options():
    settings = changed(Settings(), {"frame_interval_s": 0.5, "origins": "https://a.example"})

    assert (settings.frame_interval_s, settings.origins) == (0.5, ("https://a.example",))
    with pytest.raises(ConfigError) as caught:
        changed(Settings(), {"frame_interval_s": 0, "histroy": 5, "view_tokens": ("a b",)})
    assert [fault.partition(";")[0] for fault in caught.value.faults] == [
        "frame_interval_s is 0",
        "histroy is no setting",
        "view_tokens is a secret",
    ]


def test_a_secret_that_is_refused_is_not_repeated():
    [fault] = faults({"view_tokens": ("good-token", "gehe\u00efm")})

    assert fault.startswith("--view-tokens is a secret; expected 1 to 1024 letters")
    assert "gehe" not in fault


def test_several_tokens_hold_at_once():
    settings = load({}, {"CHARTSERVER_VIEW_TOKENS": "old-one new-one"})

    assert settings.view_tokens == ("old-one", "new-one")


def test_proxies_are_addresses_or_networks():
    assert load({"proxies": ("10.1.2.3", "fd00::/8")}, {}).proxies == ("10.1.2.3/32", "fd00::/8")
    [fault] = faults({"proxies": ("10.0.0.1/8",)})
    assert fault == (
        "--proxies is '10.0.0.1/8'; expected an address or a network, such as 127.0.0.1"
        " or 10.0.0.0/8"
    )


@pytest.mark.parametrize("raw", ["0", "-1", "nan", "inf", "2e6", "ten"])
def test_a_rate_is_a_number_above_nothing(raw):
    [fault] = faults({"messages_per_s": raw})

    assert fault == (
        f"--messages-per-s is {raw!r}; expected a number a second, above 0 and at most 1e6,"
        " such as 10"
    )


def test_the_redis_of_a_platform_is_taken():
    assert load({}, {"REDIS_URL": "rediss://:secret@h:6380"}).redis_url == "rediss://:secret@h:6380"


def test_workers_are_as_many_as_this_process_has_cores_when_auto():
    assert load({}, {"CHARTSERVER_WORKERS": "auto"}).workers == len(os.sched_getaffinity(0))
