"""The file of charts: what it says, and how everything that is wrong with it is told at once."""

import itertools
import re
import textwrap
from pathlib import Path

import pytest

from chartserver.chart_file import FILE_BYTES_MAX, open_chart_file
from chartserver.chart_plan import Retention
from chartserver.errors import ConfigError
from chartserver.ticks import Limit, Series

DOCS = Path(__file__).parents[2] / "docs"
DEFAULTS = {"interval_s": "1.0"}
KEYS = re.findall(
    r"\w+",
    "title source options interval_s history panels retention series"
    " ticks_days minutes_days hours_days days_days name label unit color digits limits above below"
    " severity",
)


@pytest.fixture
def opened(tmp_path):
    """Return a function that opens a file of charts with the text given, by their names."""

    def write_and_open(text):
        path = tmp_path / "charts.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return {plan.name: plan for plan in open_chart_file(path, DEFAULTS)}

    return write_and_open


@pytest.fixture
def faults(opened):
    """Return a function that returns what is wrong with a file of charts."""

    def find(text):
        with pytest.raises(ConfigError) as caught:
            opened(text)
        assert all("\n" not in fault for fault in caught.value.faults)
        return list(caught.value.faults)

    return find


def test_the_example_of_the_docs_is_opened():
    fx, host, boiler = open_chart_file(DOCS / "charts.example.toml", DEFAULTS)

    assert (fx.name, fx.title, fx.panels, fx.history) == (
        "fx",
        "Exchange rates",
        "stacked",
        86_400,
    )
    assert fx.retention == Retention(30.0, 400.0, 3650.0, 36_500.0)
    assert fx.series[0] == Series(
        "EURUSD",
        "EUR/USD",
        "$",
        "#0072b2",
        4,
        [Limit(above=1.2, label="dear"), Limit(below=1.0, severity="critical", label="parity")],
    )
    assert fx.series[1].color == "#ff8c00"
    assert fx.source.interval_s == 0.5
    assert [series.name for series in host.series] == ["cpu", "memory"]
    assert [series.name for series in boiler.series] == ["flow", "return"]
    assert (boiler.source.interval_s, boiler.interval_s) == (None, 60.0)


def test_the_examples_in_the_text_of_the_docs_are_opened(opened, monkeypatch):
    monkeypatch.setenv("FEED_TOKEN", "a-token")
    text = "\n".join((DOCS / name).read_text() for name in ("charts-file.md", "sources.md"))
    blocks = re.findall(r"(?m)^    \[charts\..*\n(?:    .*\n|\n(?=    ))*", text)
    # What they name is not there.
    blocks = [block.replace("replay:rates.csv", "replay:ecb?series=USD") for block in blocks]

    assert len(blocks) == 3
    for block in blocks:
        assert opened(textwrap.dedent(block).replace('name = "EURUSD"', 'name = "USD"'))


def test_the_docs_tell_of_every_key_and_the_example_has_it():
    told = (DOCS / "charts-file.md").read_text()
    example = (DOCS / "charts.example.toml").read_text()

    assert KEYS
    assert [key for key in KEYS if f"`{key}`" not in told] == []
    assert [key for key in KEYS if not re.search(rf"\b{key}\b", example)] == []


def test_a_chart_of_a_name_alone_waits_for_pushes(opened):
    plan = opened("[charts.lab]")["lab"]

    assert (type(plan.source).__name__, plan.title, plan.series) == ("Push", "", [])
    assert (plan.panels, plan.history, plan.retention) == ("auto", None, Retention())


def test_options_in_the_source_s_text_hold_as_on_the_command_line(opened):
    [series] = opened('[charts.a]\nsource = "walk?series=X&interval_s=5"')["a"].series

    assert series.name == "X"


def test_what_is_said_of_a_series_is_completed_by_the_source_in_its_order(opened):
    plan = opened(
        '[charts.a]\nsource = "system?series=cpu,memory"\n'
        '[[charts.a.series]]\nname = "memory"\nlabel = "RAM"\n'
    )["a"]

    assert plan.series == [Series("cpu", "CPU", "%", digits=1), Series("memory", "RAM", "%", "", 1)]


