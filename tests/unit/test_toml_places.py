"""Lines of keys in TOML, whatever way they are written."""

from chartserver.toml_places import lines_of

TEXT = '''\
# a comment
top = 1
a.b = """
[not.a.table]
"""

[charts."f x"] # with a remark
options = { seed = 1, deep = { er = 2 } }
list = [
    "one",
    { two = 2 },
]
[[charts.s]]
name = "first"
[charts.s.sub]
key = 1
[[charts.s]]
name = "second"
[[charts.s.t]]
u = 1
[[charts.s.t]]
u = 2'''


def test_each_table_key_and_element_has_the_line_at_which_it_begins():
    lines = lines_of(TEXT)

    assert lines["top",] == 2
    assert lines["a", "b"] == 3
    assert lines["charts", "f x"] == 7
    assert lines["charts", "f x", "options", "deep", "er"] == 8
    assert lines["charts", "f x", "list", 1, "two"] == 9
    assert lines["charts", "s", 0, "name"] == 14
    assert lines["charts", "s", 0, "sub", "key"] == 16
    assert lines["charts", "s", 1, "name"] == 18
    assert lines["charts", "s", 1, "t", 0, "u"] == 20
    assert lines["charts", "s", 1, "t", 1, "u"] == 22
    assert not any("not" in path for path in lines)
