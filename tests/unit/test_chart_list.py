"""The charts of the command line: their names, and all faults at once."""

import pytest

from chartserver.chart_list import open_charts
from chartserver.errors import ConfigError
from chartserver.ticks import check_chart_name

DEFAULTS = {"interval_s": "1.0"}


def names(*texts):
    """Return the names that these charts get."""
    return [plan.name for plan in open_charts(texts, DEFAULTS)]


def faults(*texts):
    """Return what is wrong with these charts."""
    with pytest.raises(ConfigError) as caught:
        open_charts(texts, DEFAULTS)
    return list(caught.value.faults)


def test_a_chart_is_called_as_it_is_named():
    assert names("fx=walk", "host=random") == ["fx", "host"]


@pytest.mark.parametrize(
    ("text", "name"),
    [("walk", "walk"), ("walk?series=A,B", "walk"), ("push", "push"), ("-", "stdin")],
)
def test_a_chart_without_a_name_is_called_by_its_kind(text, name):
    assert names(text) == [name]


def test_names_that_nobody_gave_are_made_to_differ_and_leave_given_ones_alone():
    assert names("walk", "walk", "walk-2=random", "walk") == ["walk", "walk-3", "walk-2", "walk-4"]
    assert names("walk", "walk=random") == ["walk-2", "walk"]


def test_what_a_file_is_called_becomes_a_name_that_a_path_can_have(tmp_path):
    for file in ("Umsätze 2024.csv", "api.csv", "___.csv", "x" * 200 + ".csv"):
        path = tmp_path / file
        path.write_text("time,a\n2024-01-01,1\n2024-01-02,2\n")

        [name] = names(f"replay:{path}")

        assert check_chart_name(name)


def test_a_name_that_is_given_twice_is_a_fault_with_a_way_out():
    [fault] = faults("fx=walk", "fx=random")

    assert "the name 'fx' is taken; expected a name of its own, such as 'fx-2=random'" in fault


def test_all_faults_of_all_charts_are_told_at_once():
    told = faults("walk?speed=2&interval_s=0", "FX=walk", "rendom", "python:nope")

    assert len(told) == 5
    assert any("walk has no option 'speed'" in fault for fault in told)
    assert any("option interval_s of walk is '0'" in fault for fault in told)
    assert any("chart name is 'FX'" in fault for fault in told)
    assert any("source is 'rendom'" in fault and "did you mean 'random'" in fault for fault in told)
    assert all("\n" not in fault for fault in told)


def test_an_option_of_a_source_goes_before_the_general_one():
    plans = open_charts(["a=random", "b=random?interval_s=0.2"], {"interval_s": "5.0"})

    assert [plan.source.interval_s for plan in plans] == [5.0, 0.2]


def test_a_name_that_the_file_of_charts_has_is_taken():
    with pytest.raises(ConfigError, match="the name 'fx' is taken in the file of charts"):
        open_charts(["fx=walk"], DEFAULTS, taken=["fx"])

    [plan] = open_charts(["walk"], DEFAULTS, taken=["walk"])
    assert plan.name == "walk-2"


def test_a_chart_whose_own_name_is_taken_is_told_with_its_address():
    first, second, named = open_charts(["walk?seed=1", "walk?seed=2", "fx=walk"], {})

    assert (first.note, named.note) == ("", "")
    assert second.note.endswith(
        " is at /walk-2, as 'walk' is taken; give it a name of its own, such as 'name=walk?seed=2'"
    )
