"""How lines are read that programs print: `vmstat`, `ping`, CSV, JSON, names and values."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartserver.clients.viewer import SeenTick
from chartserver.sources.lines import LineParser
from chartserver.terminal.watch import line_of
from chartserver.ticks import Tick

OCT_30_MS = 1_793_318_400_000.0

# As they came from procps 4: `vmstat -n 1 2`, and `vmstat 1` on a screen of few lines.
VMSTAT_N = """\
procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----
 r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st
 1  0      0 24272448   3216 263636    0    0   670   579   93  191  2  1 96  0  0
 1  0      0 24272448   3216 263636    0    0     0     0   93  130  0  1 100  0  0
"""
VMSTAT_TWO_SCREENS = """\
procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----
 r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st
 1  0      0 24274876   3140 262276    0    0   669   579   93  191  2  1 96  0  0
procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----
 r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st
 1  0      0 24274876   3140 262276    0    0     0   724   66   90  0  0 100  0  0
"""
VMSTAT_WIDE = """\
--procs-- -----------------------memory---------------------- ---swap-- -----io---- -system-- \
----------cpu----------
   r    b         swpd         free         buff        cache   si   so    bi    bo   in   cs  us\
  sy  id  wa  st  gu
   1    0            0     24277884         3140       262276    0    0   669   578   93  191   2\
   1  96   0   0   0
"""
VMSTAT_T = """\
procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu----- -----timestamp-----
 r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st                 UTC
 2  0      0 24277884   3140 262276    0    0   669   578   93  191  2  1 96  0  0 \
