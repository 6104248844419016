"""Faults of a command line are one line each: what was given, what is wanted, an example."""

import pytest


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("serv", "got 'serv'; expected serve, such as: chartserver"),
        ("watch", "got no URL; expected one, such as: chartserver watch http"),
        ("watch u --tick 3", "got --tick; expected --ticks, such as: chartserver watch http"),
        ("watch u --xyzzy", "got --xyzzy; expected an option that this command has, such as: "),
        ("watch u --ticks x", "--ticks is 'x'; expected a whole number from 1, such as: "),
        ("watch u --window-s 0", "--window-s is 0.0; expected a number above 0, such as: "),
        ("watch u v w", "got v w; expected only URL there, such as: "),
        ("watch u --ticks", "got --ticks without a value; expected one: --help tells of it"),
        ("link fx", "got no --expires; expected one, such as: chartserver link fx --expires 24h"),
        ("check --allow open_view", "--allow is 'open_view'; expected open_viewing, such as: "),
        ("check --allow x", "--allow is 'x'; expected one of open_viewing, "),
        ("push", "got no URL; expected one, such as: vmstat -n 1 | chartserver push http"),
    ],
)
def test_a_fault_is_one_line_with_an_example(chartserver, line, told):
    ran = chartserver(*line.split())

    [fault] = ran.faults
    assert (ran.status, ran.out) == (2, "")
    assert fault.startswith(f"chartserver: {told}")
