"""How sources are found: the package's own, and those of installed packages."""

import sys
import threading

import pytest

from chartserver.errors import ConfigError
from chartserver.sources.registry import kinds, open_source, parse_spec

PLUGIN = """
import threading
from chartserver.sources.source import Beat
from chartserver.ticks import Series

def open_tide(target, options):
    height_m = options.number("height_m", 1.0)
    options.finish()
    return Beat(lambda: [height_m], series=[Series(target or "tide")], interval_s=0.001)

def open_broken(target, options):
    raise RuntimeError("no\\ngauge")

def open_nothing(target, options):
    return None
"""
ENTRY_POINTS = """
[chartserver.sources]
tide = tide_gauge:open_tide
broken = tide_gauge:open_broken
nothing = tide_gauge:open_nothing
absent = tide_gauge:open_absent
random = tide_gauge:open_broken
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A distribution that brings sources, installed where Python looks for packages."""
    (tmp_path / "tide_gauge.py").write_text(PLUGIN)
    info = tmp_path / "tide_gauge-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tide-gauge\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("tide_gauge", None)


@pytest.mark.usefixtures("installed")
def test_a_source_of_an_installed_package_is_opened_with_target_and_options(opened):
    source = opened("tide:pier?height_m=2.5")

    assert next(source.ticks(threading.Event())).values == [2.5]
    assert source.series[0].name == "pier"


@pytest.mark.usefixtures("installed")
def test_sources_of_installed_packages_are_listed_with_the_own():
    assert {"tide", "random", "replay", "stdin"} <= set(kinds())


def test_sources_of_packages_that_are_not_installed_are_not_listed():
    assert kinds() == ["push", "python", "random", "replay", "stdin", "system", "walk", "ws"]


@pytest.mark.usefixtures("installed")
def test_the_packages_own_kinds_cannot_be_replaced(opened):
    assert opened("random").title == "Random numbers"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("tide?hight_m=2", "tide has no option 'hight_m'; expected one of: height_m; did you mean"),
        ("broken", "source 'broken' cannot be opened: RuntimeError('no\\ngauge')"),
        ("nothing", "source 'nothing' opened None; expected an object with title, series,"),
        ("absent", "source 'absent' of tide_gauge:open_absent cannot be loaded: AttributeError"),
    ],
)
def test_what_is_wrong_with_an_installed_source_is_told_in_one_line(opened, spec, expected):
    with pytest.raises(ConfigError) as caught:
        opened(spec)

    (fault,) = caught.value.faults
    assert expected in fault
    assert "\n" not in fault


@pytest.mark.parametrize(
    ("text", "name", "kind", "target", "options"),
    [
        ("random", "", "random", "", {}),
        ("-", "", "stdin", "", {}),
        ("cpu=-?series=a,b", "cpu", "stdin", "", {"series": "a,b"}),
        ("fx=walk?seed=1&interval_s=0.5", "fx", "walk", "", {"seed": "1", "interval_s": "0.5"}),
        ("replay:a/b c.csv?speed=60", "", "replay", "a/b c.csv", {"speed": "60"}),
        ("replay:what%3F.csv", "", "replay", "what?.csv", {}),
        ("replay:a=b.csv?time=x", "", "replay", "a=b.csv", {"time": "x"}),
        ("lab=python:pkg.lab:read", "lab", "python", "pkg.lab:read", {}),
    ],
)
def test_a_text_is_taken_apart(text, name, kind, target, options):
    spec = parse_spec(text)

    assert (spec.name, spec.kind, spec.target, dict(spec.options)) == (name, kind, target, options)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "chart is ''; expected [NAME=]SOURCE"),
        ("fx=", "chart is 'fx='; expected [NAME=]SOURCE"),
        ("?seed=1", "expected [NAME=]SOURCE"),
        ("FX=walk", "chart name is 'FX'"),
        ("api=walk", "chart name is 'api', which is a path of the server"),
        ("wlak", "source is 'wlak'; expected one of: push, python, random, .*did you mean 'walk'"),
        ("random?intervall_s=1", "chart 'random.*no option 'intervall_s'.*mean 'interval_s'"),
    ],
)
def test_what_is_wrong_with_a_text_is_told(text, expected):
    with pytest.raises(ConfigError, match=expected.replace("[", r"\[")):
        open_source(parse_spec(text), {})
