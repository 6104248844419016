"""Points of InfluxDB's line protocol, read as ticks."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from influxdb_client import Point

from chartserver.errors import BadPush, RunTooLong, UnknownChart
from chartserver.push.line_protocol import parse_points
from chartserver.push.measurements import Measurements, chart_name

NS = 1e-6
T_NS, T_MS = 1_793_368_800_000_000_000, 1_793_368_800_000.0
# What a writer takes as a name: printable, without what line protocol has no way to say.
names = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\\\x7f"), min_size=1
).filter(lambda text: text.isprintable() and not text.startswith("#") and text.strip() == text)


def read(text, unit_ms=NS):
    """Return each chart's series and ticks: `{chart: (names, [(time_ms, [values…]), …])}`."""
    charts = {}
    for chart, body in parse_points(text, unit_ms, 100).bodies.items():
        run = body.run
        times = [None if math.isnan(t) else t for t in run.time_ms.tolist()]
        rows = [[None if math.isnan(y) else y for y in row] for row in run.values.T.tolist()]
        charts[chart] = (list(run.names), list(zip(times, rows, strict=True)))
    return charts


def fault(text, most_series=100):
    with pytest.raises(BadPush) as caught:
        parse_points(text, NS, most_series)
    return caught.value


def test_a_point_is_a_tick_of_the_chart_of_its_measurement():
    assert read(f"cpu user=1.5,system=2 {T_NS}") == {
        "cpu": (["user", "system"], [(T_MS, [1.5, 2])])
    }


def test_tags_stand_behind_the_field_in_order():
    assert read("cpu,host=b,area=eu user=1")["cpu"][0] == ["user{area=eu,host=b}"]


def test_points_of_one_time_are_one_tick():
    text = f"cpu,n=0 u=1 {T_NS}\ncpu,n=1 u=2 {T_NS}\ncpu,n=0 u=3 {T_NS + 10**9}"

    assert read(text)["cpu"] == (
        ["u{n=0}", "u{n=1}"],
        [(T_MS, [1, 2]), (T_MS + 1000, [3, None])],
    )


def test_the_same_point_again_replaces_the_first():
    assert read(f"cpu u=1 {T_NS}\ncpu u=2 {T_NS}")["cpu"][1] == [(T_MS, [2])]


def test_points_come_into_the_order_of_time():
    text = f"cpu u=2 {T_NS + 10**9}\ncpu u=3\ncpu u=1 {T_NS}"

    body = parse_points(text, NS, 100).bodies["cpu"]

    assert body.run.values.tolist() == [[1, 2, 3]]
    assert body.lines == [3, 1, 2]


def test_points_without_a_time_are_one_tick_until_a_series_comes_again():
    assert read("cpu a=1\ncpu b=2\ncpu a=3\ncpu b=4")["cpu"][1] == [(None, [1, 2]), (None, [3, 4])]


def test_each_measurement_is_a_chart():
    assert list(read("cpu u=1\nmem u=2\ncpu v=3")) == ["cpu", "mem"]


@pytest.mark.parametrize(
    ("value", "number"),
    [("1", 1), ("-1.5e3", -1500), ("3i", 3), ("4u", 4), ("t", 1), ("False", 0), (".5", 0.5)],
)
def test_each_kind_of_field_that_can_be_drawn_is_a_number(value, number):
    assert read(f"m f={value}") == {"m": (["f"], [(None, [number])])}


