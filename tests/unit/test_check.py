"""`chartserver check`: the settings as they hold, and what is unsafe about them."""

import json

import pytest

SECRET = "very-secret-token-0001"


def test_the_settings_are_told_with_their_values_and_where_they_are_given(chartserver):
    ran = chartserver(
        "check", "--port", "9000", "--origins", "https://a.example", CHARTSERVER_HISTORY="50"
    )

    rows = [line.split() for line in ran.out.splitlines()]
    assert (ran.status, ran.faults) == (0, [])
    assert ["port", "9000", "--port"] in rows
    assert ["history", "50", "CHARTSERVER_HISTORY"] in rows
    assert ["origins", "https://a.example", "--origins"] in rows
    assert ["interval_s", "1", "default"] in rows
    assert ["view_tokens", "none", "default"] in rows


def test_the_variable_of_a_platform_is_told_as_such(chartserver):
    rows = [line.split() for line in chartserver("check", PORT="5000").out.splitlines()]

    assert ["port", "5000", "PORT"] in rows


def test_the_charts_are_opened_and_told(chartserver):
    out = chartserver("check", "--chart", "fx=walk?series=EURUSD,USDJPY", "--chart", "-").out

    assert "fx     Random walk  EURUSD, USDJPY           1 s" in out
    assert "stdin  stdin        named by the first tick  none" in out


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_what_is_secret_in_an_address_is_masked(chartserver, form):
    out = chartserver("check", *form, "--store", f"postgresql://me:{SECRET}@example.org/db").out

    assert "postgresql://me:***@example.org/db" in out


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_secrets_are_masked_and_counted(chartserver, form):
    variables = {
        f"CHARTSERVER_{name}": f"{SECRET}{name} {SECRET}{name}2"
        for name in ("VIEW_TOKENS", "LINK_KEYS", "PUSH_TOKENS", "METRICS_TOKENS")
    }

    ran = chartserver("check", *form, **variables)

    assert (ran.status, ran.faults) == (0, [])
    assert SECRET not in ran.out
    if form:
        assert json.loads(ran.out)["settings"]["view_tokens"] == {
            "value": ["***", "***"],
            "from": "CHARTSERVER_VIEW_TOKENS",
        }
    else:
        assert ran.out.count("*** (2)") == 4


def test_machines_are_told_the_same_as_json(chartserver):
    ran = chartserver("check", "--json", "--host", "0.0.0.0", "--chart", "fx=walk")

    content = json.loads(ran.out)
    assert content["settings"]["host"] == {"value": "0.0.0.0", "from": "--host"}
    [chart] = content["charts"]
    assert (chart["name"], chart["title"], chart["interval_s"]) == ("fx", "Random walk", 1.0)
    assert [series["name"] for series in chart["series"]] == ["EURUSD"]
    first = content["findings"][0]
    assert (first["name"], first["level"]) == ("open_viewing", "warning")
    assert first["what"].startswith("whoever reaches 0.0.0.0 may watch")
    assert "--view-tokens" in first["remedy"]


def test_each_finding_is_a_line_with_what_to_do(chartserver):
    lines = chartserver("check", "--host", "0.0.0.0").out.splitlines()

    [line] = [line for line in lines if "open_viewing:" in line]
    assert line.startswith("warning: open_viewing: whoever reaches 0.0.0.0 may watch")
    assert "; set --view-tokens or --link-keys" in line


def test_warnings_fail_when_it_is_strict_and_only_then(chartserver):
    assert chartserver("check", "--host", "0.0.0.0").status == 0
    assert chartserver("check", "--host", "0.0.0.0", "--strict").status == 1
    assert chartserver("check", "--strict", "--async-mode", "threading").status == 0


def test_what_is_meant_to_be_so_is_allowed_by_name(chartserver):
    ran = chartserver("check", "--strict", "--host", "0.0.0.0", "--allow", "open_viewing")

    assert ran.status == 0
    assert "allowed: open_viewing:" in ran.out


def test_a_finding_that_is_none_cannot_be_allowed(chartserver):
    ran = chartserver("check", "--allow", "nope")

    assert ran.status == 2
    assert "open_viewing" in ran.faults[0]


def test_the_faults_are_those_of_serve_all_at_once(chartserver):
    arguments = ["--port", "http", "--stict", "--chart", "fx=wlak"]

    ran = chartserver("check", *arguments, CHARTSERVER_PROT="1", CHARTSERVER_VIEW_TOKENS="ü")

    assert (ran.status, ran.out) == (2, "")
    assert len(ran.faults) == 5
    for told in (
        "got --stict; expected --strict",
        "--port is 'http'; expected a port",
        "CHARTSERVER_PROT is no setting",
        "CHARTSERVER_VIEW_TOKENS is a secret; expected",
        "did you mean 'walk'?",
    ):
        assert any(told in line for line in ran.faults), told


def test_what_charts_call_themselves_cannot_move_the_cursor(chartserver, tmp_path):
    (tmp_path / "a.csv").write_text("time,a\n1,2\n")

    ran = chartserver("check", "--chart", f"x=replay:{tmp_path}/a.csv?title=\x1b[2J")

    assert "\x1b" not in ran.out
