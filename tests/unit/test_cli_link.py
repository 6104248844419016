"""`chartserver link`: prints a link that the server takes."""

import re
import time
from urllib.parse import urlsplit

import pytest

from chartserver.access.links import Links

KEY = "a-key-of-links-that-is-long"


def test_a_link_is_printed_that_is_good_for_so_long(chartserver):
    ran = chartserver("link", "fx", "--expires", "24h", CHARTSERVER_LINK_KEYS=KEY)

    url = urlsplit(ran.out.strip())
    link = Links([KEY]).read(url.query.removeprefix("link="))
    assert ran.status == 0
    assert (f"{url.scheme}://{url.netloc}", url.path) == ("http://127.0.0.1:8000", "/fx")
    assert link.chart == "fx"
    assert link.expires_s == pytest.approx(time.time() + 86_400, abs=30)


def test_that_it_ends_is_told_beside_it(chartserver):
    ran = chartserver("link", "fx", "--expires", "7d", CHARTSERVER_LINK_KEYS=KEY)

    [line] = ran.faults
    assert re.fullmatch(r"chartserver: opens fx until \d{4}-\d\d-\d\d \d\d:\d\d UTC, .*", line)


def test_the_newest_key_signs(chartserver):
    ran = chartserver(
        "link",
        "fx",
        "--expires",
        "1h",
        CHARTSERVER_LINK_KEYS="a-new-key-of-links an-old-key-of-links",
    )

    text = ran.out.strip().partition("?link=")[2]
    assert Links(["a-new-key-of-links"]).read(text).chart == "fx"


@pytest.mark.parametrize(
    ("options", "start"),
    [
        (["--url", "https://charts.example.org/"], "https://charts.example.org/fx?link="),
        (["--url", "charts.example.org:81"], "https://charts.example.org:81/fx?link="),
        (["--url", "localhost:81"], "http://localhost:81/fx?link="),
        (["--url", "[::1]:81"], "http://[::1]:81/fx?link="),
        (["--url", "http://charts.example.org"], "http://charts.example.org/fx?link="),
        (["--embed"], "http://127.0.0.1:8000/fx/embed?link="),
    ],
)
def test_it_leads_to_where_it_is_told(chartserver, options, start):
    ran = chartserver("link", "fx", "--expires=1h", *options, CHARTSERVER_LINK_KEYS=KEY)

    assert ran.out.startswith(start)


def test_without_an_address_it_leads_to_this_machine_and_says_so(chartserver):
    ran = chartserver("link", "fx", "--expires=1h", PORT="9000", CHARTSERVER_LINK_KEYS=KEY)

    [line] = ran.faults
    assert ran.out.startswith("http://127.0.0.1:9000/fx?link=")
    assert line.endswith(", on this machine only; for others give --url https://...")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7"])
def test_where_viewers_reach_a_server_that_is_open_must_be_told(chartserver, host):
    variables = {"CHARTSERVER_HOST": host, "CHARTSERVER_LINK_KEYS": KEY}

    ran = chartserver("link", "fx", "--expires=1h", **variables)

    [line] = ran.faults
    assert (ran.status, ran.out) == (2, "")
    assert line.startswith(f"chartserver: got no --url, and the server listens on {host}")


def test_a_key_that_can_be_guessed_is_told_and_signs(chartserver):
    ran = chartserver("link", "fx", "--expires=1h", CHARTSERVER_LINK_KEYS="short")

    [weak, _] = ran.faults
    assert weak.startswith("chartserver: a secret of --link-keys has fewer than 16 characters")
    assert ran.out.startswith("http://127.0.0.1:8000/fx?link=")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["FX", "--expires", "24h"], "chart is 'FX'; expected the name of a chart"),
        (["../x", "--expires", "24h"], "expected the name of a chart"),
        (["fx", "--expires", "24"], "--expires is '24'; expected minutes, hours or days"),
        (["fx", "--expires", "999d"], "at most 366d"),
        (["fx"], "got no --expires; expected one, such as: chartserver link fx"),
        (["fx", "--expires", "1h", "--url", "http://x/fx"], "expected that of the server alone"),
        (["fx", "--expires", "1h", "--url", "ftp://x"], "such as http://127.0.0.1:8000"),
        (["fx", "--expires", "1h", "--link-keys", "geh\u00e9im"], "--link-keys is a secret"),
    ],
)
def test_what_makes_no_sense_is_one_line(chartserver, arguments, told):
    ran = chartserver("link", *arguments, CHARTSERVER_LINK_KEYS=KEY)

    [line] = ran.faults
    assert (ran.status, ran.out) == (2, "")
    assert told in line
    assert KEY not in line
    assert "geh" not in line


def test_without_a_key_nothing_can_be_signed(chartserver):
    ran = chartserver("link", "fx", "--expires", "1h")

    [line] = ran.faults
    assert ran.status == 2
    assert "CHARTSERVER_LINK_KEYS" in line