def test_the_chart_s_interval_goes_before_the_general_one_and_the_source_s_before_that(opened):
    charts = opened(
        '[charts.a]\nsource = "walk"\ninterval_s = 3\n'
        '[charts.b]\nsource = "walk"\ninterval_s = 3\noptions = { interval_s = 0.5 }\n'
    )

    assert [plan.source.interval_s for plan in charts.values()] == [3.0, 0.5]


def test_files_and_modules_are_found_beside_the_file(opened, tmp_path, monkeypatch):
    (tmp_path / "rates.csv").write_text("time,a\n2024-01-01,1\n2024-01-02,2\n")
    (tmp_path / "beside_the_file.py").write_text("def read():\n    return 1.0\n")
    monkeypatch.syspath_prepend("")

    charts = opened(
        '[charts.r]\nsource = "replay:rates.csv"\n'
        '[charts.p]\nsource = "python:beside_the_file:read"\n'
    )

    assert charts["r"].source.title == "rates.csv"
    assert next(charts["p"].source.ticks(Stopped())).values == [1.0]


class Stopped:
    """An event of a source that is to give one tick."""

    def is_set(self):
        return False


FAULTY = """\
[charts.fx]
titel = "Rates"
source = "wakl"
history = "many"
panels = "stack"
retention = { ticks_days = 0, weeks = 1 }
interval_s = true

[[charts.fx.series]]
name = "EURUSD"
colour = "#0072b2"
digits = 2.5
limits = [
    { above = 1.2, below = 1.0 },
    { above = "1.2", severity = "bad" },
]

[[charts.fx.series]]
label = "no name"

[[charts.fx.series]]
name = "EURUSD"
color = "blu"

[charts.FX]
source = "walk"
options = { seed = "x", sed = 1 }

[server]
port = 8000
"""


def test_all_faults_are_told_at_once_each_with_its_place(faults):
    told = faults(FAULTY)

    beginnings = [
        "charts.toml:29: server is not for here; expected settings as options or",
        "charts.toml:2: charts.fx.titel is unknown; expected one of title, ",
        "charts.toml:3: charts.fx.source: source is 'wakl'; expected one of: ",
        "charts.toml:4: charts.fx.history is 'many'; expected a number of ticks from 1 ",
        "charts.toml:5: charts.fx.panels is 'stack'; expected one of auto, single, stacked; did ",
        "charts.toml:6: charts.fx.retention.ticks_days is 0; expected days above 0 ",
        "charts.toml:6: charts.fx.retention.weeks is unknown; expected one of ticks_days, ",
        "charts.toml:7: charts.fx.interval_s is true; expected seconds above 0 ",
        "charts.toml:11: charts.fx.series[0].colour is unknown; expected one of ",
        "charts.toml:12: charts.fx.series[0].digits is 2.5; expected a whole number from 0 ",
        "charts.toml:13: charts.fx.series[0].limits[0]: limit has above 1.2 and below 1.0; expec",
        "charts.toml:13: charts.fx.series[0].limits[1].above is '1.2'; expected a number, such as",
        "charts.toml:13: charts.fx.series[0].limits[1].severity is 'bad'; expected one of warning",
        "charts.toml:18: charts.fx.series[1] has no name; expected one, such as name = ",
        "charts.toml:21: charts.fx.series[2]: color of series 'EURUSD' is 'blu'; expected #rgb, ",
        "charts.toml:25: charts.FX: chart name is 'FX'; expected 1 to 64 of ",
        "charts.toml:27: charts.FX.options: option seed of walk is 'x'; expected a whole number",
        "charts.toml:27: charts.FX.options: walk has no option 'sed'; expected one of: ",
    ]
    for beginning in beginnings:
        assert any(fault.startswith(beginning) for fault in told), (beginning, told)
    assert len(told) == len(beginnings)
    assert any(fault.endswith("did you mean 'title'?") for fault in told)
    assert any(fault.endswith("did you mean 'color'?") for fault in told)