2026-11-22 17:20:02
"""
VMSTAT_NAMES = VMSTAT_N.splitlines()[1].split()
PING = """\
PING localhost (127.0.0.1) 56(84) bytes of data.
64 bytes from localhost (127.0.0.1): icmp_seq=1 ttl=64 time=0.031 ms
64 bytes from localhost (127.0.0.1): icmp_seq=2 ttl=64 time=0.047 ms
"""


def parse(text, chosen=()):
    """Return the ticks of the lines of `text`, and the parser."""
    parser = LineParser(chosen)
    ticks = [tick for line in text.splitlines(keepends=True) if (tick := parser.parse(line))]
    return ticks, parser


def values(text, chosen=()):
    """Return the values of the ticks of `text`, in which no line may be refused."""
    ticks, parser = parse(text, chosen)
    assert parser.first_refused is None
    return [tick.values for tick in ticks]


def test_vmstat_names_its_columns_and_each_line_is_a_tick():
    first, second = values(VMSTAT_N)

    assert list(first) == VMSTAT_NAMES
    assert (first["free"], first["in"], second["id"]) == (24272448.0, 93.0, 100.0)


def test_vmstats_header_on_the_next_screen_is_no_tick_and_no_nonsense():
    assert [row["bo"] for row in values(VMSTAT_TWO_SCREENS)] == [579.0, 724.0]


def test_vmstat_wide_is_read_too():
    (row,) = values(VMSTAT_WIDE)

    assert list(row) == [*VMSTAT_NAMES, "gu"]


def test_vmstat_with_timestamps_brings_its_times():
    ticks, parser = parse(VMSTAT_T)

    assert parser.lines_refused == 0
    assert list(ticks[0].values) == VMSTAT_NAMES
    assert ticks[0].time_ms == OCT_30_MS + ((23 * 24 + 17) * 3600 + 20 * 60 + 2) * 1000


def test_ping_through_awk_is_plain_numbers():
    assert values("0.031\n0.047\n") == [[0.031], [0.047]]


def test_ping_itself_is_names_and_values_after_a_line_of_words():
    ticks, parser = parse(PING)

    assert [tick.values for tick in ticks] == [
        {"icmp_seq": 1.0, "ttl": 64.0, "time": 0.031},
        {"icmp_seq": 2.0, "ttl": 64.0, "time": 0.047},
    ]
    assert [tick.time_ms for tick in ticks] == [None, None]
    assert parser.lines_refused == 1
    assert parser.first_refused.line == 1


@pytest.mark.parametrize(
    "line",
    [
        "1 -2.5 3e2",
        " 1\t-2.5\t3e2 \r\n",
        "1,-2.5,3e2",
        "1, -2.5, 3e2",
        "1;-2.5;3e2",
        "1 -2.5, 3e2",
        "1, -2.5; 3e2",
        "[1, -2.5, 3e2]",
        '"1","-2.5","3e2"',
        "1,-2.5,3e2,",
    ],
)
def test_numbers_may_be_separated_in_many_ways(line):
    assert values(line) == [[1.0, -2.5, 300.0]]


def test_a_comma_is_the_decimal_point_beside_semicolons():
    assert values("1,5;2,25\n") == [[1.5, 2.25]]


@pytest.mark.parametrize("cell", ["", "N/A", "null", "nan", "-", "inf"])
def test_a_missing_value_is_one(cell):
    (row,) = values(f"1,{cell},3\n")

    assert row[0::2] == [1.0, 3.0]
    assert math.isnan(row[1])


def test_a_line_of_missing_values_is_a_tick():
    rows = values("1 2\n- -\n3 4\n")

    assert [all(map(math.isnan, row)) for row in rows] == [False, True, False]


def test_a_csv_file_that_grows_brings_names_times_and_values():
    ticks, parser = parse(
        "time,indoors,outdoors\n2026-10-30T00:00:00Z,21.5,8\n2026-10-30T00:00:01Z,21.6,\n"
    )

    assert parser.lines_refused == 0
    assert ticks[0] == Tick(OCT_30_MS, {"indoors": 21.5, "outdoors": 8.0})
    assert ticks[1].time_ms == OCT_30_MS + 1000
    assert math.isnan(ticks[1].values["outdoors"])


@pytest.mark.parametrize("time", ["1793318400", "1793318400000", "2026-10-30", "2026-10-30 00:00"])
@pytest.mark.parametrize("name", ["time", "Date", "timestamp", "DateTime"])
def test_the_time_is_found_by_its_name(name, time):
    for text in (f"a,{name}\n1,{time}\n", json.dumps({"a": 1, name: time}), f'a=1 {name}="{time}"'):
        ticks, parser = parse(text)

        assert parser.lines_refused == 0
        assert ticks == [Tick(OCT_30_MS, {"a": 1.0})]


def test_a_small_number_called_time_is_a_value():
    assert values("time a\n0.5 1\n") == [{"time": 0.5, "a": 1.0}]
    assert values('{"time": 12.3}') == [{"time": 12.3}]


@pytest.mark.parametrize("line", ["2026-10-30,1,2", "2026-10-30T00:00:00Z 1 2"])
def test_a_date_before_numbers_without_names_is_the_time(line):
    assert parse(line)[0] == [Tick(OCT_30_MS, [1.0, 2.0])]


def test_a_date_and_a_time_of_day_are_one_time():
    assert parse("2026-10-30 00:00:01 1 2")[0] == [Tick(OCT_30_MS + 1000, [1.0, 2.0])]


def test_columns_of_words_are_left_out_below_a_header():
    assert values("host,load,state\nweb1,0.5,ok\nweb2,0.7,ok\n") == [{"load": 0.5}, {"load": 0.7}]


def test_a_header_may_be_one_word_or_a_comment():
    assert values("temperature\n21.5\n") == [{"temperature": 21.5}]
    assert values("# a b\n1 2\n") == [{"a": 1.0, "b": 2.0}]


def test_names_with_blanks_stand_between_delimiters():
    assert values('"Speed, km/h",Air temp\n50,8\n') == [{"Speed, km/h": 50.0, "Air temp": 8.0}]


def test_words_that_are_not_above_as_many_numbers_are_no_header():
    ticks, parser = parse("Starting the sensor now\n21.5 40\n")

    assert ticks == [Tick(None, [21.5, 40.0])]
    assert (parser.lines_refused, parser.first_refused.line) == (1, 1)


def test_json_objects_give_values_by_name_and_new_names_may_come_later():
    assert values('{"a": 1, "s": "x", "on": true, "deep": {"b": 2}}\n{"b": 2.5}\n') == [
        {"a": 1.0},
        {"b": 2.5},
    ]


def test_json_null_and_nan_are_missing():
    (row,) = values('{"a": null, "b": NaN, "c": Infinity, "d": 1}')

    assert [name for name, value in row.items() if math.isnan(value)] == ["a", "b", "c"]


def test_names_and_values_may_stand_among_words():
    assert values('level=info msg="all is well" cpu=12.5, mem=3e9 done\n') == [
        {"cpu": 12.5, "mem": 3e9}
    ]


def test_chosen_columns_are_taken_from_the_header():
    assert values(VMSTAT_N, ["id", "us"]) == [{"id": 96.0, "us": 2.0}, {"id": 100.0, "us": 0.0}]


def test_chosen_names_are_those_of_numbers_without_names():
    assert values("1 2\n", ["a", "b"]) == [{"a": 1.0, "b": 2.0}]


def test_chosen_names_are_taken_from_objects():
    assert values('{"a": 1, "b": 2}\n', ["b"]) == [{"b": 2.0}]


def test_blank_lines_are_nothing():
    assert values("\n  \n\t\n1\n\n") == [[1.0]]


@pytest.mark.parametrize(
    ("before", "line", "reason"),
    [
        ("1 2", "1 2 3", "expected 2 fields, as in the lines before"),
        ("1 2", "1", "expected 2 fields, as in the lines before"),
        ("1 2", "1 x", "'x' is no number; expected numbers separated by blanks"),
        ("1 2", "disk full", "expected numbers separated by blanks or commas, name=value, or JSON"),
        ("1 2", '{"a": 1}', "expected 2 numbers, as in the lines before"),
        ("1 2", "a=1", "expected 2 numbers, as in the lines before"),
        ("a=1", "1", "expected names and values, as in the lines before"),
        ("a=1", "a=high", "expected a number for 'a'"),
        ("a=1", "b=high", "expected numbers separated by blanks"),
        ("", "time=12.3ms seq=1", "expected a number without a unit for 'time', such as time=12.3"),
        ("", "web1 0.5", "'web1' is no number"),
        ("", "???", "expected numbers"),
        ("", '{"a": 1', "expected one JSON object or list of numbers in a line"),
        ("", "{}", "expected numbers"),
        ("", "[]", "expected a JSON list of numbers"),
        ("", "[[1, 2]]", "expected a JSON list of numbers"),
        ("", "[" * 60_000, "expected one JSON object or list"),
        ("", '"1,2', "expected quotes that close"),
        ("time,a\n1793318400,1", "later,2", "'later' is no time"),
    ],
)
def test_nonsense_is_counted_told_and_stops_nothing(before, line, reason):
    after = before.splitlines()[-1] if before else "7"

    ticks, parser = parse(f"{before}\n{line}\n{after}\n")

    assert parser.lines_refused == 1
    assert parser.first_refused.line == len(before.splitlines() or [""]) + 1
    assert parser.first_refused.text == line
    assert reason in str(parser.first_refused)
    assert len(ticks) == (2 if before else 1)


def test_a_column_that_is_not_there_is_told():
    _, parser = parse(VMSTAT_N, ["idle"])

    assert parser.lines_refused == 2
    assert "line 3: got" in str(parser.first_refused)
    assert "expected a column 'idle'; the header names r, b, swpd" in str(parser.first_refused)


def test_a_wrong_number_of_names_is_told():
    assert "expected 2 numbers, for a, b" in str(parse("1 2 3\n", ["a", "b"])[1].first_refused)


def test_what_is_told_is_one_short_line():
    told = str(parse("x" * 5_000 + "\x07 y?\n1\n")[1].first_refused)

    assert len(told) < 300
    assert told.isprintable()


numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.lists(st.lists(numbers, min_size=3, max_size=3), min_size=1, max_size=10),
    st.sampled_from([" ", ",", ";", "\t", ", ", "  "]),
)
def test_whatever_numbers_are_printed_come_back(rows, separator):
    text = "".join(separator.join(map(repr, row)) + "\n" for row in rows)

    assert values(text) == rows


names = st.text("abcdefgh_", min_size=1, max_size=8).filter(lambda name: name not in ("nan", "na"))


@given(st.dictionaries(names, numbers, min_size=1, max_size=8))
def test_whatever_names_and_values_are_printed_come_back(row):
    by_pairs = " ".join(f"{name}={value!r}" for name, value in row.items())
    by_header = " ".join(row) + "\n" + " ".join(map(repr, row.values()))

    assert values(json.dumps(row)) == [row]
    assert values(by_pairs) == [row]
    assert values(by_header) == [row]


@given(st.lists(st.text(max_size=60) | st.text('12,;=-[]{}" ab\t:e.', max_size=40), max_size=8))
def test_no_line_whatever_is_more_than_refused(lines):
    parser = LineParser()
    n_ticks = sum(parser.parse(line) is not None for line in lines)

    assert parser.lines == len(lines)
    assert n_ticks + parser.lines_refused <= len(lines)
    assert (parser.first_refused is None) == (parser.lines_refused == 0)


@pytest.mark.timeout(3)
@pytest.mark.parametrize(
    "line",
    ["a" * 60_000, '"' * 60_000, "a=" + "1" * 60_000, "a=" + "1" * 30_000 + "." + "1" * 30_000],
)
def test_a_line_as_long_as_may_be_holds_nothing_up(line):
    parser = LineParser()

    parser.parse(line)

    assert parser.lines == 1


def test_a_tick_as_watch_prints_it_is_read_as_it_was():
    seen = SeenTick(812, OCT_30_MS + 0.863, {"offset": 1.5, "b": None}, "9f2c41aa", "fx")

    [tick], _ = parse(line_of(seen) + "\n")

    assert tick.time_ms == seen.time_ms
    assert tick.values["offset"] == 1.5
    assert list(tick.values) == ["offset", "b"]
    assert math.isnan(tick.values["b"])


def test_values_that_are_no_object_are_a_name_like_others():
    assert values('{"values": 7, "offset": 2}') == [{"values": 7.0, "offset": 2.0}]