@pytest.mark.parametrize(
    ("unit_ms", "time"),
    [(1e-6, T_NS), (1e-3, T_NS // 10**3), (1.0, T_NS // 10**6), (1e3, T_NS // 10**9)],
)
def test_times_are_in_the_unit_of_the_request(unit_ms, time):
    assert read(f"m f=1 {time}", unit_ms)["m"][1] == [(T_MS, [1])]


def test_texts_are_left_out_and_counted():
    written = parse_points('m a="x",b=1\nm c="1,2\n3 d=4"\nlog text="y"', NS, 100)

    assert list(written.bodies) == ["m"]
    assert list(written.bodies["m"].run.names) == ["b"]
    assert (written.n_left_out, written.left_out) == (3, "line 1, 'm'")


def test_texts_alone_are_refused():
    refused = fault('\nm a="x"')

    assert "fields of text alone" in str(refused)
    assert refused.line == 2


def test_whether_all_points_have_a_time_is_told():
    assert parse_points("m f=1 5", NS, 100).is_timed
    assert not parse_points("m f=1 5\nm f=1", NS, 100).is_timed


@pytest.mark.parametrize("value", ["5e-324", "-2.2250738585072009e-308"])
def test_a_number_that_fades_away_is_nothing(value):
    assert read(f"m,a=b f={value},g=1e-307 5")["m"][1] == [(0.0, [0.0, 1e-307])]


def test_comments_and_blank_lines_are_no_points():
    assert read("# it's =\"\n\n  \n m f=1\r\n") == {"m": (["f"], [(None, [1])])}


def test_line_feeds_in_texts_do_not_part_lines_and_are_counted():
    refused = fault('m a="1\n2",b=3\nm,t="x f=1\nm f=')

    assert refused.line == 4


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("m f=1\nm", 2),
        ("m f=1\nm f=one", 2),
        ("m f=1_0", 1),
        ("m f=nan", 1),
        ("m f=inf", 1),
        ("m f=1e999", 1),
        ("m f=9223372036854775808i", 1),
        ("m f=1 soon", 1),
        ("m f=1 1.5", 1),
        ("m f=1 99999999999999999999", 1),
        ('m f="open', 1),
        ("m,a f=1", 1),
        (",a=b f=1", 1),
        ("m f=1 5 6", 1),
        ("m f=\x001", 1),
        ("m f=1\n!!! f=1", 2),
        ("m f=1\nm" + "x" * 64 + " f=1", 2),
        ("cpu f=1\nCPU f=1", 2),
        ("disk-io f=1\nmem f=2\ndisk.io f=1", 3),
    ],
)
def test_a_line_that_is_no_point_is_named(text, line):
    assert fault(text).line == line


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment"])
def test_a_body_without_points_is_refused(text):
    assert "no point" in str(fault(text))


def test_a_thousand_new_series_are_refused():
    text = "\n".join(f"m,id={i} f=1 {i}" for i in range(1_000))

    refused = fault(text)

    assert "over 100 series" in str(refused)
    assert refused.line == 101


@pytest.mark.parametrize(
    ("measurement", "chart"),
    [
        ("cpu", "cpu"),
        ("CPU Load", "cpu-load"),
        ("disk/io (ms)", "disk-io-ms"),
        ("_internal", "internal"),
        ("system.load_1", "system-load_1"),
        ("metrics", "metrics-1"),
        ("Ping", "ping-1"),
        ("2nd", "2nd"),
    ],
)
def test_a_measurement_makes_the_name_of_a_chart(measurement, chart):
    assert chart_name(measurement) == chart


def test_measurements_of_one_chart_name_are_not_mixed_later_either():
    known = Measurements()
    known.keep({"cpu": "cpu"})
    known.check({"cpu": "cpu", "mem": "Mem"})

    with pytest.raises(BadPush, match="measurement 'CPU' would be chart 'cpu'"):
        known.check({"cpu": "CPU"})


@given(
    st.text("aB é,=", max_size=60),
    st.dictionaries(names, names, max_size=3),
    st.dictionaries(
        names, st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e300, 1e300), min_size=1
    ),
    st.integers(-(2**62), 2**62),
)
def test_what_the_client_of_influxdb_writes_is_read_back(measurement, tags, fields, time):
    point = Point("m" + measurement).time(time)
    for name, text in tags.items():
        point.tag(name, text)
    for name, value in fields.items():
        point.field(name, value)

    [(series, [(time_ms, values)])] = read(point.to_line_protocol()).values()

    suffix = "{" + ",".join(f"{k}={v}" for k, v in sorted(tags.items())) + "}" if tags else ""
    assert dict(zip(series, values, strict=True)) == {
        name + suffix: float(value) if abs(value) > 1e-300 else pytest.approx(0.0, abs=1e-300)
        for name, value in fields.items()
    }
    assert time_ms == pytest.approx(time * NS, rel=1e-15, abs=0.001)


@given(st.text(st.sampled_from('m ,=\\"\n#1ifut.-e{}é\r'), max_size=60))
def test_any_text_is_read_or_refused(text):
    lines = range(1, text.count("\n") + 2)
    try:
        written = parse_points(text, NS, 100)
    except BadPush as refused:
        where = {refused.line} - {None}
    else:
        where = {line for body in written.bodies.values() for line in body.lines}

    assert where <= set(lines)


def test_no_more_points_are_read_than_a_chart_takes_at_once():
    with pytest.raises(RunTooLong, match="more than 20000 ticks"):
        parse_points("a a=1\n" * 20_001 + "no point", NS, 100)


def test_no_more_measurements_are_read_than_there_can_be_charts():
    with pytest.raises(UnknownChart, match="more than 3 measurements"):
        parse_points("\n".join(f"m{i} a=1" for i in range(4)) + "\nno point", NS, 100, 3)