def test_a_series_that_is_none_of_the_source_s_is_a_fault_with_the_next_one(faults):
    [fault] = faults('[charts.a]\nsource = "system"\n[[charts.a.series]]\nname = "cpus"\n')

    assert fault == (
        "charts.toml:1: charts.a: series 'cpus' is none of the source's; expected one of cpu,"
        " memory, load, disk_read, disk_write, net_in, net_out; did you mean 'cpu'?"
    )


def test_a_series_that_is_there_twice_is_a_fault(faults):
    [fault] = faults('[charts.a]\nseries = [{ name = "x" }, { name = "x" }]')

    assert fault == (
        "charts.toml:2: charts.a.series[1].name is 'x', as above; expected each series once"
    )


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[chart.fx]", "did you mean 'charts'?"),
        ("[fx]", "did you mean [charts.fx]?"),
    ],
)
def test_a_chart_that_stands_elsewhere_is_sent_where_charts_are(faults, text, hint):
    [fault] = faults(f"{text}\nsource = 'walk'")

    assert fault.startswith("charts.toml:1: ")
    assert fault.endswith(f"is unknown; expected one of charts; {hint}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('push_tokens = "hunter2hunter2"', "as --push-tokens or CHARTSERVER_PUSH_TOKENS"),
        ("[charts.a]\nmax-viewers = 5", "as --max-viewers or CHARTSERVER_MAX_VIEWERS"),
        ("[charts.a]\nstore = 'x'", "expected it as --store or CHARTSERVER_STORE"),
    ],
)
def test_a_setting_is_sent_where_it_belongs_and_no_secret_is_repeated(faults, text, told):
    [fault] = faults(text)

    assert told in fault
    assert "hunter2" not in fault


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "charts.toml describes no chart; expected some"),
        ("[charts]", "charts.toml describes no chart; expected some"),
        ("charts = 5", "charts.toml:1: charts is 5; expected a table, such as [charts]"),
        ("[charts]\nfx = 'walk'", "charts.toml:2: charts.fx is 'walk'; expected a table, such as"),
        ("[charts.a]\n[charts.a]", "charts.toml is no TOML: Cannot declare ('charts', 'a') twice"),
        (f"a = {'1' * 5000}", "charts.toml is no TOML: Exceeds the limit"),
        ("[charts.a", "charts.toml is no TOML: Expected ']' at the end of a table declaration"),
        (f"a = {'[' * 5000}", "charts.toml is nested too deep"),
        (b"[charts.a]\ntitle = '\xfc'", "is not in UTF-8 (byte 0xfc at 20)"),
        (b"#" * (FILE_BYTES_MAX + 1), f"is larger than {FILE_BYTES_MAX} bytes"),
        ("[charts.api]", "which is a path of the server"),
        ('[charts.a]\ntitle = "a\\nb"', "expected a text of one line"),
        ("[charts.a]\nsource = 'b=walk'", "charts.a.source names a chart, 'b'; expected kind"),
        ("[charts.a]\nsource = 'walk?seed=1'\noptions = {seed=2}", "which source has, too"),
        ("[charts.a]\nsource = 'walk'\noptions = {seed=[1,2]}", "expected it once, a whole number"),
        ("[charts.a]\nsource = 'walk'\noptions = {seed=1.5}", "option seed of walk is '1.5'"),
        ("[charts.a]\nhistory = '5'", "history is '5'; expected a number of ticks from 1"),
        ("[charts.a]\nhistory = nan", "history is nan; expected a number of ticks from 1"),
        ("[charts.a]\nseries = ['x']", "charts.a.series is ['x']; expected an array of tables"),
        ("[charts.a]\nseries = [{name='a', limits=[{above=inf}]}]", "limit has above inf"),
        ("[charts.a]\nseries = [{name='a', digits=99}]", "a whole number from 0 to 15"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_no_traceback(faults, text, told):
    [fault] = faults(text)

    assert told in fault


@pytest.mark.parametrize("kind", ["missing", "directory", "device"])
def test_a_file_that_cannot_be_read_is_told(tmp_path, kind):
    path = {"missing": tmp_path / "no.toml", "directory": tmp_path, "device": Path("/dev/zero")}

    with pytest.raises(ConfigError, match=r"cannot be read|is a directory|is no file"):
        open_chart_file(path[kind], DEFAULTS)


def test_a_file_with_the_line_ends_and_the_mark_of_windows_is_read(faults, opened):
    assert opened(b"\xef\xbb\xbf[charts.a]\r\ntitle = 'x'\r\n")["a"].title == "x"

    [fault] = faults(b"# a\r\n[charts.a]\r\nhistory = 0\r\n")
    assert fault.startswith("charts.toml:3: charts.a.history")


def test_the_command_line_adds_to_the_file_and_names_are_taken_once(chartserver, tmp_path):
    path = tmp_path / "charts.toml"
    path.write_text('[charts.fx]\nsource = "walk"\ntitle = "Rates"\n')

    added = chartserver("check", "--config", str(path), "--chart", "host=system")
    twice = chartserver("check", "--chart", "fx=random", CHARTSERVER_CONFIG=str(path))

    assert re.search(r"(?m)^fx +Rates +EURUSD +1 s$", added.out)
    assert re.search(r"(?m)^host +This machine +cpu", added.out)
    assert twice.status == 2
    assert "the name 'fx' is taken in the file of charts" in twice.faults[0]


def test_with_a_file_there_is_no_demo_and_its_faults_are_told_beside_all_others(
    chartserver, tmp_path
):
    path = tmp_path / "charts.toml"
    path.write_text("[charts.lab]\n")
    alone = chartserver("check", "--config", str(path))
    path.write_text("[charts.lab]\ntitel = 1\n")
    wrong = chartserver("check", "--config", str(path), "--port", "x", "--chart", "nope")

    assert "random" not in alone.out.partition("chart ")[2]
    assert [fault.split(";")[0] for fault in wrong.faults] == [
        "chartserver: --port is 'x'",
        "chartserver: charts.toml:2: charts.lab.titel is unknown",
        "chartserver: chart 'nope': source is 'nope'",
    ]


ANYTHING = [
    "true", "0", "-1", "1.5", "nan", "-inf", "1e400", f"1{'0' * 400}", '""', '"x"',
    f'"{"x" * 500}"', '"a\\nb"', '"\\u0000"', "[]", "[[]]", "{}", "[1]", "[{}]", "{ a = 1 }",
    '[{ name = "a" }]', "{ a = { b = [nan] } }", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z",
]  # fmt: skip
KEYS_OF_TABLES = {
    "# the chart itself": [
        "title",
        "source",
        "options",
        "interval_s",
        "history",
        "panels",
        "retention",
    ],
    "[charts.a.options]": ["seed", "series", "each", "values", "subscribe", "header", "hold"],
    "[charts.a.retention]": ["ticks_days"],
    "[[charts.a.series]]": ["name", "label", "unit", "color", "digits", "limits"],
    '[[charts.a.series]]\nname = "x"\n[[charts.a.series.limits]]': ["above", "severity", "label"],
    "": ["charts", "other", '"a b"'],
}


@pytest.mark.parametrize("source", ["walk", "ws:wss://a.example"])
@pytest.mark.parametrize("table", KEYS_OF_TABLES)
def test_whatever_stands_anywhere_is_taken_or_told_on_one_line(opened, table, source):
    for key, value in itertools.product(KEYS_OF_TABLES[table], ANYTHING):
        head = "[charts.a]" if key == "source" else f'[charts.a]\nsource = "{source}"'
        text = f"{head if table else ''}\n{table}\n{key} = {value}\n"
        for fault in faults_of(opened, text):
            assert "is no TOML" not in fault, text
            assert "\n" not in fault, text
            assert len(fault) < 1000, text


def faults_of(opened, text):
    """Return what is wrong with a file; nothing, when it is opened."""
    try:
        opened(text)
    except ConfigError as error:
        return error.faults
    return []
